// One channel: from the request over the device to the last byte.
#include "simulator/ssh/channel.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "simulator/ssh/exec_line.h"

namespace rdssim::ssh {

using faults::ExecVerdict;
using faults::Reply;
using rdscsi::base::now;

namespace {

// Cut output must be on the wire before the reset overtakes it.
constexpr auto kBeforeReset = std::chrono::milliseconds(50);
constexpr std::size_t kWriteMax = std::size_t{32} << 10;

// What `/system identity` says, for the prompt.
std::string identity(faults::FaultyDevice& device) {
  std::string name = device.with_device([](routeros::Device& router) {
    return router.execute({}, ":put [/system identity get name]", {}).output;
  });
  name = name.substr(0, name.find('\r'));
  bool const plain = !name.empty() && name.find_first_of(" ()") == std::string::npos;
  return plain ? name : "MikroTik";
}

}  // namespace

// libssh's view of this channel; `userdata` is the Channel.
struct Channel::Callbacks {
  ssh_channel_callbacks_struct table{};

  static Channel& self(void* data) { return *static_cast<Channel*>(data); }
  static int on_data(ssh_session, ssh_channel, void* bytes, std::uint32_t size, int is_stderr, void* data) {
    if (is_stderr == 0) self(data).input({static_cast<char const*>(bytes), size});
    return static_cast<int>(size);
  }
  static void on_eof(ssh_session, ssh_channel, void* data) { self(data).end_of_input(); }
  static void on_close(ssh_session, ssh_channel, void* data) { self(data).closed_by_client(); }
  static int on_pty(ssh_session, ssh_channel, char const* terminal, int width, int height, int, int,
                    void* data) {
    self(data).pty(terminal, width, height);
    return 0;
  }
  static int on_window(ssh_session, ssh_channel, int width, int height, int, int, void* data) {
    self(data).window(width, height);
    return 0;
  }
  static int on_shell(ssh_session, ssh_channel, void* data) { return self(data).shell() ? 0 : 1; }
  static int on_exec(ssh_session, ssh_channel, char const* command, void* data) {
    return self(data).exec(command) ? 0 : 1;
  }
  static int on_env(ssh_session, ssh_channel, char const*, char const*, void*) { return 0; }
  // EVIDENCE(documented): A device has SFTP; this server refuses it. [FACTS 5.7]
  static int on_subsystem(ssh_session, ssh_channel, char const*, void*) { return 1; }  // no SFTP here
  static int on_writable(ssh_session, ssh_channel, std::uint32_t, void*) {
    return 0;
  }  // pump() looks each turn
};

Channel::Channel(Services& services, faults::SessionId session, Login login, ssh_channel_struct* handle)
    : services_(services),
      session_(session),
      login_(std::move(login)),
      handle_(handle),
      callbacks_(std::make_unique<Callbacks>()),
      gone_(std::make_shared<std::atomic<bool>>(false)) {
  auto& table = callbacks_->table;
  ssh_callbacks_init(&table);
  table.userdata = this;
  table.channel_data_function = Callbacks::on_data;
  table.channel_eof_function = Callbacks::on_eof;
  table.channel_close_function = Callbacks::on_close;
  table.channel_pty_request_function = Callbacks::on_pty;
  table.channel_pty_window_change_function = Callbacks::on_window;
  table.channel_shell_request_function = Callbacks::on_shell;
  table.channel_exec_request_function = Callbacks::on_exec;
  table.channel_env_request_function = Callbacks::on_env;
  table.channel_subsystem_request_function = Callbacks::on_subsystem;
  table.channel_write_wontblock_function = Callbacks::on_writable;
  ssh_set_channel_callbacks(handle_, &table);
}

Channel::~Channel() = default;

void Channel::release(bool session_lives) {
  if (handle_ == nullptr) return;
  *gone_ = true;
  count_closed();
  ssh_remove_channel_callbacks(handle_, &callbacks_->table);
  if (session_lives) ssh_channel_free(handle_);
  handle_ = nullptr;
}

void Channel::count_closed() {
  if (counted_) services_.device.close_channel(session_);
  counted_ = false;
}

// --- requests ---

void Channel::pty(std::string_view terminal, int width, int height) {
  has_pty_ = true;
  terminal_ = std::string(terminal);
  window(width, height);
}

void Channel::window(int width, int height) {
  width_ = width;
  height_ = height;
}

bool Channel::exec(std::string_view line) {
  if (mode_ != Mode::idle) return false;
  mode_ = Mode::exec;
  if (services_.relay != nullptr) {
    run_relayed(std::string(line));
    return true;
  }
  run(std::string(exec_line(line)), false);
  return true;
}

bool Channel::shell() {
  if (mode_ != Mode::idle) return false;
  mode_ = Mode::shell;
  if (services_.relay != nullptr) {
    out_ += "Only single commands go through here, no shell: ssh ... '/disk print'\r\n";
    finish(1);
    return true;
  }
  editor_.emplace(has_pty_);
  host_name_ = identity(services_.device);
  out_ += "\r\n  MikroTik RouterOS (rds-sim)\r\n\r\n";
  prompt();
  last_input_ = now();
  if (login_.logs_out_after) watch_idle(*login_.logs_out_after);
  return true;
}

// What runs is no idleness.
void Channel::watch_idle(rdscsi::base::Duration wait) {
  services_.loop.after(wait, [weak = weak_from_this()] {
    auto const channel = weak.lock();
    if (channel == nullptr || channel->closed_) return;
    auto const limit = *channel->login_.logs_out_after;
    auto const idle = channel->running_ ? rdscsi::base::Duration{} : now() - channel->last_input_;
    if (idle < limit) return channel->watch_idle(limit - idle);
    channel->finish(0);
    channel->pump();
  });
}

void Channel::input(std::string_view bytes) {
  if (!editor_ || closed_) return;
  last_input_ = now();
  for (auto& step : editor_->type(bytes, &out_)) {
    switch (step.kind) {
      case LineEditor::Step::Kind::line:
        lines_.push_back(std::move(step.line));
        break;
      case LineEditor::Step::Kind::interrupt:
        interrupt();
        break;
      case LineEditor::Step::Kind::end_of_input:
        input_ended_ = true;
        break;
    }
  }
  next_line();
}

void Channel::end_of_input() {
  input_ended_ = true;
  if (mode_ == Mode::shell) next_line();
}

void Channel::closed_by_client() {
  closed_ = true;
  *gone_ = true;
  count_closed();
}

void Channel::interrupt() {
  lines_.clear();
  if (running_) {
    services_.device.interrupt(session_);
    running_ = false;
    ++turn_;
  }
  // EVIDENCE(confirmed): Ctrl-C prints `interrupted`. [FACTS 2.5; capture interrupted-7.21rc]
  out_ += "interrupted\r\n";
  prompt();
}

// EVIDENCE(confirmed): The prompt is [user@identity] and the menu. [FACTS 5.7; capture interrupted-7.21rc;
// capture error-bad-command-name-7.x]
void Channel::prompt() {
  out_ += "[" + login_.user + "@" + host_name_ + "] " + menu_ + "> ";
}

// The shell runs one line at a time.
void Channel::next_line() {
  while (!running_ && !lines_.empty()) {
    std::string line = std::move(lines_.front());
    lines_.pop_front();
    if (line == "/quit" || line == "quit") {
      finish(0);
    } else if (line.find_first_not_of(' ') == std::string::npos) {
      prompt();
    } else {
      running_ = true;
      run(std::move(line), has_pty_);
    }
  }
  if (!running_ && lines_.empty() && input_ended_) finish(0);
}

// --- a command's way to the device and back ---

void Channel::run(std::string line, bool interactive) {
  faults::ExecMode mode;
  mode.interactive = interactive;
  mode.menu = menu_;
  if (mode_ == Mode::shell) mode.memory = memory_;
  if (has_pty_) {
    mode.width = width_;
    mode.height = height_;
  }
  auto const latency = services_.device.draw_latency();
  auto* const services = &services_;
  services->sent(session_);
  auto come_back = [services, session = session_, weak = weak_from_this(), turn = turn_,
                    reply = latency.reply](ExecVerdict const& verdict) {
    services->came_back(session);
    services->loop.after(reply, [weak, turn, verdict] {
      if (auto const channel = weak.lock()) channel->deliver(turn, verdict);
    });
  };
  services->loop.after(
      latency.request, [services, session = session_, line = std::move(line), mode, come_back] {
        services->workers.submit([services, session, line, mode, come_back] {
          auto verdict = services->device.exec(session, line, mode);
          services->loop.post([come_back, verdict = std::move(verdict)] { come_back(verdict); });
        });
      });
}

void Channel::deliver(int turn, ExecVerdict const& verdict) {
  if (closed_ || turn != turn_) return;
  if (verdict.reply == Reply::session_dead || verdict.reply == Reply::vanished) return;
  out_ += verdict.output;
  rate_ = verdict.bytes_per_second;
  trickle_since_ = now();
  trickled_ = 0;
  if (verdict.reply == Reply::answered && mode_ == Mode::exec) finish(verdict.exit_status);
  if (verdict.reply == Reply::answered && mode_ == Mode::shell) {
    menu_ = verdict.menu;
    prompt();
    running_ = false;
    next_line();
  }
  if (verdict.reply == Reply::then_reset) {
    auto* const services = &services_;
    services->loop.after(kBeforeReset, [services, session = session_] { services->device.cut(session); });
  }
  pump();
}

// --- a command's way to a relay and back ---

// A channel's end of a relayed command, on the worker's thread.
class Channel::RelayClient : public Relay::Client {
 public:
  RelayClient(Services& services, std::weak_ptr<Channel> channel, std::shared_ptr<std::atomic<bool>> gone)
      : services_(services), channel_(std::move(channel)), gone_(std::move(gone)) {}
  void say(std::string bytes, bool on_stderr) override {
    services_.loop.post([weak = channel_, bytes = std::move(bytes), on_stderr] {
      auto const channel = weak.lock();
      if (channel == nullptr) return;
      (on_stderr ? channel->errors_ : channel->out_) += bytes;
      channel->pump();
    });
  }
  bool gone() const override { return *gone_; }

 private:
  Services& services_;
  std::weak_ptr<Channel> const channel_;
  std::shared_ptr<std::atomic<bool>> const gone_;
};

void Channel::run_relayed(std::string line) {
  Relay::Command command{login_.as_given, std::move(line), std::nullopt};
  if (has_pty_) command.pty = Relay::Terminal{terminal_, width_, height_};
  auto* const services = &services_;
  services_.workers.submit(
      [services, session = session_, command = std::move(command), weak = weak_from_this(), gone = gone_] {
        RelayClient client(*services, weak, gone);
        auto const end = services->relay->exec(session, command, client);
        services->loop.post([weak, end] {
          if (auto const channel = weak.lock()) channel->end_relayed(end);
        });
      });
}

void Channel::end_relayed(Relay::End const& end) {
  if (closed_) return;
  if (!end.lost) {
    finish(end.exit_status);
    return pump();
  }
  pump();
  auto* const services = &services_;
  services->loop.after(kBeforeReset, [services, session = session_] { services->device.cut(session); });
}

std::size_t Channel::allowance() {
  if (rate_ <= 0) return kWriteMax;
  double const seconds = std::chrono::duration<double>(now() - trickle_since_).count();
  auto const earned = static_cast<std::int64_t>(seconds * static_cast<double>(rate_)) - trickled_;
  if (earned <= 0) {
    services_.loop.after(std::chrono::milliseconds(20), [weak = weak_from_this()] {
      if (auto const channel = weak.lock()) channel->pump();
    });
  }
  return static_cast<std::size_t>(std::max<std::int64_t>(0, earned));
}

void Channel::pump() {
  if (silent_ || closed_ || handle_ == nullptr) return;
  while (!out_.empty()) {
    std::size_t const window = ssh_channel_window_size(handle_);
    std::size_t const size = std::min({out_.size(), window, kWriteMax, allowance()});
    if (size == 0) return;
    int const written = ssh_channel_write(handle_, out_.data(), static_cast<std::uint32_t>(size));
    if (written <= 0) return;
    out_.erase(0, static_cast<std::size_t>(written));
    trickled_ += written;
  }
  while (!errors_.empty()) {
    std::size_t const window = ssh_channel_window_size(handle_);
    std::size_t const size = std::min({errors_.size(), window, kWriteMax});
    if (size == 0) return;
    int const written = ssh_channel_write_stderr(handle_, errors_.data(), static_cast<std::uint32_t>(size));
    if (written <= 0) return;
    errors_.erase(0, static_cast<std::size_t>(written));
  }
  if (ending_) {
    // EVIDENCE(documented): The exit status is sent before the channel closes. [FACTS 5.5]
    // The exit status is sent before the close (FACTS 5.5).
    if (exit_status_) ssh_channel_request_send_exit_status(handle_, *exit_status_);
    ssh_channel_send_eof(handle_);
    closed_ = true;
    *gone_ = true;
    count_closed();  // before the client can see the close and open another one
    ssh_channel_close(handle_);
  }
}

void Channel::finish(std::optional<int> exit_status) {
  if (ending_) return;  // the first end counts, whatever the client's input does
  ending_ = true;
  exit_status_ = exit_status;
  lines_.clear();
}

}  // namespace rdssim::ssh
