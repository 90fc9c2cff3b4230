// WorldL1: level 1. Controllers (the driver's own Driver object, each in a domain of its own) and the
// simulated RDS under one base::Scheduler: virtual time, deterministic, killable at any scheduling point.
//
// The edge that stands where gRPC stands at L2 lives here: a mailbox of requests per controller, a thread per
// request in the controller's domain, and the deadline handed down less the margin of Rule 6.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/mailbox.h"
#include "base/scheduler.h"
#include "csi/driver.h"
#include "csi/monitoring.h"
#include "scenarios/engine/link_l1.h"
#include "scenarios/engine/world.h"

namespace scenario {

class WorldL1 final : public World {
 public:
  // To be made on a managed thread of `scheduler`. `rds` and `recorder` outlive it.
  WorldL1(rdscsi::base::Scheduler& scheduler, WorldOptions options, rdssim::faults::FaultyDevice& rds,
          Recorder& recorder);
  // Stops controllers that still live and ends the link. Threads of killed controllers stay parked for ever.
  ~WorldL1() override;

  Duration now() const override;
  Answer call(int index, Request const& request, Duration timeout, std::string const& label) override;
  void kill_controller(int index) override;
  void stop_controller(int index) override;
  void restart_controller(int index) override;
  bool controller_alive(int index) const override;
  int controllers() const override { return static_cast<int>(controllers_.size()); }
  rdssim::faults::FaultyDevice& rds() override { return rds_; }
  void rds_power(bool on) override;
  void spawn(std::string name, std::function<void()> body) override;

 private:
  struct Wish;
  struct Controller;
  struct Process;
  std::shared_ptr<Controller> living(int index);  // null: it takes no requests
  // Whoever still waits for an answer of it hears that its socket is gone.
  void hang_up(Controller& controller);
  void run_controller(std::shared_ptr<Controller> controller);
  static Answer serve(Process& process, Wish const& wish);

  rdscsi::base::Scheduler& scheduler_;
  WorldOptions options_;
  rdssim::faults::FaultyDevice& rds_;
  Recorder& recorder_;
  rdscsi::base::TimePoint start_;
  LinkL1 link_;
  mutable rdscsi::base::Mutex mutex_;     // orchestrator domain only
  rdscsi::base::ConditionVariable gone_;  // with mutex_: a controller that was leaving has gone
  std::vector<std::shared_ptr<Controller>> controllers_;  // the same ones for ever
};

// The DriverOptions a controller at L1 runs with: the flags' defaults, changed by the scenario's `driver:
// flags:`. Unknown flags, and flags that mean nothing at L1, are an error that names them.
rdscsi::base::StatusOr<rdscsi::csi::DriverOptions> driver_options_l1(
    std::map<std::string, std::string> const& flags);

// The flags metrics-*: absent without metrics-address, whose value means nothing at L1. Errors as above.
rdscsi::base::StatusOr<std::optional<rdscsi::csi::MonitoringOptions>> monitoring_options_l1(
    std::map<std::string, std::string> const& flags);

}  // namespace scenario
