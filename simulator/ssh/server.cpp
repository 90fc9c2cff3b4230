// Listening, accepting and what faults do to connections.
#include "simulator/ssh/server.h"

#include <arpa/inet.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "base/reasons.h"
#include "base/sync.h"
#include "simulator/faults/text.h"
#include "simulator/ssh/connection.h"
#include "simulator/ssh/services.h"

namespace rdssim::ssh {

using faults::concat;
using faults::ConnectVerdict;
using faults::SessionId;
using rdscsi::base::Effect;
using rdscsi::base::fail;
using rdscsi::base::Reason;
using rdscsi::base::Status;
using rdscsi::base::StatusOr;

namespace {

// What a 7.x device offers, as far as known (FACTS 5.2, inferred for 7.16), within what libssh has.
// EVIDENCE(inferred): Key exchange methods of 7.x. [FACTS 5.2; FACTS 9.5]
constexpr char kKeyExchange[] =
    "curve25519-sha256,curve25519-sha256@libssh.org,diffie-hellman-group-exchange-sha256,"
    "diffie-hellman-group14-sha256";
// EVIDENCE(inferred): Ciphers: AES in GCM and CTR modes, no ChaCha20. [FACTS 5.2]
constexpr char kCiphers[] = "aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr";
// EVIDENCE(inferred): Message authentication codes of 7.x. [FACTS 5.2]
constexpr char kMacs[] = "hmac-sha2-256,hmac-sha1";
constexpr char kRsaAlgorithms[] = "rsa-sha2-256,rsa-sha2-512";
// EVIDENCE(confirmed): The banner is SSH-2.0-ROSSSH. [FACTS 5.1]
constexpr char kBanner[] = "ROSSSH";  // libssh puts SSH-2.0- in front (FACTS 5.1)

struct BindDeleter {
  void operator()(ssh_bind bind) const { ssh_bind_free(bind); }
};
using Bind = std::unique_ptr<std::remove_pointer_t<ssh_bind>, BindDeleter>;

// A libssh bind is used for its settings only; sockets are accepted by us. Takes the key.
Bind make_bind(Key key) {
  Bind bind(ssh_bind_new());
  bool const rsa = ssh_key_type(key.get()) == SSH_KEYTYPE_RSA;
  auto const set = [&](ssh_bind_options_e option, void const* value) {
    ssh_bind_options_set(bind.get(), option, value);
  };
  bool const no = false;
  set(SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);  // the machine's sshd_config is not ours
  set(SSH_BIND_OPTIONS_BANNER, kBanner);
  set(SSH_BIND_OPTIONS_KEY_EXCHANGE, kKeyExchange);
  set(SSH_BIND_OPTIONS_CIPHERS_C_S, kCiphers);
  set(SSH_BIND_OPTIONS_CIPHERS_S_C, kCiphers);
  set(SSH_BIND_OPTIONS_HMAC_C_S, kMacs);
  set(SSH_BIND_OPTIONS_HMAC_S_C, kMacs);
  if (rsa) set(SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, kRsaAlgorithms);
  set(SSH_BIND_OPTIONS_IMPORT_KEY, key.release());
  return bind;
}

// A bound and listening socket, or -1 with errno.
int listen_on(sockaddr_storage const& address, socklen_t size) {
  int const fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int const one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  sockaddr const* const plain = static_cast<sockaddr const*>(static_cast<void const*>(&address));
  if (fd >= 0 && bind(fd, plain, size) == 0 && ::listen(fd, SOMAXCONN) == 0) return fd;
  int const error = errno;
  if (fd >= 0) close(fd);
  errno = error;
  return -1;
}

std::string peer_name(sockaddr_storage const& address, socklen_t size) {
  char host[64] = "?", port[16] = "?";
  getnameinfo(static_cast<sockaddr const*>(static_cast<void const*>(&address)), size, host, sizeof host, port,
              sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  return concat(host, ":", port);
}

void reset_socket(int fd) {
  linger const at_once{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd);
}

}  // namespace

class Server::State : public faults::LinkControl {
 public:
  State(faults::FaultyDevice& device, Accounts accounts, ServerOptions const& options, Key key)
      : services(device, std::move(accounts), options.relay, options.command_threads),
        host_key_line(public_line(*key)),
        host_key_type(ssh_key_type(key.get()) == SSH_KEYTYPE_RSA ? HostKeyType::rsa : HostKeyType::ed25519),
        bind(make_bind(std::move(key))) {}

  Status listen_at(ServerOptions const& options);
  void run();
  void shut();

  // LinkControl: from any thread
  void reset(SessionId session) override {
    services.loop.post([this, session] { cut(session); });
  }
  void half_open(SessionId session) override {
    services.loop.post([this, session] {
      auto const found = connections.find(session);
      if (found != connections.end()) found->second->half_open();
    });
  }
  void listen(bool accepting) override {
    services.loop.post([this, accepting] { accepting ? open_listener() : close_listener(); });
  }

  void set_power(bool on);

  Services services;
  std::string const host_key_line;
  HostKeyType const host_key_type;
  std::uint16_t port = 0;
  std::atomic<std::size_t> connections_held = 0, channels_held = 0;
  rdscsi::base::Thread thread;

 private:
  void open_listener();
  void close_listener();
  void accept_all();
  void greet(int fd, std::string const& peer);
  ssh_bind changed_key();
  void leave_hanging(int fd, SessionId session);
  void cut(SessionId session);
  void turn();

  Bind const bind;
  Bind other_bind;  // shows the key of host_key_changed; made when first needed
  sockaddr_storage address{};
  socklen_t address_size = 0;
  int listener = -1;
  bool powered = true;
  std::map<SessionId, std::unique_ptr<Connection>> connections;
  std::map<SessionId, int> hanging;  // accepted, never greeted
};

Status Server::State::listen_at(ServerOptions const& options) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::string const service = std::to_string(options.port);
  if (getaddrinfo(options.address.c_str(), service.c_str(), &hints, &found) != 0) {
    return fail(Reason::invalid_argument, Effect::none,
                concat("listen address `", options.address, "` is not numeric: 127.0.0.1 or ::1"));
  }
  std::memcpy(&address, found->ai_addr, found->ai_addrlen);
  address_size = found->ai_addrlen;
  freeaddrinfo(found);
  listener = listen_on(address, address_size);
  if (listener < 0) {
    return fail(Reason::invalid_argument, Effect::none,
                concat("cannot listen on ", options.address, " port ", service, ": ", std::strerror(errno)));
  }
  // Kept for `refuse`: the same port is opened again.
  getsockname(listener, static_cast<sockaddr*>(static_cast<void*>(&address)), &address_size);
  std::uint16_t bound = 0;
  std::memcpy(&bound, static_cast<char const*>(static_cast<void const*>(&address)) + 2, sizeof bound);
  port = ntohs(bound);
  services.loop.watch(listener, POLLIN, [this](int) { services.loop.post([this] { accept_all(); }); });
  return absl::OkStatus();
}

void Server::State::open_listener() {
  if (listener >= 0 || !powered) return;
  listener = listen_on(address, address_size);
  if (listener < 0) return;
  services.loop.watch(listener, POLLIN, [this](int) { services.loop.post([this] { accept_all(); }); });
}

void Server::State::close_listener() {
  if (listener < 0) return;
  accept_all();  // who connected before is served
  services.loop.unwatch(listener);
  close(listener);
  listener = -1;
}

void Server::State::accept_all() {
  while (listener >= 0) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    int const fd = accept4(listener, static_cast<sockaddr*>(static_cast<void*>(&from)), &size,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    int const one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    greet(fd, peer_name(from, size));
  }
}

void Server::State::greet(int fd, std::string const& peer) {
  auto const [verdict, id] = services.device.on_connect(peer);
  if (verdict == ConnectVerdict::refuse || verdict == ConnectVerdict::close) return reset_socket(fd);
  if (verdict == ConnectVerdict::hang) return leave_hanging(fd, id);
  ssh_session const session = ssh_new();
  ssh_bind const key = verdict == ConnectVerdict::host_key_changed ? changed_key() : bind.get();
  if (session == nullptr || ssh_bind_accept_fd(key, session, fd) != SSH_OK) {
    ssh_free(session);
    services.device.close_session(id);
    return;
  }
  connections[id] = std::make_unique<Connection>(services, id, session);
}

// Another key of the same type: with another type a client that pins one could not even agree on an
// algorithm.
ssh_bind Server::State::changed_key() {
  if (other_bind == nullptr) {
    auto key = load_host_key("", host_key_type);
    if (!key.ok()) return bind.get();
    other_bind = make_bind(std::move(*key));
  }
  return other_bind.get();
}

void Server::State::leave_hanging(int fd, SessionId session) {
  hanging[session] = fd;
  // Only its end is looked for; what the client says stays unread.
  services.loop.watch(fd, POLLRDHUP, [this, session](int) {
    services.loop.post([this, session] {
      services.device.close_session(session);
      cut(session);
    });
  });
}

void Server::State::cut(SessionId session) {
  if (auto const found = hanging.find(session); found != hanging.end()) {
    services.loop.unwatch(found->second);
    reset_socket(found->second);
    hanging.erase(found);
  }
  if (auto const found = connections.find(session); found != connections.end()) {
    found->second->cut();
    connections.erase(found);
  }
}

void Server::State::set_power(bool on) {
  services.loop.post([this, on] {
    powered = on;
    if (on) return open_listener();
    close_listener();
    std::set<SessionId> all;
    for (auto const& [id, connection] : connections) all.insert(id);
    for (auto const& [id, fd] : hanging) all.insert(id);
    for (SessionId const id : all) {
      services.device.close_session(id);
      cut(id);
    }
  });
}

void Server::State::turn() {
  services.device.expire();
  std::size_t channels = 0;
  for (auto it = connections.begin(); it != connections.end();) {
    bool const lives = it->second->turn();
    if (lives) channels += it->second->channels();
    it = lives ? std::next(it) : connections.erase(it);
  }
  connections_held = connections.size() + hanging.size();
  channels_held = channels;
}

void Server::State::run() {
  services.loop.every_turn([this] { turn(); });
  services.loop.run();
}

// After the loop has ended.
void Server::State::shut() {
  if (listener >= 0) {
    services.loop.unwatch(listener);
    close(listener);
  }
  while (!hanging.empty()) cut(hanging.begin()->first);
  connections.clear();
  connections_held = channels_held = 0;
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

StatusOr<std::unique_ptr<Server>> Server::start(faults::FaultyDevice& device, ServerOptions const& options) {
  auto accounts = Accounts::make(options.users);
  if (!accounts.ok()) return accounts.status();
  auto key = load_host_key(options.host_key_file, options.host_key_type);
  if (!key.ok()) return key.status();
  auto state = std::make_unique<State>(device, std::move(*accounts), options, std::move(*key));
  if (Status status = state->listen_at(options); !status.ok()) return status;
  device.set_link_control(state.get());
  State* const running = state.get();
  state->thread = rdscsi::base::Thread("rds-sim-loop", [running] { running->run(); });
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::~Server() {
  stop();
}

void Server::stop() {
  if (!state_->thread.joinable()) return;
  state_->services.device.set_link_control(nullptr);
  state_->services.device.stop();
  if (state_->services.relay != nullptr) state_->services.relay->stop();
  state_->services.workers.stop();
  state_->services.loop.stop();
  state_->thread.join();
  state_->shut();
}

void Server::set_power(bool on) {
  state_->set_power(on);
}

std::uint16_t Server::port() const {
  return state_->port;
}

std::string Server::host_key() const {
  return state_->host_key_line;
}

Server::Held Server::held() const {
  return {state_->connections_held.load(), state_->channels_held.load()};
}

}  // namespace rdssim::ssh
