// See device_families.h.
#include "metrics/device_families.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/labels.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace rdscsi::metrics {
namespace {

using prometheus::Labels;
using Buckets = prometheus::Histogram::BucketBoundaries;

// Seconds; the Go driver's.
Buckets const kReconnectBuckets = {0.1, 0.5, 1, 2, 5, 10, 30, 60};

// Under which name a sensor is called on which device nobody has told (FACTS 9): those we know have these.
struct NamedSensor {
  char const* sensor;
  char const* metric;
  char const* help;
};
constexpr NamedSensor kNamedSensors[] = {
    {"cpu-temperature", "rds_hardware_cpu_temperature_celsius", "sensor cpu-temperature"},
    {"board-temperature1", "rds_hardware_board_temperature_celsius", "sensor board-temperature1"},
    {"fan1-speed", "rds_hardware_fan1_speed_rpm", "sensor fan1-speed"},
    {"fan2-speed", "rds_hardware_fan2_speed_rpm", "sensor fan2-speed"},
};

// A count kept elsewhere.
void raise_to(prometheus::Counter& counter, std::uint64_t value) {
  double const more = static_cast<double>(value) - counter.Value();
  if (more > 0) counter.Increment(more);
}

double seconds(base::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// `newest` are the last of `total` observations, of which `histogram` shows some already.
void observe_rest(prometheus::Histogram& histogram, std::vector<base::Duration> const& newest,
                  std::uint64_t total) {
  std::uint64_t const shown = histogram.Collect().histogram.sample_count;
  std::uint64_t const missing = std::min<std::uint64_t>(total - std::min(shown, total), newest.size());
  for (std::size_t i = newest.size() - missing; i < newest.size(); ++i) histogram.Observe(seconds(newest[i]));
}

}  // namespace

prometheus::Family<prometheus::Counter>& FamilyMaker::counter(char const* name, char const* help) {
  names_.emplace_back(name);
  return prometheus::BuildCounter().Name(name).Help(help).Register(all_);
}

prometheus::Family<prometheus::Gauge>& FamilyMaker::gauge(char const* name, char const* help) {
  names_.emplace_back(name);
  return prometheus::BuildGauge().Name(name).Help(help).Register(all_);
}

prometheus::Family<prometheus::Histogram>& FamilyMaker::histogram(char const* name, char const* help) {
  names_.emplace_back(name);
  return prometheus::BuildHistogram().Name(name).Help(help).Register(all_);
}

struct DeviceFamilies::Impl {
  explicit Impl(FamilyMaker& make);

  using Gauges = prometheus::Family<prometheus::Gauge>;
  using Counters = prometheus::Family<prometheus::Counter>;

  void take_all(std::vector<Device> const& devices);
  // Until the next reading.
  void show(Gauges& family, prometheus::Labels const& labels, double value);
  template <typename Value>
  void show_if(Gauges& family, prometheus::Labels const& labels, std::optional<Value> const& value) {
    if (value) show(family, labels, static_cast<double>(*value));
  }
  void take(Device const& device);
  void take_connection(Device const& device);
  void take_orphans(Device const& device);
  void take_hardware(Device const& device);
  void take_sensor(Device const& device, Sensor const& sensor);

  struct Passing {
    Gauges* family;
    prometheus::Gauge* gauge;
  };
  std::vector<Passing> passing_;

  Gauges& connection_;
  Gauges& state_;
  Counters& reconnects_;
  prometheus::Family<prometheus::Histogram>& reconnect_seconds_;
  Counters& commands_;
  Counters& rpc_commands_;
  Gauges& sessions_;
  Gauges& sessions_limit_;
  Counters& refusals_;
  Counters& waits_;
  Counters& waited_;
  Gauges& look_age_;
  Gauges& info_;
  Gauges& pool_size_;
  Gauges& pool_used_;
  Gauges& pool_free_;
  Gauges& volumes_;
  Gauges& published_;
  Gauges& orphans_;
  Gauges& foreign_;
  Counters& orphan_rounds_;
  Counters& orphan_rounds_aborted_;
  Counters& orphans_cleaned_;
  Gauges& sensor_;
  Gauges& sensor_ok_;
  Gauges& disk_failed_;
  std::vector<std::pair<std::string, Gauges*>> named_sensors_;  // with the Go driver's names
};

DeviceFamilies::Impl::Impl(FamilyMaker& make)
    : connection_(make.gauge("rds_csi_rds_connection_state", "1: a session to the RDS is up")),
      state_(make.gauge("rds_csi_rds_state", "1: how the RDS is; its other states are 0")),
      reconnects_(make.counter("rds_csi_rds_reconnect_total", "attempts to connect to the RDS again")),
      reconnect_seconds_(make.histogram("rds_csi_rds_reconnect_duration_seconds",
                                        "attempts to connect to the RDS again that worked")),
      commands_(make.counter("rds_csi_rds_commands_total", "commands sent to the RDS")),
      rpc_commands_(
          make.counter("rds_csi_rpc_commands_total",
                       "commands sent to the RDS, by the CSI call or the background work they are for")),
      sessions_(make.gauge("rds_csi_ssh_sessions_in_use", "commands in flight, each in an SSH channel")),
      sessions_limit_(
          make.gauge("rds_csi_ssh_sessions_limit", "how many may be: the flag, or what the RDS bears")),
      refusals_(make.counter("rds_csi_ssh_sessions_refused_total", "SSH channels the RDS refused")),
      waits_(make.counter("rds_csi_rds_queue_waits_total",
                          "commands that waited for an SSH channel, and got it")),
      waited_(
          make.counter("rds_csi_rds_queue_wait_seconds_total", "what commands waited for an SSH channel")),
      look_age_(make.gauge("rds_csi_rds_poll_age_seconds", "since the newest look at the RDS that worked")),
      info_(make.gauge("rds_csi_rds_info", "1, with what the RDS says it is")),
      pool_size_(make.gauge("rds_hardware_disk_pool_size_bytes", "size of the pool")),
      pool_used_(make.gauge("rds_hardware_disk_pool_used_bytes", "used in the pool, by anybody")),
      pool_free_(make.gauge("rds_csi_pool_free_bytes", "free in the pool")),
      volumes_(make.gauge("rds_csi_volumes", "volumes of this cluster, unmarked ones included")),
      published_(make.gauge("rds_csi_nvme_connections_active", "volumes that a node has published")),
      orphans_(
          make.gauge("rds_csi_orphans",
                     "what nobody owns, seen for the grace period, of the newest look that went through")),
      foreign_(make.gauge("rds_csi_foreign_objects", "disks of other clusters below the base path")),
      orphan_rounds_(make.counter("rds_csi_orphan_rounds_total", "looks for orphans that went through")),
      orphan_rounds_aborted_(
          make.counter("rds_csi_orphan_rounds_aborted_total", "looks for orphans that were given up")),
      orphans_cleaned_(make.counter("rds_csi_orphans_cleaned_total", "orphans removed from the RDS")),
      sensor_(make.gauge("rds_hardware_sensor", "a sensor of the RDS that shows a number")),
      sensor_ok_(
          make.gauge("rds_hardware_sensor_ok", "a sensor of the RDS that shows a word; 1: the word is ok")),
      disk_failed_(make.gauge("rds_hardware_disk_failed", "a disk of the RDS; 1: its RAID calls it failed")) {
  for (auto const& one : kNamedSensors)
    named_sensors_.emplace_back(one.sensor, &make.gauge(one.metric, one.help));
}

void DeviceFamilies::Impl::take_all(std::vector<Device> const& devices) {
  for (auto const& [family, gauge] : passing_) family->Remove(gauge);
  passing_.clear();
  for (auto const& device : devices) take(device);
}

void DeviceFamilies::Impl::show(Gauges& family, Labels const& labels, double value) {
  auto& gauge = family.Add(labels);
  gauge.Set(value);
  passing_.push_back({&family, &gauge});
}

void DeviceFamilies::Impl::take(Device const& device) {
  take_connection(device);
  Labels const rds = {{"rds", device.name}};
  if (device.look_age) show(look_age_, rds, seconds(*device.look_age));
  if (device.pool) {
    show(pool_size_, rds, static_cast<double>(device.pool->size_bytes));
    show(pool_used_, rds, static_cast<double>(device.pool->size_bytes - device.pool->free_bytes));
    show(pool_free_, rds, static_cast<double>(device.pool->free_bytes));
  }
  show_if(volumes_, rds, device.volumes);
  show_if(published_, rds, device.published);
  take_orphans(device);
  take_hardware(device);
}

void DeviceFamilies::Impl::take_connection(Device const& device) {
  Labels const rds = {{"rds", device.name}};
  show(connection_, {{"address", device.address}, {"rds", device.name}}, device.connected ? 1 : 0);
  for (char const* const state : kDeviceStates)
    show(state_, {{"rds", device.name}, {"state", state}}, device.state == state ? 1 : 0);
  auto const count = [&](Counters& family, char const* key, char const* value, std::uint64_t times) {
    raise_to(family.Add({{key, value}, {"rds", device.name}}), times);
  };
  std::uint64_t const reconnects = device.connects > 0 ? device.connects - 1 : 0;
  count(reconnects_, "status", "success", reconnects);
  count(reconnects_, "status", "failure",
        device.connect_attempts - std::min(device.connects, device.connect_attempts));
  count(commands_, "kind", "command", device.commands);
  count(commands_, "kind", "heartbeat", device.heartbeats);
  for (auto const& [rpc, times] : device.commands_by_rpc) count(rpc_commands_, "rpc", rpc.c_str(), times);
  observe_rest(reconnect_seconds_.Add(rds, kReconnectBuckets), device.reconnects_took, reconnects);
  show(sessions_, rds, device.channels_in_use);
  show(sessions_limit_, rds, device.channels_limit);
  raise_to(refusals_.Add(rds), device.channel_refusals);
  raise_to(waits_.Add(rds), device.queue_waits);
  auto& waited = waited_.Add(rds);
  if (double const more = seconds(device.queue_waited) - waited.Value(); more > 0) waited.Increment(more);
}

void DeviceFamilies::Impl::take_orphans(Device const& device) {
  if (!device.orphans) return;
  Labels const rds = {{"rds", device.name}};
  auto const& now = *device.orphans;
  raise_to(orphan_rounds_.Add(rds), now.rounds);
  raise_to(orphans_cleaned_.Add(rds), now.cleaned);
  for (auto const& [reason, times] : now.aborted)
    raise_to(orphan_rounds_aborted_.Add({{"rds", device.name}, {"reason", reason}}), times);
  if (now.by_kind) {
    for (auto const& [kind, number] : *now.by_kind)
      show(orphans_, {{"kind", kind}, {"rds", device.name}}, static_cast<double>(number));
  }
  show_if(foreign_, rds, now.foreign);
}

void DeviceFamilies::Impl::take_hardware(Device const& device) {
  if (!device.hardware) return;
  auto const& now = *device.hardware;
  show(info_, {{"rds", device.name}, {"version", now.version}, {"board", now.board}}, 1);
  for (auto const& disk : now.disks) {
    show(disk_failed_,
         {{"rds", device.name}, {"slot", disk.slot}, {"type", disk.type}, {"state", disk.state}},
         disk.failed ? 1 : 0);
  }
  for (auto const& sensor : now.sensors) take_sensor(device, sensor);
}

void DeviceFamilies::Impl::take_sensor(Device const& device, Sensor const& sensor) {
  if (!sensor.value) {
    show(sensor_ok_, {{"rds", device.name}, {"name", sensor.name}}, sensor.text == "ok" ? 1 : 0);
    return;
  }
  show(sensor_, {{"rds", device.name}, {"name", sensor.name}, {"unit", sensor.unit}}, *sensor.value);
  for (auto const& [name, family] : named_sensors_) {
    if (name == sensor.name) show(*family, {{"rds", device.name}}, *sensor.value);
  }
}

DeviceFamilies::DeviceFamilies(FamilyMaker& make) : impl_(std::make_unique<Impl>(make)) {}

DeviceFamilies::~DeviceFamilies() = default;

void DeviceFamilies::take(std::vector<Device> const& devices) {
  impl_->take_all(devices);
}

}  // namespace rdscsi::metrics
