// A snapshot store in memory, for tests of this room. It knows nothing of RouterOS.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/reasons.h"
#include "base/sync.h"
#include "csi/snapshot_store.h"

namespace rdscsi::csi::testing {

// Thread-safe.
class FakeSnapshotStore final : public SnapshotStore {
 public:
  std::optional<rds::SnapshotVerdict> known = rds::SnapshotVerdict{"pool", ""};
  base::Status next_failure;  // of the next call, once
  int calls = 0;

  base::StatusOr<rds::Snapshot> create(base::Context const&, std::string_view snapshot_id,
                                       std::string_view source_volume_id) override {
    if (auto status = enter(); !status.ok()) return status;
    base::Guard guard(mutex_);
    auto const [at, made] = snapshots_.try_emplace(
        std::string(snapshot_id), rds::Snapshot{std::string(snapshot_id), std::string(source_volume_id),
                                                std::int64_t{2} << 30, 1'790'000'000});
    if (made || at->second.source_volume_id == source_volume_id) return at->second;
    return base::fail(base::Reason::already_exists, base::Effect::none, "another source");
  }
  base::Status remove(base::Context const&, std::string_view snapshot_id) override {
    if (auto status = enter(); !status.ok()) return status;
    base::Guard guard(mutex_);
    snapshots_.erase(std::string(snapshot_id));
    return {};
  }
  base::StatusOr<rds::Snapshot> get(base::Context const&, std::string_view snapshot_id) override {
    if (auto status = enter(); !status.ok()) return status;
    base::Guard guard(mutex_);
    auto const found = snapshots_.find(std::string(snapshot_id));
    if (found == snapshots_.end()) return rds::no_such_snapshot(snapshot_id);
    return found->second;
  }
  base::StatusOr<std::vector<rds::Snapshot>> list(base::Context const&) override {
    if (auto status = enter(); !status.ok()) return status;
    base::Guard guard(mutex_);
    std::vector<rds::Snapshot> all;
    for (auto const& [id, snapshot] : snapshots_) all.insert(all.begin(), snapshot);
    return all;
  }
  std::optional<rds::SnapshotVerdict> verdict() const override { return known; }

 private:
  base::Status enter() {
    base::Guard guard(mutex_);
    ++calls;
    base::Status const status = next_failure;
    next_failure = {};
    return status;
  }

  base::Mutex mutex_;
  std::map<std::string, rds::Snapshot> snapshots_;
};

}  // namespace rdscsi::csi::testing
