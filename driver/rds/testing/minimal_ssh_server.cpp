// One thread accepts, one thread per connection serves; see minimal_ssh_server.h.
#include "rds/testing/minimal_ssh_server.h"

#include <fcntl.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <list>
#include <stdexcept>

#include "base/sync.h"

namespace rdscsi::rds::testing {
namespace {

constexpr int kTickMs = 2;  // how often a connection looks at its clock and at the stop flag

void require(bool ok, char const* what) {
  if (!ok) throw std::runtime_error(std::string("minimal SSH server: ") + what);
}

int listen_on_loopback(bool ipv6, std::uint16_t& port) {
  int const fd = ::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  require(fd >= 0, "socket");
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const address = ipv6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
  socklen_t length = ipv6 ? sizeof v6 : sizeof v4;
  require(::bind(fd, address, length) == 0 && ::listen(fd, 64) == 0, "bind");
  require(::getsockname(fd, address, &length) == 0, "getsockname");
  port = ntohs(ipv6 ? v6.sin6_port : v4.sin_port);
  return fd;
}

// An SSH_MSG_KEXINIT by hand (RFC 4253, 6 and 7.1), with the host key types of a RouterOS whose key is RSA.
// libssh's server would hang up before it has sent its own when the client's does not suit it.
std::string rsa_only_kexinit() {
  auto const number = [](std::size_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((value >> shift) & 0xff);
    return bytes;
  };
  std::string payload = "\x14" + std::string(16, 'c');
  for (std::string const list :
       {"curve25519-sha256,diffie-hellman-group14-sha256", "rsa-sha2-512,rsa-sha2-256,ssh-rsa", "aes256-ctr",
        "aes256-ctr", "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", ""}) {
    payload += number(list.size()) + list;
  }
  payload += std::string(5, '\0');  // no guessed packet; reserved
  std::size_t padding = 8 - (payload.size() + 5) % 8;
  if (padding < 4) padding += 8;
  return number(payload.size() + padding + 1) + static_cast<char>(padding) + payload +
         std::string(padding, 'p');
}

}  // namespace

struct MinimalSshServer::Impl {
  // One exec channel; on its connection's thread only.
  struct Channel {
    Impl* server = nullptr;
    ssh_channel channel = nullptr;
    ssh_channel_callbacks_struct callbacks{};
    bool counted = false;
    bool asked = false;
    bool finished = false;
    Answer answer;
    std::size_t sent = 0;
    base::TimePoint next{};
  };
  struct Client {
    Impl* server = nullptr;
    ssh_session session = nullptr;
    Manners manners = Manners::good;
    std::list<Channel> channels;
    bool authenticated = false;
  };

  void accept_loop();
  void serve(int fd, Manners manners, int number);
  void serve_ssh(int fd, Manners manners, int number);
  void pump(Client& client, int fd);
  bool step(Channel& channel, int fd);
  void hold(int fd, int number);
  bool over(int number) const { return stopping || number <= cut_up_to; }
  void count_channel(Channel& channel, bool open);

  static int on_auth(ssh_session, char const* user, ssh_key_struct* key, char state, void* client);
  static ssh_channel on_open(ssh_session session, void* client);
  static int on_exec(ssh_session, ssh_channel, char const* line, void* channel);
  static void on_close(ssh_session, ssh_channel, void* channel);

  Options options;
  ssh_bind bind = nullptr;
  int listener = -1;
  std::uint16_t port = 0;
  std::atomic<bool> stopping{false};
  std::atomic<int> cut_up_to{0};
  std::atomic<int> accepted{0};

  mutable base::Mutex mutex;
  std::function<Answer(std::string const&)> handler = [](std::string const& line) {
    Answer answer;
    answer.output = line + "\r\n";
    return answer;
  };
  std::vector<std::string> lines;
  std::vector<std::string> users;
  int open_now = 0;
  int open_peak = 0;
  base::Thread acceptor;
};

MinimalSshServer::MinimalSshServer(Options options) : impl_(std::make_unique<Impl>()) {
  impl_->options = std::move(options);
  impl_->bind = ssh_bind_new();
  bool const no_config = false;
  ssh_bind_options_set(impl_->bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no_config);
  require(ssh_bind_options_set(impl_->bind, SSH_BIND_OPTIONS_HOSTKEY, impl_->options.host_key_file.c_str()) ==
              SSH_OK,
          "host key");
  impl_->listener = listen_on_loopback(impl_->options.ipv6, impl_->port);
  impl_->acceptor = base::Thread("test-sshd", [impl = impl_.get()] { impl->accept_loop(); });
}

MinimalSshServer::~MinimalSshServer() {
  impl_->stopping = true;
  impl_->acceptor.join();
  ::close(impl_->listener);
  ssh_bind_free(impl_->bind);
}

std::uint16_t MinimalSshServer::port() const {
  return impl_->port;
}

void MinimalSshServer::answer_with(std::function<Answer(std::string const&)> handler) {
  base::Guard const guard(impl_->mutex);
  impl_->handler = std::move(handler);
}

void MinimalSshServer::set_manners(Manners manners) {
  base::Guard const guard(impl_->mutex);
  impl_->options.manners = manners;
}

void MinimalSshServer::cut_all() {
  impl_->cut_up_to = impl_->accepted.load();
}

std::vector<std::string> MinimalSshServer::lines() const {
  base::Guard const guard(impl_->mutex);
  return impl_->lines;
}

std::vector<std::string> MinimalSshServer::users() const {
  base::Guard const guard(impl_->mutex);
  return impl_->users;
}

int MinimalSshServer::open_channels_peak() const {
  base::Guard const guard(impl_->mutex);
  return impl_->open_peak;
}

int MinimalSshServer::open_channels() const {
  base::Guard const guard(impl_->mutex);
  return impl_->open_now;
}

int MinimalSshServer::connections() const {
  return impl_->accepted;
}

void MinimalSshServer::Impl::accept_loop() {
  std::vector<base::Thread> clients;  // joined when this returns
  while (!stopping) {
    pollfd readable{listener, POLLIN, 0};
    if (::poll(&readable, 1, kTickMs) <= 0) continue;
    int const fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    int const number = ++accepted;
    Manners manners = Manners::good;
    {
      base::Guard const guard(mutex);
      manners = options.manners;
    }
    clients.emplace_back("test-sshd-" + std::to_string(number),
                         [this, fd, manners, number] { serve(fd, manners, number); });
  }
}

void MinimalSshServer::Impl::serve(int fd, Manners manners, int number) {
  int const on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::string greeting;
  if (manners == Manners::not_ssh) greeting = "HTTP/1.1 400 Bad Request\r\n\r\n";
  if (manners == Manners::hang_in_key_exchange) greeting = "SSH-2.0-ROSSSH\r\n";
  if (manners == Manners::offer_only_rsa) greeting = "SSH-2.0-ROSSSH\r\n" + rsa_only_kexinit();
  if (!greeting.empty()) {
    require(::write(fd, greeting.data(), greeting.size()) > 0, "write");
  }
  if (manners == Manners::not_ssh || manners == Manners::hang_up) {
    ::close(fd);
  } else if (manners == Manners::silent_after_accept || manners == Manners::hang_in_key_exchange ||
             manners == Manners::offer_only_rsa) {
    hold(fd, number);
  } else {
    serve_ssh(fd, manners, number);
  }
}

// Keeps the connection and says nothing until the peer goes.
void MinimalSshServer::Impl::hold(int fd, int number) {
  char ignored[512];
  while (!over(number)) {
    pollfd readable{fd, POLLIN, 0};
    if (::poll(&readable, 1, kTickMs) > 0 && ::read(fd, ignored, sizeof ignored) <= 0) break;
  }
  ::close(fd);
}

void MinimalSshServer::Impl::serve_ssh(int fd, Manners manners, int number) {
  Client client{this, ssh_new(), manners, {}, false};
  require(ssh_bind_accept_fd(bind, client.session, fd) == SSH_OK, "accept");
  ssh_server_callbacks_struct callbacks{};
  callbacks.userdata = &client;
  callbacks.auth_pubkey_function = on_auth;
  if (manners != Manners::ignore_channel_open) callbacks.channel_open_request_session_function = on_open;
  ssh_callbacks_init(&callbacks);
  ssh_set_server_callbacks(client.session, &callbacks);
  // 0 means "answered", so an ignored channel request never is.
  ssh_set_message_callback(
      client.session,
      [](ssh_session, ssh_message message, void*) {
        return ssh_message_type(message) == SSH_REQUEST_CHANNEL_OPEN ? 0 : 1;
      },
      nullptr);
  ssh_set_auth_methods(client.session, SSH_AUTH_METHOD_PUBLICKEY);
  ssh_set_blocking(client.session, 0);
  ssh_event const event = ssh_event_new();
  int kex = SSH_AGAIN;
  while (!over(number) && (kex = ssh_handle_key_exchange(client.session)) == SSH_AGAIN) {
    bool const writing = (ssh_get_poll_flags(client.session) & SSH_WRITE_PENDING) != 0;
    pollfd ready{fd, static_cast<short>(POLLIN | (writing ? POLLOUT : 0)), 0};
    ::poll(&ready, 1, kTickMs);
  }
  if (kex == SSH_OK) {
    ssh_event_add_session(event, client.session);
    while (!over(number) && ssh_is_connected(client.session) == 1) {
      if (ssh_event_dopoll(event, kTickMs) == SSH_ERROR) break;
      pump(client, fd);
    }
    ssh_event_remove_session(event, client.session);
  }
  if (over(number)) {
    linger const reset{1, 0};  // close sends RST, as a cut link with a middlebox would
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  for (Channel& channel : client.channels) {
    count_channel(channel, false);
    if (!channel.finished) ssh_remove_channel_callbacks(channel.channel, &channel.callbacks);
  }
  ssh_event_free(event);
  ssh_free(client.session);  // closes fd
}

void MinimalSshServer::Impl::count_channel(Channel& channel, bool open) {
  if (channel.counted == open) return;
  channel.counted = open;
  base::Guard const guard(mutex);
  open_now += open ? 1 : -1;
  open_peak = std::max(open_peak, open_now);
}

void MinimalSshServer::Impl::pump(Client& client, int fd) {
  for (Channel& channel : client.channels) {
    if (!channel.finished && channel.asked && !step(channel, fd)) return;
  }
}

// False when the connection was cut.
bool MinimalSshServer::Impl::step(Channel& channel, int fd) {
  Answer const& answer = channel.answer;
  if (answer.never) return true;
  while (base::now() >= channel.next && channel.sent < answer.output.size()) {
    auto const size = std::min(answer.chunk, answer.output.size() - channel.sent);
    int const written = ssh_channel_write(channel.channel, answer.output.data() + channel.sent,
                                          static_cast<std::uint32_t>(size));
    if (written < 0) return true;
    channel.sent += static_cast<std::size_t>(written);
    channel.next = base::now() + answer.between_chunks;
    if (written == 0) return true;  // window full
  }
  if (base::now() < channel.next || channel.sent < answer.output.size()) return true;
  if (answer.cut_connection) {
    ::shutdown(fd, SHUT_RDWR);
    return false;
  }
  if (answer.exit_status) ssh_channel_request_send_exit_status(channel.channel, *answer.exit_status);
  ssh_channel_send_eof(channel.channel);
  ssh_remove_channel_callbacks(channel.channel, &channel.callbacks);
  ssh_channel_close(channel.channel);
  ssh_channel_free(channel.channel);
  channel.finished = true;
  count_channel(channel, false);
  return true;
}

int MinimalSshServer::Impl::on_auth(ssh_session, char const* user, ssh_key_struct* key, char state,
                                    void* data) {
  auto& client = *static_cast<Client*>(data);
  char* base64 = nullptr;
  require(ssh_pki_export_pubkey_base64(key, &base64) == SSH_OK, "public key");
  bool const known = client.server->options.authorized_base64 == base64;
  ssh_string_free_char(base64);
  {
    base::Guard const guard(client.server->mutex);
    client.server->users.emplace_back(user);
  }
  if (!known || client.manners == Manners::refuse_key) return SSH_AUTH_DENIED;
  if (state == SSH_PUBLICKEY_STATE_VALID) client.authenticated = true;
  return state == SSH_PUBLICKEY_STATE_NONE || client.authenticated ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

ssh_channel MinimalSshServer::Impl::on_open(ssh_session session, void* data) {
  auto& client = *static_cast<Client*>(data);
  if (client.manners == Manners::refuse_channel || !client.authenticated) return nullptr;
  Channel& channel = client.channels.emplace_back();
  channel.server = client.server;
  channel.channel = ssh_channel_new(session);
  channel.callbacks.userdata = &channel;
  channel.callbacks.channel_exec_request_function = on_exec;
  channel.callbacks.channel_close_function = on_close;
  ssh_callbacks_init(&channel.callbacks);
  ssh_set_channel_callbacks(channel.channel, &channel.callbacks);
  client.server->count_channel(channel, true);
  return channel.channel;
}

int MinimalSshServer::Impl::on_exec(ssh_session, ssh_channel, char const* line, void* data) {
  auto& channel = *static_cast<Channel*>(data);
  std::function<Answer(std::string const&)> handler;
  {
    base::Guard const guard(channel.server->mutex);
    channel.server->lines.emplace_back(line);
    handler = channel.server->handler;
  }
  channel.answer = handler(line);
  if (channel.answer.refuse_exec) return 1;
  channel.asked = true;
  channel.next = base::now() + channel.answer.delay;
  return 0;
}

// The peer gave the channel up.
void MinimalSshServer::Impl::on_close(ssh_session, ssh_channel, void* data) {
  auto& channel = *static_cast<Channel*>(data);
  channel.asked = false;
  channel.server->count_channel(channel, false);
}

std::string make_key_pair(std::string const& directory, std::string const& name, KeyKind kind,
                          std::string const& passphrase) {
  ssh_keytypes_e const type = kind == KeyKind::ed25519 ? SSH_KEYTYPE_ED25519
                              : kind == KeyKind::rsa   ? SSH_KEYTYPE_RSA
                                                       : SSH_KEYTYPE_ECDSA_P256;
  int const bits = kind == KeyKind::rsa ? 2048 : 0;
  ssh_key key = nullptr;
  require(ssh_pki_generate(type, bits, &key) == SSH_OK, "generate");
  std::string const file = directory + "/" + name;
  char const* const phrase = passphrase.empty() ? nullptr : passphrase.c_str();
  require(ssh_pki_export_privkey_file(key, phrase, nullptr, nullptr, file.c_str()) == SSH_OK, "export");
  char* base64 = nullptr;
  require(ssh_pki_export_pubkey_base64(key, &base64) == SSH_OK, "public key");
  std::string const line = std::string(ssh_key_type_to_char(ssh_key_type(key))) + " " + base64;
  ssh_string_free_char(base64);
  ssh_key_free(key);
  std::ofstream(file + ".pub") << line << " test\n";
  return line;
}

}  // namespace rdscsi::rds::testing
