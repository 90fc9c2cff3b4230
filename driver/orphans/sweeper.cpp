// See sweeper.h.
#include "orphans/sweeper.h"

#include <algorithm>
#include <set>
#include <vector>

#include "base/log.h"
#include "base/reasons.h"
#include "base/sync.h"

namespace rdscsi::orphans {

using base::Context;
using base::Duration;
using base::Effect;
using base::Guard;
using base::Reason;
using base::Status;
using base::StatusOr;
using base::TimePoint;

namespace {

// A device that has just come back may not show everything yet.
constexpr Duration kSettled = std::chrono::minutes(1);
constexpr Duration kUntilConnected = std::chrono::seconds(10);
constexpr Duration kRoundTimeMax = std::chrono::minutes(5);
// A look that finds more of ours to be removed than this is believed to be wrong (incident 24).
constexpr std::size_t kManyAtOnce = 10;
constexpr std::size_t kShareMax = 4;  // a quarter

constexpr char const* kOperationKind = "orphan";

using Key = std::pair<Kind, std::string>;

struct Sighting {
  TimePoint first{};
  int looks = 0;
  bool told = false;
};

}  // namespace

struct Sweeper::Impl {
  Impl(Device& of, base::Operations& ops, Owners* who, SweeperOptions given)
      : device(of), operations(ops), owners(who), options(given) {}

  // What is there and what nobody owns, in this order: the other one would call a volume an orphan that was
  // made in between.
  struct Look {
    rds::Inventory inventory;
    std::vector<Finding> findings;
  };

  Duration abort(Context const& ctx, std::string const& reason, std::string const& message);
  StatusOr<Look> look(Context const& ctx, std::string& reason);
  // Remembers what was seen; what has been seen long enough.
  std::vector<Finding> confirm(std::vector<Finding> const& findings);
  void tell(Context const& ctx, std::vector<Finding> const& confirmed, Look const& look);
  void clean(Context const& ctx, std::vector<Finding> const& confirmed, Look const& look,
             std::uint64_t session);
  Status remove(Context const& ctx, Finding const& finding);
  std::string handle(std::string const& id) const { return options.handle ? options.handle(id) : id; }
  Ids by_id(Ids const& handles, rds::Inventory const& inventory) const;

  Device& device;
  base::Operations& operations;
  Owners* const owners;
  SweeperOptions const options;
  mutable base::Mutex mutex;
  std::map<Key, Sighting> seen;  // under mutex, as is `status`
  SweeperStatus status;
  base::CancelSource stopping;
  base::Thread thread;
};

Duration Sweeper::Impl::abort(Context const& ctx, std::string const& reason, std::string const& message) {
  {
    Guard guard(mutex);
    ++status.aborted[reason];
  }
  base::log(base::LogLevel::info, ctx, "the look for orphans was given up: " + message, {{"reason", reason}});
  return options.interval;
}

StatusOr<Sweeper::Impl::Look> Sweeper::Impl::look(Context const& ctx, std::string& reason) {
  auto inventory = device.inventory(ctx);
  if (!inventory.ok()) {
    reason = base::slug(base::failure_of(inventory.status()).reason);
    return inventory.status();
  }
  if (owners == nullptr) return Look{*inventory, find_orphans(*inventory, nullptr)};
  auto const owned = owners->list(ctx);
  if (!owned.ok()) {
    reason = "owners-unknown";
    return owned.status();
  }
  if (owned->empty() && !(inventory->volumes.empty() && inventory->snapshots.empty())) {
    reason = "owners-empty";
    return base::fail(Reason::internal, Effect::none,
                      "nobody owns anything, though there are volumes: that is not believed");
  }
  Ids const here = by_id(*owned, *inventory);
  return Look{*inventory, find_orphans(*inventory, &here)};
}

// Of what is owned, what lies here, by its id on the RDS.
Ids Sweeper::Impl::by_id(Ids const& handles, rds::Inventory const& inventory) const {
  Ids here;
  for (auto const& volume : inventory.volumes)
    if (handles.contains(handle(volume.volume_id))) here.insert(volume.volume_id);
  for (auto const& snapshot : inventory.snapshots)
    if (handles.contains(handle(snapshot.snapshot_id))) here.insert(snapshot.snapshot_id);
  return here;
}

std::vector<Finding> Sweeper::Impl::confirm(std::vector<Finding> const& findings) {
  std::set<std::string> busy;
  for (auto const& operation : operations.list()) busy.insert(operation.key);
  TimePoint const now = base::now();
  std::vector<Finding> confirmed;
  Guard guard(mutex);
  std::map<Key, Sighting> still;
  for (auto const& finding : findings) {
    if (busy.contains(handle(finding.name))) continue;
    Key const key(finding.kind, finding.name);
    auto const before = seen.find(key);
    Sighting sighting = before == seen.end() ? Sighting{now} : before->second;
    ++sighting.looks;
    if (sighting.looks >= 2 && now - sighting.first >= options.grace) confirmed.push_back(finding);
    still.emplace(key, sighting);
  }
  seen = std::move(still);
  return confirmed;
}

void Sweeper::Impl::tell(Context const& ctx, std::vector<Finding> const& confirmed, Look const& look) {
  std::vector<Finding> news;
  {
    Guard guard(mutex);
    std::map<Kind, std::size_t> counts;
    for (Kind const kind : all_kinds()) counts[kind] = 0;
    for (auto const& finding : confirmed) {
      ++counts[finding.kind];
      auto const sighting = seen.find(Key(finding.kind, finding.name));
      if (sighting == seen.end() || sighting->second.told) continue;
      sighting->second.told = true;
      news.push_back(finding);
    }
    status.orphans = std::move(counts);
    status.foreign = look.inventory.foreign;
    ++status.rounds;
  }
  for (auto const& finding : news) {
    std::string const fate = !finding.removable() ? "stays: " + finding.why_stays
                             : options.dry_run    ? std::string("stays: --orphan-dry-run")
                                                  : std::string("will be removed");
    base::log(base::LogLevel::info, ctx, "OrphanDetected",
              {{"kind", slug(finding.kind)}, {"name", finding.name}, {"fate", fate}});
  }
}

Status Sweeper::Impl::remove(Context const& ctx, Finding const& finding) {
  auto const done = operations.run<bool>(
      ctx, handle(finding.name), kOperationKind, std::string(slug(finding.kind)),
      [this, finding](base::OperationHandle& handle, Context const& op_ctx) -> StatusOr<bool> {
        // The operation holds the id now: nobody can begin anything with it any more.
        if (owners != nullptr && finding.kind != Kind::scratch) {
          handle.step("asking who owns it");
          auto const owned = owners->owns(op_ctx, this->handle(finding.name));
          if (!owned.ok()) return owned.status();
          if (*owned) return false;
        }
        handle.step("removing what nobody owns");
        Status removed;
        switch (finding.kind) {
          case Kind::volume:
            removed = device.remove_volume(op_ctx, finding.name);
            break;
          case Kind::snapshot:
            removed = device.remove_snapshot(op_ctx, finding.name);
            break;
          case Kind::scratch:
            removed = device.remove_scratch(op_ctx, finding.name);
            break;
          case Kind::disk_without_file:
          case Kind::file_without_disk:
          case Kind::subvolume_without_disk:
            removed = base::fail(Reason::not_ours, Effect::none, finding.why_stays);
            break;
        }
        if (!removed.ok()) return removed;
        return true;
      });
  if (!done.ok()) return done.status();
  if (!*done) return base::fail(Reason::in_progress, Effect::none, "it has an owner now");
  return absl::OkStatus();
}

void Sweeper::Impl::clean(Context const& ctx, std::vector<Finding> const& confirmed, Look const& look,
                          std::uint64_t session) {
  std::vector<Finding> goes;
  std::copy_if(confirmed.begin(), confirmed.end(), std::back_inserter(goes),
               [](Finding const& finding) { return finding.removable(); });
  std::size_t const all = look.inventory.volumes.size() + look.inventory.snapshots.size();
  auto const owned_by_none = static_cast<std::size_t>(std::count_if(
      goes.begin(), goes.end(), [](Finding const& finding) { return finding.kind != Kind::scratch; }));
  if (owned_by_none > kManyAtOnce && owned_by_none * kShareMax > all) {
    abort(ctx, "too-many",
          std::to_string(owned_by_none) + " of " + std::to_string(all) +
              " volumes and snapshots would be removed: that is not believed");
    return;
  }
  for (auto const& finding : goes) {
    auto const connection = device.connection();
    if (connection.state != rds::ConnectionState::up || connection.connects != session) {
      abort(ctx, "reconnect", "the session to the RDS is another one than before");
      return;
    }
    if (!ctx.check().ok()) return;
    {
      // Somebody may have asked for it since it was confirmed.
      Guard guard(mutex);
      if (!seen.contains(Key(finding.kind, finding.name))) continue;
    }
    Status const removed = remove(ctx, finding);
    if (!removed.ok()) {
      base::log(base::LogLevel::info, ctx, "an orphan stays: " + std::string(removed.message()),
                {{"kind", slug(finding.kind)}, {"name", finding.name}});
      continue;
    }
    {
      Guard guard(mutex);
      ++status.cleaned;
      if (status.orphans) --(*status.orphans)[finding.kind];
      seen.erase(Key(finding.kind, finding.name));
    }
    base::log(base::LogLevel::info, ctx, "OrphanCleaned",
              {{"kind", slug(finding.kind)}, {"name", finding.name}});
  }
}

Sweeper::Sweeper(Device& device, base::Operations& operations, Owners* owners, SweeperOptions options)
    : impl_(std::make_unique<Impl>(device, operations, owners, options)) {}

Sweeper::~Sweeper() {
  stop();
}

void Sweeper::start() {
  impl_->thread = base::Thread("orphans", [this] {
    auto const stop = Context::background().with_field("rpc", "orphans").with_cancel(impl_->stopping);
    Duration pause{};
    while (base::sleep_for(stop, pause).ok()) pause = round(stop.with_timeout(kRoundTimeMax));
  });
}

void Sweeper::stop() {
  impl_->stopping.cancel(Reason::shutting_down, "the driver stops");
  if (impl_->thread.joinable()) impl_->thread.join();
}

void Sweeper::wished(std::string const& key, std::string const& kind) {
  if (kind == kOperationKind) return;
  Guard guard(impl_->mutex);
  std::erase_if(impl_->seen, [&](auto const& one) { return one.first.second == key; });
}

Duration Sweeper::round(Context const& ctx) {
  auto const connection = impl_->device.connection();
  if (connection.state != rds::ConnectionState::up) return std::min(kUntilConnected, impl_->options.interval);
  Duration const up_for = base::now() - connection.up_since;
  if (up_for < kSettled) return kSettled - up_for;
  std::string reason;
  auto const look = impl_->look(ctx, reason);
  if (!look.ok()) return impl_->abort(ctx, reason, std::string(look.status().message()));
  if (impl_->device.connection().connects != connection.connects) {
    return impl_->abort(ctx, "reconnect", "the session to the RDS was lost meanwhile");
  }
  auto const confirmed = impl_->confirm(look->findings);
  impl_->tell(ctx, confirmed, *look);
  if (!impl_->options.dry_run) impl_->clean(ctx, confirmed, *look, connection.connects);
  return impl_->options.interval;
}

SweeperStatus Sweeper::status() const {
  Guard guard(impl_->mutex);
  return impl_->status;
}

}  // namespace rdscsi::orphans
