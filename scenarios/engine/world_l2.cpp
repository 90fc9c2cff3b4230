// See world_l2.h.
#include "scenarios/engine/world_l2.h"

#include <stdlib.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/log.h"
#include "base/reasons.h"
#include "scenarios/engine/scrape.h"
#include "simulator/ssh/keys.h"

namespace scenario {

using rdscsi::base::Effect;
using rdscsi::base::fail;
using rdscsi::base::Guard;
using rdscsi::base::LogLevel;
using rdscsi::base::Reason;
using rdscsi::base::Status;
using rdscsi::base::StatusOr;

namespace {

namespace fs = std::filesystem;

constexpr Duration kServeWithin = std::chrono::seconds(30);
constexpr Duration kStopWithin =
    std::chrono::seconds(35);  // incident 58: the plugin itself takes 30 s at most
constexpr char const* kUser = "csi";

Status no_world(std::string const& what) {
  return fail(Reason::internal, Effect::none, "level 2: " + what);
}

Answer unavailable(std::string why) {
  Answer answer;
  answer.code = "UNAVAILABLE";
  answer.message = std::move(why);
  return answer;
}

bool write_file(std::string const& path, std::string const& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  return file.good();
}

// From the line the program logs once it serves.
int metrics_port_in(std::string const& line) {
  auto const json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return 0;
  auto const port = json.find("metrics_port");
  if (port == json.end() || !port->is_string()) return 0;
  return static_cast<int>(std::strtol(port->get<std::string>().c_str(), nullptr, 10));
}

bool child_left() {
  siginfo_t info{};
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

}  // namespace

LogLine read_log_line(int controller, std::string const& line) {
  LogLine out;
  out.controller = controller;
  out.level = static_cast<int>(LogLevel::warn);
  out.message = out.line = line;
  auto const json = nlohmann::json::parse(line, nullptr, false);
  if (!json.is_object()) return out;
  auto const level = json.find("level"), message = json.find("message");
  if (level == json.end() || !level->is_string() || message == json.end() || !message->is_string())
    return out;
  auto const parsed = rdscsi::base::parse_log_level(level->get<std::string>());
  if (!parsed) return out;
  out.level = static_cast<int>(*parsed);
  out.message = message->get<std::string>();
  return out;
}

// --- Starting ---

StatusOr<std::unique_ptr<WorldL2>> WorldL2::start(WorldOptions options, rdssim::faults::FaultyDevice& rds,
                                                  Recorder& recorder) {
  std::string folder = (fs::temp_directory_path() / "rds-l2-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return no_world("no temporary folder: " + folder);
  std::unique_ptr<WorldL2> world(new WorldL2(std::move(options), rds, recorder, folder));
  if (Status const listening = world->listen(); !listening.ok()) return listening;
  for (int index = 0; index < world->controllers(); ++index) {
    Status const started = world->start_controller(index);
    if (started.ok()) continue;
    world->finish();  // its output is complete only then
    std::string words = "controller " + std::to_string(index) + ": " + std::string(started.message());
    for (LogLine const& line : recorder.log_lines()) words += "\n" + line.line;
    return no_world(words);
  }
  return world;
}

WorldL2::WorldL2(WorldOptions options, rdssim::faults::FaultyDevice& rds, Recorder& recorder,
                 std::string folder)
    : options_(std::move(options)),
      rds_(rds),
      recorder_(recorder),
      start_(rdscsi::base::now()),
      folder_(std::move(folder)),
      controllers_(static_cast<std::size_t>(options_.controllers)),
      leaving_(controllers_.size()) {}

Status WorldL2::listen() {
  using rdssim::ssh::HostKeyType;
  auto key = rdssim::ssh::load_host_key(folder_ + "/client-key", HostKeyType::ed25519);
  if (!key.ok()) return key.status();
  rdssim::ssh::ServerOptions options;
  options.host_key_type = HostKeyType::ed25519;
  options.host_key_file = folder_ + "/host-key";
  options.users.push_back({kUser, "", {rdssim::ssh::public_line(**key)}});
  auto server = rdssim::ssh::Server::start(rds_, options);
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  if (options_.nodes) {
    std::string lines;
    for (auto const& [node, nqn] : *options_.nodes) lines.append(node).append(" ").append(nqn).append("\n");
    if (!write_file(folder_ + "/nodes", lines)) return no_world(folder_ + "/nodes cannot be written");
  }
  if (write_file(folder_ + "/host-key.pub", server_->host_key() + "\n")) return {};
  return no_world(folder_ + "/host-key.pub cannot be written");
}

std::string WorldL2::socket_path(int index) const {
  return folder_ + "/csi-" + std::to_string(index) + ".sock";
}

std::vector<std::string> WorldL2::arguments(int index) const {
  std::vector<std::string> words = {"-controller",
                                    "-rds-address=127.0.0.1",
                                    "-rds-port=" + std::to_string(server_->port()),
                                    std::string("-rds-user=") + kUser,
                                    "-rds-key-file=" + folder_ + "/client-key",
                                    "-rds-host-key=" + folder_ + "/host-key.pub",
                                    "-rds-volume-base-path=/storage-pool/metal-csi",
                                    "-endpoint=unix://" + socket_path(index),
                                    "-metrics-address=",
                                    "-log-format=json"};
  if (options_.nodes) words.push_back("-nodes-file=" + folder_ + "/nodes");
  for (auto const& [flag, value] : options_.flags) words.push_back("-" + flag + "=" + value);
  return words;
}

Status WorldL2::start_controller(int index) {
  PluginSpec spec;
  spec.program = plugin_path();
  spec.arguments = arguments(index);
  spec.socket_path = socket_path(index);
  auto const metrics_port = std::make_shared<std::atomic<int>>(0);
  spec.on_line = [this, index, metrics_port](std::string const& line) {
    if (int const port = metrics_port_in(line); port > 0) *metrics_port = port;
    recorder_.add_log(read_log_line(index, line));
  };
  auto started = PluginProcess::start(std::move(spec));
  if (!started.ok()) return started.status();
  std::shared_ptr<PluginProcess> const process = *std::move(started);
  if (Status const serves = process->wait_until_serving(kServeWithin); !serves.ok()) return serves;
  auto client = std::make_shared<CsiClient>(socket_path(index));
  Guard guard(mutex_);
  if (!given_up_) controllers_[static_cast<std::size_t>(index)] = {process, std::move(client), metrics_port};
  return {};
}

// --- World ---

Duration WorldL2::now() const {
  return rdscsi::base::now() - start_;
}

void WorldL2::trouble(std::string what) {
  Guard guard(mutex_);
  troubles_.push_back(std::move(what));
}

WorldL2::Controller WorldL2::controller(int index, bool dies) {
  Guard guard(mutex_);
  Controller& held = controllers_[static_cast<std::size_t>(index)];
  return dies ? std::exchange(held, {}) : held;
}

bool WorldL2::controller_alive(int index) const {
  Guard guard(mutex_);
  auto const& process = controllers_[static_cast<std::size_t>(index)].process;
  return process != nullptr && process->running();
}

// Attempts cannot be told apart at the device: `label` has no use here.
Answer WorldL2::call(int index, Request const& request, Duration timeout, std::string const& /*label*/) {
  Controller const asked = controller(index, false);
  if (asked.client == nullptr) return unavailable("the controller's socket is gone");
  if (std::holds_alternative<ScrapeRequest>(request)) {
    int const port = *asked.metrics_port;
    return port > 0 ? scrape(port, timeout)
                    : unavailable("the controller has not said where it serves metrics");
  }
  return asked.client->call(request, timeout);
}

void WorldL2::kill_controller(int index) {
  Controller const victim = controller(index, true);
  if (victim.process == nullptr) {
    Guard guard(mutex_);
    Leaving& leaving = leaving_[static_cast<std::size_t>(index)];
    if (leaving.process == nullptr) return;
    leaving.killed = true;
    leaving.process->kill_now();  // stop_controller(), which waits for its end, sees it
    return;
  }
  if (!victim.process->running()) {
    trouble("controller " + std::to_string(index) + " had ended by itself with " +
            victim.process->kill().text());
  }
  victim.process->kill();
}

void WorldL2::stop_controller(int index) {
  auto const at = static_cast<std::size_t>(index);
  std::shared_ptr<PluginProcess> process;
  {
    Guard guard(mutex_);
    process = std::exchange(controllers_[at], {}).process;
    if (process == nullptr) return;
    leaving_[at] = {process, false};
  }
  bool const lived = process->running();
  PluginEnd const end = process->stop(kStopWithin);
  bool killed = false;
  {
    Guard guard(mutex_);
    killed = std::exchange(leaving_[at], {}).killed;
  }
  gone_.notify_all();
  if (killed || (lived && end.clean())) return;
  trouble("controller " + std::to_string(index) +
          (lived ? " was told to stop and ended with " : " had ended by itself with ") + end.text());
}

void WorldL2::restart_controller(int index) {
  {
    rdscsi::base::Lock lock(mutex_);
    gone_.wait(lock, [&] { return leaving_[static_cast<std::size_t>(index)].process == nullptr; });
  }
  if (given_up()) return;
  if (controller_alive(index)) return;
  stop_controller(index);  // says so if it ended by itself
  Status const started = start_controller(index);
  if (!started.ok()) trouble("controller " + std::to_string(index) + ": " + std::string(started.message()));
}

void WorldL2::rds_power(bool on) {
  server_->set_power(on);
}

void WorldL2::spawn(std::string name, std::function<void()> body) {
  Guard guard(mutex_);
  threads_.emplace_back(std::move(name), std::move(body));
}

// --- The end ---

bool WorldL2::given_up() const {
  Guard guard(mutex_);
  return given_up_;
}

void WorldL2::give_up() {
  Guard guard(mutex_);
  given_up_ = true;
  for (Controller const& one : controllers_) {
    if (one.process != nullptr) one.process->kill_now();
  }
  for (Leaving& one : leaving_) {
    if (one.process == nullptr) continue;
    one.killed = true;
    one.process->kill_now();
  }
}

std::vector<std::string> WorldL2::finish() {
  while (true) {  // threads may spawn threads
    std::vector<rdscsi::base::Thread> threads;
    {
      Guard guard(mutex_);
      threads.swap(threads_);
    }
    if (threads.empty()) break;
    for (rdscsi::base::Thread& thread : threads) thread.join();
  }
  for (int index = 0; index < controllers(); ++index) {
    given_up() ? kill_controller(index) : stop_controller(index);
  }
  if (server_ != nullptr) server_->stop();
  std::error_code failed;
  fs::remove_all(folder_, failed);
  if (failed) trouble(folder_ + " cannot be removed: " + failed.message());
  if (child_left()) trouble("a child process was left over");
  Guard guard(mutex_);
  finished_ = true;
  return given_up_ ? std::vector<std::string>() : std::exchange(troubles_, {});
}

WorldL2::~WorldL2() {
  if (!finished_) finish();
}

}  // namespace scenario
