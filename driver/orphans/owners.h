// Owners: who, outside the RDS, has a right to what lies on it. Filled by Kubernetes in a later issue, by
// scenarios today; without one nothing that a claim could stand for is ever called an orphan. Used by
// orphans::Sweeper.
#pragma once

#include <set>
#include <string>

#include "base/context.h"

namespace rdscsi::orphans {

// Volume and snapshot ids.
using Ids = std::set<std::string, std::less<>>;

// Thread-safe.
class Owners {
 public:
  virtual ~Owners() = default;

  // Every volume a PersistentVolume of any phase names and every snapshot a VolumeSnapshotContent names:
  // whatever the driver's name, reclaim policy and cluster phase. All of them, or a failure: a list that may
  // be cut is no list (incident 24).
  virtual base::StatusOr<Ids> list(base::Context const& ctx) = 0;

  // Asked for one id right before it is removed, never from a cache.
  virtual base::StatusOr<bool> owns(base::Context const& ctx, std::string const& id) = 0;
};

}  // namespace rdscsi::orphans
