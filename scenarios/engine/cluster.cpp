// See cluster.h.
#include "scenarios/engine/cluster.h"

#include "base/reasons.h"
#include "base/scheduler_hooks.h"

namespace scenario {

using rdscsi::base::Context;
using rdscsi::base::Effect;
using rdscsi::base::fail;
using rdscsi::base::Guard;
using rdscsi::base::Reason;
using rdscsi::base::StatusOr;
using rdscsi::base::detail::Quiet;
using rdscsi::orphans::Ids;

namespace {

// One way to the API server and back.
constexpr rdscsi::base::Duration kRoundTrip = std::chrono::milliseconds(20);

}  // namespace

void Cluster::made(std::string const& id) {
  Quiet const quiet;
  Guard guard(mutex_);
  lost_.erase(id);
  since_.try_emplace(id, rdscsi::base::now() + appears_after_);
}

void Cluster::deleted(std::string const& id) {
  Quiet const quiet;
  Guard guard(mutex_);
  since_.erase(id);
}

void Cluster::lost(std::string const& id) {
  Quiet const quiet;
  Guard guard(mutex_);
  since_.erase(id);
  lost_.insert(id);
}

void Cluster::set_lists(Lists lists) {
  Quiet const quiet;
  Guard guard(mutex_);
  lists_ = lists;
  if (lists == Lists::stale) stale_ = present();
}

Ids Cluster::present() const {
  Ids ids;
  for (auto const& [id, since] : since_) {
    if (since <= rdscsi::base::now()) ids.insert(id);
  }
  return ids;
}

StatusOr<Ids> Cluster::list() const {
  Quiet const quiet;
  Guard guard(mutex_);
  if (lists_ == Lists::failing)
    return fail(Reason::nodes_unknown, Effect::none, "410 Gone: too old resource version");
  if (lists_ == Lists::stale) return stale_;
  if (lists_ == Lists::empty) return Ids();
  return present();
}

bool Cluster::owns(std::string const& id) const {
  Quiet const quiet;
  Guard guard(mutex_);
  auto const found = since_.find(id);
  return found != since_.end() && found->second <= rdscsi::base::now();
}

std::set<std::string> Cluster::all() const {
  Quiet const quiet;
  Guard guard(mutex_);
  std::set<std::string> ids;
  for (auto const& [id, since] : since_) ids.insert(id);
  return ids;
}

bool Cluster::has_lost(std::string const& id) const {
  Quiet const quiet;
  Guard guard(mutex_);
  return lost_.contains(id);
}

StatusOr<Ids> ClusterOwners::list(Context const& ctx) {
  if (auto const slept = sleep_for(ctx, kRoundTrip); !slept.ok()) return slept;
  return cluster_->list();
}

StatusOr<bool> ClusterOwners::owns(Context const& ctx, std::string const& id) {
  if (auto const slept = sleep_for(ctx, kRoundTrip); !slept.ok()) return slept;
  return cluster_->owns(id);
}

}  // namespace scenario
