// Cluster: what Kubernetes knows of volumes and snapshots in a scenario, as far as the driver asks for it:
// which PersistentVolumes and VolumeSnapshotContents there are. It follows from the answers callers got, and
// from what a scenario takes away. The driver reads it through orphans::Owners; level 1 only.
//
// Threads: any, of any domain; killed ones never hold its lock.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/sync.h"
#include "base/time.h"
#include "orphans/owners.h"

namespace scenario {

class Cluster {
 public:
  // An object appears so long after the call that made its volume was answered.
  explicit Cluster(rdscsi::base::Duration appears_after) : appears_after_(appears_after) {}

  enum class Lists { right, stale, empty, failing };  // stale: as they were when this was set

  void made(std::string const& id);     // CreateVolume or CreateSnapshot was OK
  void deleted(std::string const& id);  // Delete was OK
  void lost(std::string const& id);     // the object went without anybody calling Delete
  void set_lists(Lists lists);

  // What the API server says now; the direct question is always answered rightly.
  rdscsi::base::StatusOr<rdscsi::orphans::Ids> list() const;
  bool owns(std::string const& id) const;
  // Everything that has an owner, or will have one soon; and what lost its.
  std::set<std::string> all() const;
  bool has_lost(std::string const& id) const;

 private:
  rdscsi::orphans::Ids present() const;  // under mutex_

  rdscsi::base::Duration const appears_after_;
  mutable rdscsi::base::Mutex mutex_;
  std::map<std::string, rdscsi::base::TimePoint> since_;  // by id; under mutex_, as are the others
  std::set<std::string> lost_;
  Lists lists_ = Lists::right;
  rdscsi::orphans::Ids stale_;
};

// The driver's view of it, over a network of its own.
class ClusterOwners final : public rdscsi::orphans::Owners {
 public:
  explicit ClusterOwners(std::shared_ptr<Cluster const> cluster) : cluster_(std::move(cluster)) {}
  rdscsi::base::StatusOr<rdscsi::orphans::Ids> list(rdscsi::base::Context const& ctx) override;
  rdscsi::base::StatusOr<bool> owns(rdscsi::base::Context const& ctx, std::string const& id) override;

 private:
  std::shared_ptr<Cluster const> cluster_;
};

}  // namespace scenario
