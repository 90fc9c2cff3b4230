// rds-csi-plugin: reads the command line, starts the driver and its gRPC server, and stops both within 30 s
// when told to. It lives on whatever the RDS does: only a mistake in its own configuration ends it (W-40).
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/sync.h"
#include "csi/driver.h"
#include "csi/flags.h"
#include "csi/grpc_server.h"
#include "csi/monitoring.h"
#include "rds/ssh_connector.h"

namespace {

using namespace rdscsi;  // NOLINT(google-build-using-namespace): this file only wires rooms together

constexpr int kExitRuntime = 1;
constexpr int kExitImpatient = 1;  // a second signal
// Incident 58: 30 s in total, of which Kubernetes takes none away before SIGKILL with its default grace.
constexpr base::Duration kDrainCalls = std::chrono::seconds(20);
constexpr base::Duration kDrainOperations = std::chrono::seconds(5);
constexpr base::Duration kGiveUp = std::chrono::seconds(28);

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

// While the driver stops: leaves at once at a second signal, and when stopping takes too long. What the
// driver was doing is written down on the device and in no memory of ours, so leaving is always safe; only
// slower to repeat.
class StopGuard {
 public:
  StopGuard() : deadline_(base::now() + kGiveUp), thread_("stop-guard", [this] { watch(); }) {}
  ~StopGuard() {
    done_ = true;
    thread_.join();
  }

 private:
  void watch() {
    sigset_t const set = stop_signals();
    while (!done_) {
      timespec const pause{0, 100'000'000};
      if (sigtimedwait(&set, nullptr, &pause) > 0) {
        base::log(base::LogLevel::warn, base::Context::background(), "second signal: leaving at once");
        _exit(kExitImpatient);
      }
      if (base::now() < deadline_) continue;
      base::log(base::LogLevel::warn, base::Context::background(),
                "stopping took too long: leaving with work unfinished; it is resumed by the next call");
      _exit(0);
    }
  }

  base::TimePoint const deadline_;
  std::atomic<bool> done_{false};
  base::Thread thread_;  // last: it uses the others
};

void announce(csi::Settings const& settings, csi::GrpcServer const& server, int metrics_port) {
  auto const ctx = base::Context::background();
  for (auto const& warning : settings.warnings) base::log(base::LogLevel::warn, ctx, warning);
  for (auto const& note : settings.notes) base::log(base::LogLevel::info, ctx, note);
  std::string addresses;
  for (auto const& rds : settings.driver.devices)
    addresses +=
        (addresses.empty() ? "" : " ") + rds.name + "=" + rds.endpoint.address + rds.territory.base_path;
  csi::ListenAddress address = settings.server.address;
  if (server.port() != 0) address.port = static_cast<std::uint16_t>(server.port());
  base::log(base::LogLevel::info, ctx, "serving",
            {{"driver", settings.driver.driver_name},
             {"version", csi::version()},
             {"endpoint", csi::grpc_target(address)},
             {"rds", addresses},
             {"metrics_port", metrics_port}});
}

void stop(csi::GrpcServer& server, csi::Driver& driver, int signal) {
  auto const ctx = base::Context::background();
  base::TimePoint const started = base::now();
  base::log(base::LogLevel::info, ctx, "stopping", {{"signal", signal}});
  server.shutdown(kDrainCalls);
  base::Status const drained = driver.stop(ctx.with_timeout(kDrainOperations));
  base::Duration const took = std::chrono::duration_cast<std::chrono::milliseconds>(base::now() - started);
  if (drained.ok()) {
    base::log(base::LogLevel::info, ctx, "stopped", {{"took", took}});
  } else {
    base::log(base::LogLevel::warn, ctx,
              "stopped with operations left; the next call for their volumes resumes them",
              {{"took", took}, {"left", std::string(drained.message().data(), drained.message().size())}});
  }
}

int run(csi::Settings const& settings) {
  std::optional<StopGuard> guard;  // outlives the driver: its end is part of stopping
  csi::Driver driver(settings.driver, std::make_shared<rds::SshConnector>());
  std::optional<csi::Monitoring> monitoring;
  csi::GrpcServerOptions serving = settings.server;
  if (settings.monitoring) {
    monitoring.emplace(*settings.monitoring, csi::watch(driver, settings.driver.devices));
    serving.answered = [&](auto const& ctx, auto const& call) { monitoring->answered(ctx, call); };
    if (auto const status = monitoring->start(); !status.ok()) {
      std::fprintf(stderr, "rds-csi-plugin: --metrics-address: %.*s\n",
                   static_cast<int>(status.message().size()), status.message().data());
      return kExitRuntime;
    }
  }
  csi::GrpcServer server(serving, driver, driver.controller());
  if (auto const status = server.start(); !status.ok()) {
    std::fprintf(stderr, "rds-csi-plugin: %.*s\n", static_cast<int>(status.message().size()),
                 status.message().data());
    return kExitRuntime;
  }
  driver.start();
  announce(settings, server, monitoring ? monitoring->port() : 0);
  sigset_t const set = stop_signals();
  int signal = 0;
  sigwait(&set, &signal);
  guard.emplace();
  stop(server, driver, signal);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  // Before any thread exists, so that all of them leave the signals to sigwait() above.
  sigset_t const set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  auto command_line = csi::parse_command_line(std::vector<std::string>(argv + 1, argv + argc));
  if (!command_line.settings) {
    std::fputs(command_line.standard_output.c_str(), stdout);
    if (!command_line.standard_error.empty()) {
      std::fprintf(stderr, "%s\n", command_line.standard_error.c_str());
    }
    return command_line.exit_code;
  }
  base::configure_logging({command_line.settings->log_level, command_line.settings->log_format, {}});
  return run(*command_line.settings);
}
