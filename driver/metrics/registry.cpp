// See registry.h. prometheus-cpp keeps and writes the values; which there are is decided here.
#include "metrics/registry.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>

#include "base/sync.h"

namespace rdscsi::metrics {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using Buckets = Histogram::BucketBoundaries;

// Seconds. The Go driver's for its own names; from far below one round trip to the longest deadline for the
// rest.
Buckets const kOperationBuckets = {0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
Buckets const kAttachmentBuckets = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};
Buckets const kRpcBuckets = {0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

// What the Go driver called an operation, and what incident 43 asks for; empty for calls that are none.
std::string operation_of(std::string_view rpc) {
  if (rpc == "CreateVolume") return "create";
  if (rpc == "DeleteVolume") return "delete";
  if (rpc == "ControllerExpandVolume") return "expand";
  if (rpc == "ControllerPublishVolume") return "attach";
  if (rpc == "ControllerUnpublishVolume") return "detach";
  if (rpc == "CreateSnapshot") return "snapshot";
  if (rpc == "DeleteSnapshot") return "delete_snapshot";
  return "";
}

double seconds(base::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

struct Registry::Impl {
  explicit Impl(std::function<Reading()> reader) : read(std::move(reader)) {}

  template <typename Made>
  Family<Made>& family(char const* name, char const* help) {
    names.emplace_back(name);
    if constexpr (std::is_same_v<Made, Counter>)
      return prometheus::BuildCounter().Name(name).Help(help).Register(all);
    if constexpr (std::is_same_v<Made, Gauge>)
      return prometheus::BuildGauge().Name(name).Help(help).Register(all);
    if constexpr (std::is_same_v<Made, Histogram>)
      return prometheus::BuildHistogram().Name(name).Help(help).Register(all);
  }

  // A count kept elsewhere.
  static void raise_to(Counter& counter, std::uint64_t value) {
    double const more = static_cast<double>(value) - counter.Value();
    if (more > 0) counter.Increment(more);
  }

  // What is not known any more goes.
  static void show(Family<Gauge>& family, std::optional<double> value) {
    Gauge& gauge = family.Add({});
    if (value) {
      gauge.Set(*value);
    } else {
      family.Remove(&gauge);
    }
  }

  void take(Reading const& now) {
    connection.Add({{"address", now.rds_address}}).Set(now.connected ? 1 : 0);
    raise_to(reconnects.Add({{"status", "success"}}), now.connects > 0 ? now.connects - 1 : 0);
    raise_to(reconnects.Add({{"status", "failure"}}),
             now.connect_attempts - std::min(now.connects, now.connect_attempts));
    raise_to(commands.Add({{"kind", "command"}}), now.commands);
    raise_to(commands.Add({{"kind", "heartbeat"}}), now.heartbeats);
    operations.Add({{"state", "running"}}).Set(static_cast<double>(now.operations_running));
    operations.Add({{"state", "waiting"}}).Set(static_cast<double>(now.operations_waiting));
    oldest.Add({}).Set(seconds(now.oldest_operation));
    using Number = std::optional<double>;
    auto const pool = [&](auto const& of) {
      return now.pool ? Number(static_cast<double>(of(*now.pool))) : Number();
    };
    show(pool_size, pool([](Pool const& it) { return it.size_bytes; }));
    show(pool_used, pool([](Pool const& it) { return it.size_bytes - it.free_bytes; }));
    show(pool_free, pool([](Pool const& it) { return it.free_bytes; }));
    show(volumes, now.volumes ? Number(static_cast<double>(*now.volumes)) : Number());
    if (now.orphans) take(*now.orphans);
    show(published, now.published ? Number(static_cast<double>(*now.published)) : Number());
  }

  void take(Orphans const& now) {
    raise_to(orphan_rounds.Add({}), now.rounds);
    raise_to(orphans_cleaned.Add({}), now.cleaned);
    for (auto const& [reason, count] : now.aborted)
      raise_to(orphan_rounds_aborted.Add({{"reason", reason}}), count);
    if (now.by_kind) {
      for (auto const& [kind, count] : *now.by_kind)
        orphans.Add({{"kind", kind}}).Set(static_cast<double>(count));
    }
    if (now.foreign) foreign.Add({}).Set(static_cast<double>(*now.foreign));
  }

  std::function<Reading()> read;
  base::Mutex scrape;  // one at a time: raise_to() looks before it adds
  prometheus::Registry all;
  std::vector<std::string> names;
  Family<Counter>& rpcs = family<Counter>("rds_csi_rpcs_total", "CSI calls answered, by gRPC code");
  Family<Histogram>& rpc_seconds =
      family<Histogram>("rds_csi_rpc_duration_seconds", "CSI calls, from arrival to answer");
  Family<Counter>& unknown = family<Counter>("rds_csi_unknown_outcomes_total",
                                             "failed calls that may have had an effect on the RDS");
  Family<Counter>& operation_count =
      family<Counter>("rds_csi_volume_operations_total", "changes of volumes, by result");
  Family<Histogram>& operation_seconds =
      family<Histogram>("rds_csi_volume_operation_duration_seconds", "changes of volumes");
  Family<Counter>& attach = family<Counter>("rds_csi_attachment_attach_total", "volumes published to a node");
  Family<Counter>& detach = family<Counter>("rds_csi_attachment_detach_total", "volumes taken from a node");
  Family<Counter>& conflicts = family<Counter>("rds_csi_attachment_conflicts_total",
                                               "publish calls refused because another node has the volume");
  Family<Histogram>& attachment_seconds =
      family<Histogram>("rds_csi_attachment_operation_duration_seconds", "publish and unpublish");
  Family<Gauge>& connection = family<Gauge>("rds_csi_rds_connection_state", "1: a session to the RDS is up");
  Family<Counter>& reconnects =
      family<Counter>("rds_csi_rds_reconnect_total", "attempts to connect to the RDS again");
  Family<Counter>& commands = family<Counter>("rds_csi_rds_commands_total", "commands sent to the RDS");
  Family<Gauge>& operations = family<Gauge>("rds_csi_operations", "changes accepted and not finished");
  Family<Gauge>& oldest =
      family<Gauge>("rds_csi_operation_oldest_seconds", "age of the oldest of them, 0: none");
  Family<Gauge>& pool_size = family<Gauge>("rds_hardware_disk_pool_size_bytes", "size of the pool");
  Family<Gauge>& pool_used =
      family<Gauge>("rds_hardware_disk_pool_used_bytes", "used in the pool, by anybody");
  Family<Gauge>& pool_free = family<Gauge>("rds_csi_pool_free_bytes", "free in the pool");
  Family<Gauge>& volumes =
      family<Gauge>("rds_csi_volumes", "volumes of this cluster, unmarked ones included");
  Family<Gauge>& published =
      family<Gauge>("rds_csi_nvme_connections_active", "volumes that a node has published");
  Family<Gauge>& orphans = family<Gauge>(
      "rds_csi_orphans", "what nobody owns, seen for the grace period, of the newest look that went through");
  Family<Gauge>& foreign =
      family<Gauge>("rds_csi_foreign_objects", "disks of other clusters below the base path");
  Family<Counter>& orphan_rounds =
      family<Counter>("rds_csi_orphan_rounds_total", "looks for orphans that went through");
  Family<Counter>& orphan_rounds_aborted =
      family<Counter>("rds_csi_orphan_rounds_aborted_total", "looks for orphans that were given up");
  Family<Counter>& orphans_cleaned =
      family<Counter>("rds_csi_orphans_cleaned_total", "orphans removed from the RDS");
};

Registry::Registry(std::function<Reading()> read) : impl_(std::make_unique<Impl>(std::move(read))) {
  impl_->conflicts.Add({});  // a count that is known to be 0
}

Registry::~Registry() = default;

void Registry::count(Call const& call) {
  std::string const rpc(call.rpc);
  double const took = seconds(call.took);
  impl_->rpcs.Add({{"rpc", rpc}, {"code", std::string(call.code)}}).Increment();
  impl_->rpc_seconds.Add({{"rpc", rpc}}, kRpcBuckets).Observe(took);
  if (call.unknown) impl_->unknown.Add({{"rpc", rpc}}).Increment();
  std::string const operation = operation_of(call.rpc);
  if (operation.empty()) return;
  std::string const status = call.code == "OK" ? "success" : "failure";
  impl_->operation_count.Add({{"operation", operation}, {"status", status}}).Increment();
  impl_->operation_seconds.Add({{"operation", operation}}, kOperationBuckets).Observe(took);
  bool const attaches = operation == "attach";
  if (!attaches && operation != "detach") return;
  (attaches ? impl_->attach : impl_->detach).Add({{"status", status}}).Increment();
  impl_->attachment_seconds.Add({{"operation", operation}}, kAttachmentBuckets).Observe(took);
  if (attaches && call.in_use) impl_->conflicts.Add({}).Increment();
}

std::string Registry::text() {
  base::Guard guard(impl_->scrape);
  impl_->take(impl_->read());
  return prometheus::TextSerializer().Serialize(impl_->all.Collect());
}

std::vector<std::string> Registry::names() {
  auto names = impl_->names;
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace rdscsi::metrics
