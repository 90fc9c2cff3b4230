// See control_socket.h.
#include "simulator/program/control_socket.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <utility>

#include "base/reasons.h"
#include "base/sync.h"
#include "simulator/faults/text.h"
#include "simulator/nvme_tcp/loop.h"

namespace rdssim::program {

using faults::concat;
using rdscsi::base::Effect;
using rdscsi::base::fail;
using rdscsi::base::Reason;
using rdscsi::base::Status;
using rdscsi::base::StatusOr;

namespace {

constexpr std::size_t kLineMax = std::size_t{64} << 20;  // a state file of a large device
constexpr int kAnswerSeconds = 60;
constexpr char kPrefix[] = "rds-sim-", kSuffix[] = ".sock";

Status cannot(std::string_view path, std::string_view why) {
  return fail(Reason::invalid_argument, Effect::none, concat("control socket `", path, "`: ", why));
}

bool address_of(std::string const& path, sockaddr_un* address) {
  *address = {};
  address->sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address->sun_path) return false;
  std::memcpy(address->sun_path, path.data(), path.size());
  return true;
}

sockaddr const* plain(sockaddr_un const& address) {
  return static_cast<sockaddr const*>(static_cast<void const*>(&address));
}

// A connected blocking socket, or -1 with errno.
int connect_to(std::string const& path) {
  sockaddr_un address;
  errno = ENAMETOOLONG;
  if (!address_of(path, &address)) return -1;
  int const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, plain(address), sizeof address) == 0) return fd;
  int const error = errno;
  if (fd >= 0) close(fd);
  errno = error;
  return -1;
}

bool is_served(std::string const& path) {
  int const fd = connect_to(path);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

std::string default_directory() {
  char const* const runtime = std::getenv("XDG_RUNTIME_DIR");
  return runtime == nullptr || *runtime == '\0' ? std::string("/tmp") : std::string(runtime);
}

}  // namespace

struct ControlServer::State {
  State(std::string the_path, Handler the_handler)
      : path(std::move(the_path)), handler(std::move(the_handler)) {}

  struct Client {
    std::string in, out;
    bool over = false;  // it has sent all it will
  };

  Status listen_at();
  void accept_all();
  void serve(int fd, std::uint32_t events);
  void answer_lines(Client& client);
  // False: the client is to be dropped.
  static bool flush(int fd, Client& client);
  void drop(int fd);

  std::string const path;
  Handler const handler;
  int listener = -1;
  nvme_tcp::Loop loop;
  std::map<int, Client> clients;
  rdscsi::base::Thread thread;
};

Status ControlServer::State::listen_at() {
  sockaddr_un address;
  if (!address_of(path, &address))
    return cannot(path, concat("expected 1 to ", std::to_string(sizeof address.sun_path - 1), " bytes"));
  if (is_served(path)) return cannot(path, "another rds-sim serves there");
  struct stat found {};
  if (lstat(path.c_str(), &found) == 0) {
    if (!S_ISSOCK(found.st_mode)) return cannot(path, "there is something that is no socket");
    unlink(path.c_str());
  }
  listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  // Nobody else may connect between bind and chmod.
  mode_t const before = umask(0177);
  bool const bound = listener >= 0 && bind(listener, plain(address), sizeof address) == 0;
  int const error = errno;
  umask(before);
  if (!bound) return cannot(path, std::strerror(error));
  if (listen(listener, SOMAXCONN) != 0) return cannot(path, std::strerror(errno));
  loop.watch(listener, EPOLLIN, [this](std::uint32_t) { accept_all(); });
  return {};
}

void ControlServer::State::accept_all() {
  for (;;) {
    int const fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    clients[fd];
    loop.watch(fd, EPOLLIN, [this, fd](std::uint32_t events) { serve(fd, events); });
  }
}

void ControlServer::State::serve(int fd, std::uint32_t /*events*/) {
  Client& client = clients[fd];
  std::array<char, 65536> buffer;
  for (ssize_t got = 0; (got = read(fd, buffer.data(), buffer.size())) != -1;) {
    client.over = client.over || got == 0;
    if (got == 0) break;
    client.in.append(buffer.data(), static_cast<std::size_t>(got));
    if (client.in.size() > kLineMax) return drop(fd);
  }
  if (errno != EAGAIN && errno != EWOULDBLOCK && !client.over) return drop(fd);
  answer_lines(client);
  if (!flush(fd, client) || (client.over && client.out.empty())) return drop(fd);
  loop.change(fd, client.out.empty() ? EPOLLIN : EPOLLOUT);
}

void ControlServer::State::answer_lines(Client& client) {
  for (auto end = client.in.find('\n'); end != std::string::npos; end = client.in.find('\n')) {
    std::string const line = client.in.substr(0, end);
    client.in.erase(0, end + 1);
    client.out += handler(line) + "\n";
  }
}

bool ControlServer::State::flush(int fd, Client& client) {
  while (!client.out.empty()) {
    ssize_t const sent = send(fd, client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    client.out.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

void ControlServer::State::drop(int fd) {
  loop.unwatch(fd);
  close(fd);
  clients.erase(fd);
}

ControlServer::ControlServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

StatusOr<std::unique_ptr<ControlServer>> ControlServer::start(std::string const& path, Handler handler) {
  std::unique_ptr<ControlServer> server(new ControlServer(std::make_unique<State>(path, std::move(handler))));
  if (Status const status = server->state_->listen_at(); !status.ok()) {
    if (server->state_->listener >= 0) close(server->state_->listener);
    server->state_->listener = -1;
    return status;
  }
  server->state_->thread =
      rdscsi::base::Thread("control", [state = server->state_.get()] { state->loop.run(); });
  return server;
}

ControlServer::~ControlServer() {
  if (state_->listener < 0) return;
  state_->loop.stop();
  state_->thread.join();
  for (auto const& [fd, client] : state_->clients) close(fd);
  close(state_->listener);
  unlink(state_->path.c_str());
}

std::string default_control_path(unsigned ssh_port) {
  return concat(default_directory(), "/", kPrefix, std::to_string(ssh_port), kSuffix);
}

std::vector<std::string> served_control_paths() {
  std::vector<std::string> paths;
  std::error_code ignored;
  for (auto const& entry : std::filesystem::directory_iterator(default_directory(), ignored)) {
    std::string const name = entry.path().filename().string();
    if (name.starts_with(kPrefix) && name.ends_with(kSuffix) && is_served(entry.path().string()))
      paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

StatusOr<std::string> ask(std::string const& path, std::string_view line) {
  int const fd = connect_to(path);
  if (fd < 0) {
    return fail(Reason::rds_unreachable, Effect::none,
                concat("no rds-sim serves `", path, "`: ", std::strerror(errno)));
  }
  timeval const patience{kAnswerSeconds, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string const request = concat(line, "\n");
  bool good = true;
  for (std::size_t sent = 0; good && sent < request.size();) {
    ssize_t const count = send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    good = count > 0;
    if (good) sent += static_cast<std::size_t>(count);
  }
  std::string reply;
  std::array<char, 65536> buffer;
  while (good && (reply.empty() || reply.back() != '\n')) {
    ssize_t const got = read(fd, buffer.data(), buffer.size());
    good = got > 0;
    if (good) reply.append(buffer.data(), static_cast<std::size_t>(got));
  }
  close(fd);
  if (!good)
    return fail(Reason::rds_session_lost, Effect::unknown, concat("`", path, "` gave no whole answer"));
  reply.pop_back();
  return reply;
}

}  // namespace rdssim::program
