// LinkL1: the cable between controllers and the simulated RDS at L1. It offers the driver an rds::Connector
// whose sessions are mailboxes, and plays the other end on threads of domain "rds" through FaultyDevice, so
// that refused, hung, reset and half-open links, latency and session limits mean exactly what they mean in
// front of libssh at L2.
//
// A client's timeout, close or death never stops the device's half: each command runs on a thread of its own
// in domain "rds". Clients (which may be killed) touch mailboxes and atomics only.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/mailbox.h"
#include "base/scheduler.h"
#include "rds/session.h"
#include "simulator/faults/faulty_device.h"

namespace scenario {

using rdscsi::base::Duration;

inline constexpr char const* kRdsDomain = "rds";

class LinkL1 final : public rdssim::faults::LinkControl {
 public:
  // Called on the client's thread with 1 for each command written to a session, and with -1 when it turns out
  // that its channel was refused; label is the field "attempt" of the caller's Context, empty for heartbeats.
  using OnExec = std::function<void(std::string const& label, int change)>;

  LinkL1(rdscsi::base::Scheduler& scheduler, rdssim::faults::FaultyDevice& device, OnExec on_exec);
  ~LinkL1() override;

  // Starts the listening thread in domain "rds". Call once, on a managed thread.
  void start();
  // Ends it; sessions still open are reset. Returns once no thread of the link runs any more.
  void stop();

  // What a controller named `peer` gets as its Connector.
  std::shared_ptr<rdscsi::rds::Connector> connector(std::string peer);

  // All sessions of a peer reset on the device's side: its process died.
  void peer_died(std::string const& peer);
  // All sessions of everybody.
  void reset_all();
  // False: nobody answers on the address any more (the device is dark).
  void set_power(bool on);

  // LinkControl, called by FaultyDevice.
  void reset(rdssim::faults::SessionId session) override;
  void half_open(rdssim::faults::SessionId session) override;
  void listen(bool accepting) override;

 private:
  friend class L1Session;
  friend class L1Connector;
  struct ExecReplyMessage;
  struct Wire;
  struct ToDevice;
  using ReplyBox = rdscsi::base::Mailbox<ExecReplyMessage>;

  void run(std::string name, std::function<void()> body);
  void serve_network();
  void serve_connect(ToDevice const& message);
  void serve_exec(ToDevice const& message);
  void deliver(std::shared_ptr<Wire> const& wire, std::shared_ptr<ReplyBox> const& box,
               ExecReplyMessage message, Duration delay);
  void cut(std::shared_ptr<Wire> const& wire);

  rdscsi::base::Scheduler& scheduler_;
  rdssim::faults::FaultyDevice& device_;
  OnExec on_exec_;
  std::shared_ptr<rdscsi::base::Mailbox<ToDevice>> network_;
  std::atomic<bool> power_ = true;

  mutable rdscsi::base::Mutex mutex_;  // rds and orchestrator domains only
  rdscsi::base::ConditionVariable ended_;
  int running_ = 0;  // threads of domain "rds" that use this object
  std::map<rdssim::faults::SessionId, std::shared_ptr<Wire>> wires_;
};

}  // namespace scenario
