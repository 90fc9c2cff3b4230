// The private parts of FaultyDevice, shared by its .cpp files: faulty_device.cpp (sessions, channels,
// records), faulty_device_faults.cpp (faults), faulty_device_boot.cpp (power) and faulty_device_exec.cpp (one
// command). Nobody else includes it.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "simulator/faults/fault_book.h"
#include "simulator/faults/faulty_device.h"

namespace rdssim::faults {

using rdscsi::base::Guard;
using rdscsi::base::Lock;

struct Session {
  std::string peer;
  std::int64_t since_ns = 0;  // of the login, on the wall
  routeros::SessionOptions options;
  bool logged_in = false;
  bool half_open = false;
  std::uint64_t channels = 0;
  std::uint64_t interrupts = 0;  // how often interrupt() was called
};

struct FaultyDevice::State {
  State(FaultyDeviceOptions the_options, rdscsi::base::RandomStream root)
      : options(the_options), latency(root.derive("latency")), book(root.derive("faults")) {}

  FaultyDeviceOptions options;
  std::vector<std::function<void(Event const&)>> listeners;  // fixed before use

  mutable rdscsi::base::Mutex mutex;  // guards all below; nothing is called out while it is held
  rdscsi::base::RandomStream latency;
  FaultBook book;
  LinkControl* link = nullptr;
  std::map<SessionId, Session> sessions;
  SessionId last_session = 0;
  std::deque<CommandRecord> history;
  CommandId forgotten = 0;  // history[0] is the command after this one
  Counters counters;
  bool stopped = false;
  rdscsi::base::ConditionVariable interrupted;  // a busy time may have to end: interrupt(), stop()

  bool device_held = false;
  rdscsi::base::ConditionVariable device_free;
  std::deque<std::function<void(routeros::Device&)>> device_work;

  Session* find(SessionId id) {
    auto const found = sessions.find(id);
    return found == sessions.end() ? nullptr : &found->second;
  }
  NvmeControl* nvme = nullptr;
  std::vector<routeros::BootStage> entered;  // stages the device has entered and nobody was told of
  routeros::BootStage stage = routeros::BootStage::up;
  TimePoint next_stage = rdscsi::base::kNoDeadline;  // when the next one is to be entered
  bool switched_off = false;
  std::uint64_t boots = 0;
  std::function<void()> exports_changed;

  bool refusing() { return stage < routeros::BootStage::ssh || !book.active(FaultKind::refuse).empty(); }
};

// What is to be told once the lock is given back.
class FaultyDevice::Outbox {
 public:
  std::vector<Event> events;
  std::vector<std::pair<bool, SessionId>> cuts;  // true: reset, false: half-open
  std::optional<bool> listen;

  void add(Event::Kind kind, SessionId session, std::string user, std::string text, std::string detail = {}) {
    Event event;
    event.kind = kind;
    event.at = rdscsi::base::now();
    event.session = session;
    event.user = std::move(user);
    event.text = std::move(text);
    event.detail = std::move(detail);
    events.push_back(std::move(event));
  }
  void add_fault(Event::Kind kind, ActiveFault const& fault, SessionId session = 0, CommandId command = 0) {
    add(kind, session, {}, fault.record.fault.description);
    events.back().fault = fault.record.id;
    events.back().command = command;
  }
  void fire(FaultBook& book, ActiveFault& fault, SessionId session = 0, CommandId command = 0) {
    book.fired(fault, rdscsi::base::now());
    add_fault(Event::Kind::fault_fired, fault, session, command);
  }
};

// One command under way.
struct FaultyDevice::Run {
  SessionId session = 0;
  CommandId command = 0;
  std::string_view line;
  routeros::SessionOptions options;
  std::uint64_t interrupts = 0;  // of the session when the command began
  std::uint64_t boots = 0;       // likewise
  std::shared_ptr<routeros::Device> device;
  std::vector<FaultId> strikes;  // faults selected for it, in order of injection
  std::vector<Fault> faults;     // their declarations, same order
  std::set<FaultId> fired;
  std::uint64_t effects = 0;
  bool arrived = true;     // false: the device never read it
  bool cut_short = false;  // error_text after an effect: the script ends there
  ExecVerdict verdict;
};

}  // namespace rdssim::faults
