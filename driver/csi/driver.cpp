// Driver: connection, volumes, operations and controller of one process, put together in the order in which
// they may be taken apart again.
#include "csi/driver.h"

#include <utility>

#include "csi/shared_reads.h"
#include "csi/volume_store.h"
#include "rds/inventory.h"

namespace rdscsi::csi {
namespace {

constexpr char const* kGoDriverDirectory = "/storage-pool/metal-csi";

ParameterDefaults defaults_of(DriverOptions const& options) {
  return {options.endpoint.address, options.territory.base_path,
          default_directory(options.territory.base_path)};
}

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

}  // namespace

struct Driver::Impl {
  Impl(DriverOptions driver_options, std::shared_ptr<rds::Connector> connector)
      : options(std::move(driver_options)),
        connection(std::move(connector), options.endpoint, options.connection),
        support(connection, options.territory, options.snapshots),
        volumes(connection, options.territory, &support),
        snapshots(connection, support),
        store(volumes),
        snapshot_store(snapshots, support),
        shared(store),
        nodes(options.nodes ? options.nodes : std::make_shared<OpenNodeDirectory>()),
        swept(connection, support, volumes, snapshots),
        operations(listened_to(options.operations)),
        controller(defaults_of(options), shared, *nodes, operations, options.fencing,
                   options.snapshots ? &snapshot_store : nullptr) {
    if (options.orphans)
      sweeper = std::make_unique<orphans::Sweeper>(swept, operations, options.owners.get(), *options.orphans);
  }

  // What somebody asks for is no orphan.
  base::OperationsOptions listened_to(base::OperationsOptions given) {
    if (!options.orphans) return given;
    given.wished = [this](std::string const& key, std::string const& kind) { sweeper->wished(key, kind); };
    return given;
  }

  DriverOptions options;
  rds::Connection connection;
  rds::SnapshotSupport support;
  rds::Volumes volumes;
  rds::Snapshots snapshots;
  RdsVolumeStore store;
  RdsSnapshotStore snapshot_store;
  SharedReads shared;
  std::shared_ptr<NodeDirectory> nodes;
  SweptDevice swept;
  std::unique_ptr<orphans::Sweeper> sweeper;  // null: nobody looks for orphans; stopped before operations go
  base::Operations operations;                // destroyed before what its bodies use
  ControllerService controller;
};

Driver::Driver(DriverOptions options, std::shared_ptr<rds::Connector> connector)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(connector))) {}

Driver::~Driver() {
  if (impl_->sweeper) impl_->sweeper->stop();
}

void Driver::start() {
  impl_->connection.start();
  impl_->support.start();
  if (impl_->sweeper) impl_->sweeper->start();
}

base::Status Driver::stop(base::Context const& ctx) {
  if (impl_->sweeper) impl_->sweeper->stop();
  base::Status const drained = impl_->operations.drain(ctx.deadline());
  impl_->support.stop();
  impl_->connection.stop();
  return drained;
}

ControllerService& Driver::controller() {
  return impl_->controller;
}

PluginInfo Driver::plugin_info() const {
  auto const& given = impl_->options.vendor_version;
  return {impl_->options.driver_name, given.empty() ? std::string(version()) : given};
}

bool Driver::ready() const {
  // Sidecars ask for capabilities once, right after the first ready answer, and keep them.
  return impl_->connection.up() && impl_->support.verdict().has_value();
}

rds::ConnectionStatus Driver::connection_status() const {
  return impl_->connection.status();
}

std::vector<base::OperationInfo> Driver::operations() const {
  return impl_->operations.list();
}

std::optional<orphans::SweeperStatus> Driver::orphans() const {
  if (!impl_->sweeper) return std::nullopt;
  return impl_->sweeper->status();
}

base::StatusOr<std::vector<rds::Volume>> Driver::look_at_volumes(base::Context const& ctx) {
  return impl_->shared.list(ctx);
}

base::StatusOr<rds::Pool> Driver::look_at_pool(base::Context const& ctx) {
  return impl_->shared.pool(ctx);
}

std::string default_directory(std::string const& base_path) {
  return is_at_or_below(kGoDriverDirectory, base_path) ? kGoDriverDirectory : base_path;
}

}  // namespace rdscsi::csi
