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
#include "simulator/ssh/offers.h"
#include "simulator/ssh/peer.h"
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
  State(faults::FaultyDevice& device, ServerOptions const& options, HostKeyType type, Key key)
      : services(device, options) {
    host_keys[type] = std::move(key);
  }

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

  // `ssh-rsa AAAA...` as /ip/ssh wants it now.
  std::string host_key_line();

  Services services;
  std::uint16_t port = 0;
  std::atomic<std::size_t> connections_held = 0, channels_held = 0;
  rdscsi::base::Thread thread;

 private:
  void open_listener();
  void close_listener();
  void accept_all();
  void greet(int fd, std::string const& peer);
  ssh_bind bind_for(routeros::Device::SshRules const& rules);
  ssh_bind changed_key(Offer const& offer);
  ssh_key_struct const* host_key(std::map<HostKeyType, Key>& keys, HostKeyType type);
  void leave_hanging(int fd, SessionId session);
  void cut(SessionId session);
  void turn();

  rdscsi::base::Mutex keys_mutex;
  std::map<HostKeyType, Key> host_keys, other_keys;  // other_keys: of host_key_changed; made when needed
  Offer offer;                                       // of `bind`
  Bind bind, other_bind;
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
  auto const [rules, service] = services.device.with_device(
      [](auto& router) { return std::pair(router.ssh_rules(), router.service_rules("ssh")); });
  // EVIDENCE(inferred): Who is outside the service's addresses is turned away before the banner; so is
  // everybody where it is disabled. [FACTS 3; FACTS 9.5]
  if (!service.enabled || !comes_from(peer.substr(0, peer.rfind(':')), service.available_from))
    return reset_socket(fd);
  if (services.options.device_limits_sessions) services.device.set_session_limit(service.max_sessions);
  auto const [verdict, id] = services.device.on_connect(peer);
  if (verdict == ConnectVerdict::refuse || verdict == ConnectVerdict::close) return reset_socket(fd);
  if (verdict == ConnectVerdict::hang) return leave_hanging(fd, id);
  ssh_bind key = bind_for(rules);
  if (verdict == ConnectVerdict::host_key_changed) key = changed_key(offer);
  if (key == nullptr) {
    services.device.close_session(id);
    return reset_socket(fd);
  }
  ssh_session const session = ssh_new();
  if (session == nullptr || ssh_bind_accept_fd(key, session, fd) != SSH_OK) {
    ssh_free(session);
    services.device.close_session(id);
    return;
  }
  connections[id] = std::make_unique<Connection>(services, id, peer, session);
}

// Null: no such key can be made. A key of a type /ip/ssh has changed to stays in memory.
ssh_key_struct const* Server::State::host_key(std::map<HostKeyType, Key>& keys, HostKeyType type) {
  rdscsi::base::Guard const guard(keys_mutex);
  auto& key = keys[type];
  if (key == nullptr) {
    auto made = load_host_key("", type);
    if (made.ok()) key = std::move(*made);
  }
  return key.get();
}

std::string Server::State::host_key_line() {
  auto const rules = services.device.with_device([](auto& router) { return router.ssh_rules(); });
  auto const* const key = host_key(host_keys, offer_of(rules).host_key);
  return key == nullptr ? "" : public_line(*key);
}

// Null: nothing can be offered as the device's settings are.
ssh_bind Server::State::bind_for(routeros::Device::SshRules const& rules) {
  auto wanted = offer_of(rules);
  if (bind != nullptr && wanted == offer) return bind.get();
  offer = std::move(wanted);
  auto const* const key = host_key(host_keys, offer.host_key);
  bind = key == nullptr ? nullptr : make_bind(offer, *key);
  other_bind = nullptr;
  return bind.get();
}

// Another key of the same type: with another type a client that pins one could not even agree on an
// algorithm.
ssh_bind Server::State::changed_key(Offer const& shown) {
  if (other_bind == nullptr) {
    auto const* const key = host_key(other_keys, shown.host_key);
    if (key != nullptr) other_bind = make_bind(shown, *key);
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

Status configure(routeros::Device& device, ServerOptions const& options) {
  for (auto const& user : options.users) {
    for (auto const& line : user.authorized_keys) {
      if (device.give_login(user.name, user.password, {line})) continue;
      return fail(Reason::invalid_argument, Effect::none,
                  concat("user ", user.name, ": `", line.substr(0, 40),
                         "` is not a public key: `ssh-ed25519 AAAA...` or `ssh-rsa AAAA...`"));
    }
    device.give_login(user.name, user.password, {});
  }
  if (options.host_key_type)
    device.set_host_key_type(*options.host_key_type == HostKeyType::rsa ? "rsa" : "ed25519");
  return absl::OkStatus();
}

StatusOr<std::unique_ptr<Server>> Server::start(faults::FaultyDevice& device, ServerOptions const& options) {
  auto told = device.with_device([&](routeros::Device& router) { return configure(router, options); });
  if (!told.ok()) return told;
  auto const rules = device.with_device([](routeros::Device& router) { return router.ssh_rules(); });
  auto key = load_host_key(options.host_key_file, offer_of(rules).host_key);
  if (!key.ok()) return key.status();
  // A file may hold a key of the other type.
  bool const rsa = ssh_key_type(key->get()) == SSH_KEYTYPE_RSA;
  if (rsa != (offer_of(rules).host_key == HostKeyType::rsa))
    device.with_device([&](routeros::Device& router) { router.set_host_key_type(rsa ? "rsa" : "ed25519"); });
  auto state = std::make_unique<State>(device, options, rsa ? HostKeyType::rsa : HostKeyType::ed25519,
                                       std::move(*key));
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
  return state_->host_key_line();
}

Server::Held Server::held() const {
  return {state_->connections_held.load(), state_->channels_held.load()};
}

}  // namespace rdssim::ssh
