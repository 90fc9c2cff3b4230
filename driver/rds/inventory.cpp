// See inventory.h.
#include "rds/inventory.h"

#include <algorithm>
#include <set>

#include "base/reasons.h"
#include "rds/device_call.h"
#include "rds/formats.h"
#include "rds/mark.h"
#include "rds/snapshot_scripts.h"
#include "rds/volume_rows.h"
#include "rds/volume_scripts.h"

namespace rdscsi::rds {

using base::Effect;
using base::fail;
using base::Reason;
using base::Status;
using base::StatusOr;

namespace {

class Taker {
 public:
  Taker(DeviceState const& state, Territory const& territory) : state_(state), territory_(territory) {
    for (DiskRow const& row : state.disks) {
      if (row.path) shown_.insert(*row.path);
    }
  }

  StatusOr<Inventory> take() {
    if (Status status = take_disks(); !status.ok()) return status;
    take_files();
    if (Status status = take_subvolumes(); !status.ok()) return status;
    std::sort(all_.volumes.begin(), all_.volumes.end(),
              [](auto const& a, auto const& b) { return a.volume_id < b.volume_id; });
    std::sort(all_.snapshots.begin(), all_.snapshots.end(),
              [](auto const& a, auto const& b) { return a.snapshot_id < b.snapshot_id; });
    return std::move(all_);
  }

 private:
  Status take_disks() {
    std::set<std::string_view> const files(state_.files.begin(), state_.files.end());
    for (DiskRow const& row : state_.disks) {
      auto const id = volume_id_of_slot(row.slot);
      if (!id) continue;
      ids_.insert(*id);
      if (!row.type || (row.type == "file" && !row.path)) {
        return fail(Reason::rds_reply_damaged, Effect::none,
                    "the device printed no type or file-path for " + describe(row));
      }
      Owner const owner = owner_of(row, territory_);
      if (owner == Owner::foreign || owner == Owner::unknown_mark) {
        all_.foreign += row.path && is_below(*row.path, territory_.base_path) ? 1 : 0;
        continue;
      }
      bool const marked = owner == Owner::ours;
      bool const held = marked && !holders_of(read_mark(row.comment).mark).empty();
      all_.volumes.push_back({*id, row.slot, *row.path, marked, held, files.contains(*row.path)});
    }
    return absl::OkStatus();
  }

  void take_files() {
    for (std::string const& path : state_.files) {
      auto const id = volume_id_of_file(path, territory_.base_path);
      if (!id || shown_.contains(path)) continue;
      all_.loose_files.push_back(path);
      loose_.insert(*id);
    }
  }

  Status take_subvolumes() {
    std::set<std::string> scratch;
    for (std::string const& leaf : state_.subvolumes) {
      if (is_volume_id(leaf)) {
        if (!ids_.contains(leaf) && !loose_.contains(leaf)) all_.loose_subvolumes.push_back(leaf);
      } else if (auto const first = scratch_of(leaf, territory_)) {
        scratch.insert(*first);
      } else if (auto const name = read_snapshot_name(leaf)) {
        if (name->cluster == cluster_hash(territory_.cluster_id)) all_.snapshots.push_back(*name);
      } else {
        return fail(Reason::rds_reply_damaged, Effect::none,
                    "the subvolume \"" + leaf + "\" bears this cluster's mark, but its name cannot be read");
      }
    }
    all_.scratch.assign(scratch.begin(), scratch.end());
    return absl::OkStatus();
  }

  DeviceState const& state_;
  Territory const& territory_;
  std::set<std::string> shown_;  // paths that some disk has
  std::set<std::string> ids_;    // volumes that have a disk, whosever
  std::set<std::string> loose_;  // volumes that have a loose file
  Inventory all_;
};

}  // namespace

StatusOr<Inventory> InventoryReader::read(base::Context const& ctx) {
  auto const territory = support_.layout(ctx);
  if (!territory.ok()) return territory.status();
  DeviceCall call(executor_, nonces_, *territory, ctx, Effect::none);
  auto const state = call.run([&](std::string_view nonce) { return inventory_script(nonce, *territory); });
  if (!state.ok()) return state.status();
  if (!state->pool) return pool_not_visible(*territory);
  return Taker(*state, *territory).take();
}

}  // namespace rdscsi::rds
