// Sweeper: looks for what nobody owns, reports it, and removes it when told to. What it may remove was seen
// in two looks a grace period apart, with the pool visible both times, carries this cluster's mark, belongs
// to no operation under way, and is asked for once more right before. Used by csi/driver.cpp. Incidents 23
// to 27.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/context.h"
#include "base/operations.h"
#include "orphans/findings.h"
#include "orphans/owners.h"
#include "rds/connection.h"
#include "rds/inventory.h"

namespace rdscsi::orphans {

struct SweeperOptions {
  base::Duration interval = std::chrono::hours(1);  // --orphan-check-interval: between two looks
  base::Duration grace = std::chrono::minutes(5);   // --orphan-grace-period: since it was first seen
  bool dry_run = true;                              // --orphan-dry-run: report only
  // How operations and owners call a volume or snapshot of this RDS; null: by its id.
  std::function<std::string(std::string const& id)> handle = {};
};

// What the sweeper needs of an RDS. Thread-safe; the contracts are those of rds::InventoryReader,
// rds::Volumes, rds::Snapshots and rds::SnapshotSupport.
class Device {
 public:
  virtual ~Device() = default;
  virtual rds::ConnectionStatus connection() const = 0;
  virtual base::StatusOr<rds::Inventory> inventory(base::Context const& ctx) = 0;
  virtual base::Status remove_volume(base::Context const& ctx, std::string const& id) = 0;
  virtual base::Status remove_snapshot(base::Context const& ctx, std::string const& id) = 0;
  virtual base::Status remove_scratch(base::Context const& ctx, std::string const& leaf) = 0;
};

// How things are, from memory.
struct SweeperStatus {
  // Of the newest look that went through; absent: none did yet.
  std::optional<std::map<Kind, std::size_t>> orphans;  // seen long enough; every kind is there
  std::optional<std::size_t> foreign;                  // disks of other clusters below the base path
  std::uint64_t rounds = 0;                            // looks that went through
  std::uint64_t cleaned = 0;                           // things removed
  std::map<std::string, std::uint64_t> aborted;        // looks that did not, by reason
};

// Thread-safe. One thread of its own, from start() to stop().
//
// Log: `OrphanDetected` once for each orphan, `OrphanCleaned` for each that was removed, one line for each
// look that was given up.
class Sweeper {
 public:
  // `operations` are those of the controller: what one of them works on is no orphan, and a removal is one.
  // `owners` may be null. `device` and `owners` must outlive this object, and this object the bodies of
  // `operations`; `operations` must be there until stop().
  Sweeper(Device& device, base::Operations& operations, Owners* owners, SweeperOptions options);
  ~Sweeper();  // as stop()
  Sweeper(Sweeper const&) = delete;

  void start();
  void stop();  // joins; a removal under way is abandoned after its command; safe to call twice

  // Somebody asked for this volume or snapshot: it has not been seen as an orphan. From OperationsOptions.
  void wished(std::string const& key, std::string const& kind);

  // One look, as the thread makes it; returns how long to wait until the next. For tests.
  base::Duration round(base::Context const& ctx);
  SweeperStatus status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdscsi::orphans
