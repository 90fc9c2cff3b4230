// Target: an NVMe/TCP target that serves exported disks, each as a subsystem of its own, and a discovery
// subsystem on every port. One thread, one event loop, all sockets. Used by rds-sim, the kernel lab and
// tests.
//
//   nvme_tcp::Target target(options);                  // the loop runs, nothing is open yet
//   target.set_exports(exports);                       // whenever the device's exports changed
//   auto id = target.inject({.kind = FaultKind::slow, .delay = 50ms});  ...  target.heal(id);
//   for (auto const& write : target.writes(since)) ...
//
// Faults: each declaration becomes one inject(); healing (by hand, by file, when a scenario says so) is
// heal(); fired() counts what was struck: commands, or connections for reset, stall, refuse and vanish. A
// resize is no fault: the image has another size when set_exports() is called again with it;
// Options::resize_shows or set_resize_shows() decides who hears of it.
//
// Threads: every member may be called from any thread, except from the callbacks. set_exports(), inject(),
// heal() and the switches do not wait: they are in force a moment after the call, before any later connection
// is served. settle(), state(), bound_port(), fired() and the destructor wait for the loop's thread, so
// callers must not hold a lock that an Image needs.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/status.h"
#include "simulator/nvme_tcp/export.h"
#include "simulator/nvme_tcp/fault.h"
#include "simulator/nvme_tcp/record.h"

namespace rdssim::nvme_tcp {

class Target {
 public:
  explicit Target(Options options);
  ~Target();  // resets all connections, ends the thread
  Target(Target const&) = delete;
  Target& operator=(Target const&) = delete;

  // The exports as they shall be. New ones appear; those gone have their controllers cut; one whose port,
  // UUID or block size changed goes and comes back; a changed image, size or allow_host takes effect without
  // cutting anybody (see Options for the switches). Of two with one NQN the first counts, the other is
  // logged. INVALID_ARGUMENT (and nothing changes) for an export that cannot be: no NQN or longer than 223
  // bytes, no image, a bad block size.
  rdscsi::base::Status set_exports(std::vector<Export> exports);
  // Waits until everything asked for before is in force. OK if every port is open, else what keeps one shut.
  rdscsi::base::Status settle();
  // The machine's port behind a configured one; 0 while it is not open.
  std::uint16_t bound_port(std::uint16_t configured) const;

  FaultId inject(Fault fault);
  void heal(FaultId id);  // unknown ids are ignored
  void heal_all();
  std::uint64_t fired(FaultId id) const;  // also after healing
  void set_resize_shows(ResizeShows how);
  void set_allow_host_cuts(bool cuts);

  // Records with a greater sequence, oldest first; the oldest are dropped beyond Options::records_kept (a gap
  // in the sequence shows it).
  std::vector<WriteRecord> writes(std::uint64_t after = 0) const;
  std::vector<ConnectionRecord> connections(std::uint64_t after = 0) const;
  TargetState state() const;
  // Called on the loop's thread for every record; must be quick. Set before the first set_exports().
  void on_write(std::function<void(WriteRecord const&)> callback);
  void on_connection(std::function<void(ConnectionRecord const&)> callback);
  // Likewise, for every strike that fired() counts. Set before the first inject().
  void on_fault_fired(std::function<void(FaultId)> callback);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rdssim::nvme_tcp
