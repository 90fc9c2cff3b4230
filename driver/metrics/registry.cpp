// See registry.h. prometheus-cpp keeps and writes the values; which there are is decided here.
#include "metrics/registry.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>

#include "base/sync.h"
#include "metrics/device_families.h"

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

// What the Go driver called an operation, and what incidents 43 and 44 ask for; empty for calls that are
// none.
std::string operation_of(Call const& call) {
  std::string_view const rpc = call.rpc;
  if (rpc == "CreateVolume") return call.restore ? "restore" : "create";
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

  void take(Reading const& now) {
    operations.Add({{"state", "running"}}).Set(static_cast<double>(now.operations_running));
    operations.Add({{"state", "waiting"}}).Set(static_cast<double>(now.operations_waiting));
    oldest.Add({}).Set(seconds(now.oldest_operation));
    devices.take(now.devices);
  }

  std::function<Reading()> read;
  base::Mutex scrape;  // one at a time: raise_to() looks before it adds
  prometheus::Registry all;
  FamilyMaker make{all};
  Family<Counter>& rpcs = make.counter("rds_csi_rpcs_total", "CSI calls answered, by gRPC code");
  Family<Histogram>& rpc_seconds =
      make.histogram("rds_csi_rpc_duration_seconds", "CSI calls, from arrival to answer");
  Family<Counter>& unknown =
      make.counter("rds_csi_unknown_outcomes_total", "failed calls that may have had an effect on the RDS");
  Family<Counter>& operation_count =
      make.counter("rds_csi_volume_operations_total", "changes of volumes, by result");
  Family<Histogram>& operation_seconds =
      make.histogram("rds_csi_volume_operation_duration_seconds", "changes of volumes");
  Family<Counter>& attach = make.counter("rds_csi_attachment_attach_total", "volumes published to a node");
  Family<Counter>& detach = make.counter("rds_csi_attachment_detach_total", "volumes taken from a node");
  Family<Counter>& conflicts = make.counter("rds_csi_attachment_conflicts_total",
                                            "publish calls refused because another node has the volume");
  Family<Histogram>& attachment_seconds =
      make.histogram("rds_csi_attachment_operation_duration_seconds", "publish and unpublish");
  Family<Gauge>& operations = make.gauge("rds_csi_operations", "changes accepted and not finished");
  Family<Gauge>& oldest =
      make.gauge("rds_csi_operation_oldest_seconds", "age of the oldest of them, 0: none");
  DeviceFamilies devices{make};
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
  std::string const operation = operation_of(call);
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
  auto names = impl_->make.names();
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace rdscsi::metrics
