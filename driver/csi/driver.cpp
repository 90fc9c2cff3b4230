// Driver: connection, volumes, operations and controller of one process, put together in the order in which
// they may be taken apart again.
#include "csi/driver.h"

#include <algorithm>
#include <utility>

#include "csi/shared_reads.h"
#include "csi/volume_store.h"
#include "rds/inventory.h"

namespace rdscsi::csi {
namespace {

constexpr char const* kGoDriverDirectory = "/storage-pool/metal-csi";

ParameterDefaults defaults_of(RdsOptions const& options) {
  return {options.endpoint.address, options.territory.base_path,
          default_directory(options.territory.base_path), options.nvme_address};
}

// How long one RDS waits for the others before it is served without them.
constexpr base::Duration kWaitForOthers = std::chrono::minutes(1);

// What the sweeper sees of the RDS.
class SweptDevice final : public orphans::Device {
 public:
  SweptDevice(rds::Connection& connection, rds::SnapshotSupport& support, rds::Volumes& volumes,
              rds::Snapshots& snapshots)
      : connection_(connection),
        support_(support),
        volumes_(volumes),
        snapshots_(snapshots),
        inventory_(connection, support) {}

  rds::ConnectionStatus connection() const override { return connection_.status(); }
  base::StatusOr<rds::Inventory> inventory(base::Context const& ctx) override { return inventory_.read(ctx); }
  base::Status remove_volume(base::Context const& ctx, std::string const& id) override {
    return volumes_.remove(ctx, id);
  }
  base::Status remove_snapshot(base::Context const& ctx, std::string const& id) override {
    return snapshots_.remove(ctx, id);
  }
  base::Status remove_scratch(base::Context const& ctx, std::string const& leaf) override {
    return support_.remove_scratch(ctx, leaf);
  }

 private:
  rds::Connection& connection_;
  rds::SnapshotSupport& support_;
  rds::Volumes& volumes_;
  rds::Snapshots& snapshots_;
  rds::InventoryReader inventory_;
};

// All that belongs to one RDS, in the order in which it may be taken apart again.
struct Unit {
  Unit(RdsOptions const& options, std::shared_ptr<rds::Connector> connector, bool with_snapshots)
      : name(options.name),
        defaults(defaults_of(options)),
        connection(std::move(connector), options.endpoint, options.connection),
        support(connection, options.territory, with_snapshots),
        volumes(connection, options.territory, &support),
        snapshots(connection, support),
        health(connection, options.territory),
        store(volumes),
        snapshot_store(snapshots, support),
        shared(store),
        swept(connection, support, volumes, snapshots) {}

  ServedRds served(bool with_snapshots) {
    return {name, defaults, &shared, with_snapshots ? &snapshot_store : nullptr};
  }

  std::string const name;
  ParameterDefaults const defaults;
  rds::Connection connection;
  rds::SnapshotSupport support;
  rds::Volumes volumes;
  rds::Snapshots snapshots;
  rds::HealthReader health;
  RdsVolumeStore store;
  RdsSnapshotStore snapshot_store;
  SharedReads shared;
  SweptDevice swept;
  std::unique_ptr<orphans::Sweeper> sweeper;  // null: nobody looks for orphans; stopped before operations go
};

using Units = std::vector<std::unique_ptr<Unit>>;

Units make_units(DriverOptions const& options, std::shared_ptr<rds::Connector> const& connector) {
  Units units;
  for (RdsOptions const& one : options.devices)
    units.push_back(std::make_unique<Unit>(one, connector, options.snapshots));
  return units;
}

Fleet fleet_of(Units const& units, bool with_snapshots) {
  std::vector<ServedRds> served;
  served.reserve(units.size());
  for (auto const& unit : units) served.push_back(unit->served(with_snapshots));
  return Fleet(std::move(served));
}

}  // namespace

struct Driver::Impl {
  Impl(DriverOptions driver_options, std::shared_ptr<rds::Connector> const& connector)
      : options(std::move(driver_options)),
        nodes(options.nodes ? options.nodes : std::make_shared<OpenNodeDirectory>()),
        units(make_units(options, connector)),
        operations(listened_to(options.operations)),
        controller(fleet_of(units, options.snapshots), *nodes, operations, options.fencing) {
    if (!options.orphans) return;
    for (auto const& unit : units) {
      orphans::SweeperOptions of_unit = *options.orphans;
      of_unit.handle = [served = unit->served(false)](std::string const& id) { return served.handle(id); };
      unit->sweeper =
          std::make_unique<orphans::Sweeper>(unit->swept, operations, options.owners.get(), of_unit);
    }
  }

  // What somebody asks for is no orphan.
  base::OperationsOptions listened_to(base::OperationsOptions given) {
    if (!options.orphans) return given;
    given.wished = [this](std::string const& key, std::string const& kind) {
      HandleParts const parts = split_handle(key);
      for (auto const& unit : units) {
        if (unit->name == parts.rds) unit->sweeper->wished(std::string(parts.id), kind);
      }
    };
    return given;
  }

  bool settled() const {
    return std::all_of(units.begin(), units.end(),
                       [](auto const& unit) { return unit->support.verdict().has_value(); });
  }

  void stop_sweepers() {
    for (auto const& unit : units)
      if (unit->sweeper) unit->sweeper->stop();
  }

  DriverOptions options;
  std::shared_ptr<NodeDirectory> nodes;
  Units units;
  base::Operations operations;  // destroyed before what its bodies use
  ControllerService controller;
};

Driver::Driver(DriverOptions options, std::shared_ptr<rds::Connector> connector)
    : impl_(std::make_unique<Impl>(std::move(options), connector)) {}

Driver::~Driver() {
  impl_->stop_sweepers();
}

void Driver::start() {
  for (auto const& unit : impl_->units) {
    unit->connection.start();
    unit->support.start();
    if (unit->sweeper) unit->sweeper->start();
  }
}

base::Status Driver::stop(base::Context const& ctx) {
  impl_->stop_sweepers();
  base::Status const drained = impl_->operations.drain(ctx.deadline());
  for (auto const& unit : impl_->units) {
    unit->support.stop();
    unit->connection.stop();
  }
  return drained;
}

ControllerService& Driver::controller() {
  return impl_->controller;
}

PluginInfo Driver::plugin_info() const {
  auto const& given = impl_->options.vendor_version;
  return {impl_->options.driver_name, given.empty() ? std::string(version()) : given};
}

// Sidecars ask for capabilities once, right after the first ready answer, and keep them.
bool Driver::ready() const {
  bool const all_settled = impl_->settled();
  return std::any_of(impl_->units.begin(), impl_->units.end(), [&](auto const& unit) {
    if (!unit->connection.up() || !unit->support.verdict()) return false;
    return all_settled || base::now() - unit->connection.status().up_since >= kWaitForOthers;
  });
}

rds::ConnectionStatus Driver::connection_status(std::size_t rds) const {
  return impl_->units.at(rds)->connection.status();
}

std::vector<base::OperationInfo> Driver::operations() const {
  return impl_->operations.list();
}

std::optional<orphans::SweeperStatus> Driver::orphans(std::size_t rds) const {
  auto const& unit = *impl_->units.at(rds);
  if (!unit.sweeper) return std::nullopt;
  return unit.sweeper->status();
}

base::StatusOr<std::vector<rds::Volume>> Driver::look_at_volumes(base::Context const& ctx, std::size_t rds) {
  return impl_->units.at(rds)->shared.list(ctx);
}

base::StatusOr<rds::Health> Driver::look_at_health(base::Context const& ctx, std::size_t rds) {
  return impl_->units.at(rds)->health.read(ctx);
}

std::string default_directory(std::string const& base_path) {
  return is_at_or_below(kGoDriverDirectory, base_path) ? kGoDriverDirectory : base_path;
}

}  // namespace rdscsi::csi
