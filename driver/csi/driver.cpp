// Driver: connection, volumes, operations and controller of one process, put together in the order in which
// they may be taken apart again.
#include "csi/driver.h"

#include <utility>

#include "csi/shared_reads.h"
#include "csi/volume_store.h"

namespace rdscsi::csi {
namespace {

constexpr char const* kGoDriverDirectory = "/storage-pool/metal-csi";

ParameterDefaults defaults_of(DriverOptions const& options) {
  return {options.endpoint.address, options.territory.base_path,
          default_directory(options.territory.base_path)};
}

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
        operations(options.operations),
        controller(defaults_of(options), shared, *nodes, operations, options.fencing,
                   options.snapshots ? &snapshot_store : nullptr) {}

  DriverOptions options;
  rds::Connection connection;
  rds::SnapshotSupport support;
  rds::Volumes volumes;
  rds::Snapshots snapshots;
  RdsVolumeStore store;
  RdsSnapshotStore snapshot_store;
  SharedReads shared;
  std::shared_ptr<NodeDirectory> nodes;
  base::Operations operations;  // destroyed before what its bodies use
  ControllerService controller;
};

Driver::Driver(DriverOptions options, std::shared_ptr<rds::Connector> connector)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(connector))) {}

Driver::~Driver() = default;

void Driver::start() {
  impl_->connection.start();
  impl_->support.start();
}

base::Status Driver::stop(base::Context const& ctx) {
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
