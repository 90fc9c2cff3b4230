// See monitoring.h.
#include "csi/monitoring.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>

#include "base/log.h"
#include "base/reasons.h"
#include "base/sync.h"
#include "csi/driver.h"
#include "metrics/endpoint.h"
#include "metrics/registry.h"

namespace rdscsi::csi {
namespace {

constexpr base::Duration kLookTimeMax = std::chrono::seconds(30);
constexpr base::Duration kTick = std::chrono::seconds(1);
constexpr base::Duration kAfterFailure = std::chrono::seconds(10);  // the RDS may be coming back by stages
constexpr std::size_t kShownMax = 300;

std::string seconds(base::Duration age) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(age).count()) + "s";
}

// One line, one column.
std::string escaped(std::string const& text) {
  std::string shown = text.substr(0, kShownMax);
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return shown.empty() ? "-" : shown;
}

std::string state_of(rds::Volume const& volume) {
  std::string state = volume.exported ? "exported" : "not-exported";
  if (!volume.marked) state += volume.unknown_mark ? ",unknown-mark" : ",unmarked";
  if (!volume.problem.empty()) state += ",abnormal";
  return state;
}

std::string joined(std::vector<std::string> const& words) {
  std::string all;
  for (auto const& word : words) all += (all.empty() ? "" : ",") + word;
  return all.empty() ? "-" : all;
}

}  // namespace

struct Monitoring::Impl {
  Impl(MonitoringOptions given, Watched watches)
      : options(std::move(given)),
        watched(std::move(watches)),
        seen(watched.devices.size()),
        registry([this] { return reading(); }) {}

  metrics::Reading reading() const {
    metrics::Reading now;
    for (auto const& operation : watched.operations()) {
      ++(operation.running ? now.operations_running : now.operations_waiting);
      now.oldest_operation = std::max(now.oldest_operation, operation.age);
    }
    for (std::size_t i = 0; i < watched.devices.size(); ++i) now.devices.push_back(device(i));
    return now;
  }

  metrics::Device device(std::size_t index) const {
    WatchedRds const& rds = watched.devices[index];
    auto const connection = rds.connection();
    metrics::Device now = of(connection);
    now.name = rds.name;
    now.address = rds.address;
    if (auto const swept = rds.orphans ? rds.orphans() : std::nullopt) now.orphans = of(*swept);
    base::Guard guard(mutex);
    Seen const& newest = seen[index];
    now.state = state_of(connection, newest);
    if (newest.looked) now.look_age = base::now() - *newest.looked;
    if (newest.health) {
      now.hardware = of(*newest.health);
      if (newest.health->pool)
        now.pool = metrics::Pool{newest.health->pool->size_bytes, newest.health->pool->free_bytes};
    }
    if (newest.volumes) {
      now.volumes = newest.volumes->size();
      now.published =
          static_cast<std::size_t>(std::count_if(newest.volumes->begin(), newest.volumes->end(),
                                                 [](auto const& one) { return !one.holders.empty(); }));
    }
    return now;
  }

  // What one look at an RDS came to.
  struct Seen {
    std::optional<base::TimePoint> looked;            // the newest that worked
    std::optional<std::vector<rds::Volume>> volumes;  // absent: it did not
    std::optional<rds::Health> health;                // likewise
    base::Status failure;                             // of the volumes
    std::string state;                                // as it was told in the log
    base::TimePoint tried{};
    std::uint64_t session = 0;  // number of the session it was made in
  };

  // One of metrics::kDeviceStates.
  static std::string state_of(rds::ConnectionStatus const& connection, Seen const& newest) {
    switch (connection.state) {
      case rds::ConnectionState::connecting:
        return "connecting";
      case rds::ConnectionState::down:
        return "down";
      case rds::ConnectionState::turned_away:
        return "turned-away";
      case rds::ConnectionState::refused:
        return connection.reason == base::Reason::rds_host_key ? "host-key" : "auth";
      case rds::ConnectionState::up:
        break;
    }
    if (newest.failure.ok()) return "up";
    base::Reason const reason = base::failure_of(newest.failure).reason;
    if (reason == base::Reason::rds_unsupported) return "unsupported";
    return reason == base::Reason::pool_not_visible ? "pool-not-visible" : "up";
  }

  static metrics::Device of(rds::ConnectionStatus const& connection) {
    metrics::Device now;
    now.connected = connection.state == rds::ConnectionState::up;
    now.connect_attempts = connection.attempts;
    now.connects = connection.connects;
    now.reconnects_took.assign(connection.reconnects_took.begin(), connection.reconnects_took.end());
    now.heartbeats = connection.heartbeats;
    now.commands = connection.execs - std::min(connection.heartbeats, connection.execs);
    now.commands_by_rpc = connection.commands_by_rpc;
    now.commands_by_rpc.erase("");
    now.channels_in_use = connection.channels_in_use;
    now.channels_limit = connection.channels_limit;
    now.channel_refusals = connection.channel_refusals;
    now.queue_waits = connection.queue_waits;
    now.queue_waited = connection.queue_waited;
    return now;
  }

  static metrics::Hardware of(rds::Health const& health) {
    metrics::Hardware now{health.version, health.board, {}, {}};
    for (auto const& sensor : health.sensors)
      now.sensors.push_back({sensor.name, sensor.unit, sensor.text, sensor.value});
    for (auto const& disk : health.disks)
      now.disks.push_back({disk.slot, disk.type, disk.state, disk.failed});
    return now;
  }

  static metrics::Orphans of(orphans::SweeperStatus const& swept) {
    metrics::Orphans now;
    if (swept.orphans) {
      now.by_kind.emplace();
      for (auto const& [kind, count] : *swept.orphans) (*now.by_kind)[std::string(slug(kind))] = count;
    }
    now.foreign = swept.foreign;
    now.rounds = swept.rounds;
    now.cleaned = swept.cleaned;
    now.aborted = swept.aborted;
    return now;
  }

  // At once in a new session, then once in an interval. What is not known any more is absent.
  void look_if_due(std::size_t index) {
    auto const connection = watched.devices[index].connection();
    {
      base::Guard guard(mutex);
      Seen& newest = seen[index];
      if (connection.state != rds::ConnectionState::up) {
        newest.volumes.reset();
        newest.health.reset();
        newest.failure = base::Status();
        return;
      }
      base::Duration const pause =
          newest.failure.ok() ? options.interval : std::min(kAfterFailure, options.interval);
      if (newest.session == connection.connects && base::now() - newest.tried < pause) return;
    }
    look(index);
  }

  void look(std::size_t index) {
    WatchedRds const& rds = watched.devices[index];
    auto const ctx = base::Context::background()
                         .with_field("rpc", "monitoring")
                         .with_cancel(stopping)
                         .with_timeout(kLookTimeMax);
    auto volumes = rds.look_at_volumes(ctx);
    auto health = rds.look_at_health(ctx);
    auto const connection = rds.connection();
    std::string before, now;
    std::string why = connection.last_error;
    {
      base::Guard guard(mutex);
      Seen& newest = seen[index];
      newest.tried = base::now();
      newest.session = connection.connects;
      if (volumes.ok() && health.ok()) newest.looked = base::now();
      newest.failure = volumes.status();
      newest.volumes.reset();
      newest.health.reset();
      if (volumes.ok()) newest.volumes = *std::move(volumes);
      if (health.ok()) newest.health = *std::move(health);
      if (why.empty()) why = std::string(newest.failure.message());
      before = newest.state;
      now = newest.state = state_of(connection, newest);
    }
    // What the connection itself runs into it logs itself.
    auto const lacks = [](std::string const& state) {
      return state == "unsupported" || state == "pool-not-visible";
    };
    if (now == before || (!lacks(now) && !lacks(before))) return;
    base::log(now == "up" ? base::LogLevel::info : base::LogLevel::warn, ctx, "the RDS is in another state",
              {{"rds", rds.name},
               {"state", now},
               {"before", before.empty() ? std::string("connecting") : before},
               {"why", why}});
  }

  void remember_error(std::string const& volume, std::string error) {
    base::Guard guard(mutex);
    if (errors.insert_or_assign(volume, std::move(error)).second) order.push_back(volume);
    while (order.size() > options.errors_kept) {
      errors.erase(order.front());
      order.pop_front();
    }
  }

  MonitoringOptions const options;
  Watched const watched;
  mutable base::Mutex mutex;
  std::vector<Seen> seen;                     // by device; under mutex
  std::map<std::string, std::string> errors;  // by volume id; under mutex
  std::deque<std::string> order;              // of their first errors
  metrics::Registry registry;
  base::CancelSource stopping;
  base::Thread looker;
  std::unique_ptr<metrics::Endpoint> endpoint;  // last: its pages use all the rest
};

Monitoring::Monitoring(MonitoringOptions options, Watched watched)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(watched))) {}

Monitoring::~Monitoring() {
  impl_->endpoint.reset();
  impl_->stopping.cancel(base::Reason::shutting_down, "the driver is stopping");
  if (impl_->looker.joinable()) impl_->looker.join();
}

base::Status Monitoring::start() {
  using metrics::Page;
  metrics::Pages pages;
  pages["/metrics"] = [this] {
    return Page{200, "text/plain; version=0.0.4; charset=utf-8", metrics_page()};
  };
  pages["/healthz"] = [] { return Page{200, "text/plain; charset=utf-8", "ok\n"}; };
  pages["/readyz"] = [this] {
    if (impl_->watched.ready()) return Page{200, "text/plain; charset=utf-8", "ok\n"};
    std::string why = "not ready\n";
    for (auto const& rds : impl_->watched.devices) {
      auto const connection = rds.connection();
      why += rds.name + " " + rds.address + ": the connection to the RDS is " +
             std::string(to_string(connection.state)) + "; " + connection.last_error + "\n";
    }
    return Page{503, "text/plain; charset=utf-8", why};
  };
  pages["/debug/volumes"] = [this] { return Page{200, "text/plain; charset=utf-8", volumes_page()}; };
  auto endpoint =
      metrics::Endpoint::start(impl_->options.address.host, impl_->options.address.port, std::move(pages));
  if (!endpoint.ok()) return endpoint.status();
  impl_->endpoint = *std::move(endpoint);
  start_looking();
  return base::Status();
}

void Monitoring::start_looking() {
  impl_->looker = base::Thread("monitoring", [this] {
    auto const stop = base::Context::background().with_cancel(impl_->stopping);
    base::Duration pause{};
    for (; base::sleep_for(stop, pause).ok(); pause = kTick)
      for (std::size_t i = 0; i < impl_->watched.devices.size(); ++i) impl_->look_if_due(i);
  });
}

std::uint16_t Monitoring::port() const {
  return impl_->endpoint->port();
}

void Monitoring::look() {
  for (std::size_t i = 0; i < impl_->watched.devices.size(); ++i) impl_->look(i);
}

void Monitoring::answered(base::Context const& ctx, CallRecord const& call) {
  metrics::Call sample;
  sample.rpc = call.rpc;
  sample.code = grpc_code_name(grpc_code(call.status));
  sample.change = call.kind == CallKind::change;
  sample.took = call.elapsed;
  sample.restore = ctx.fields().contains("source");
  if (!call.status.ok()) {
    auto const failure = base::failure_of(call.status);
    sample.unknown = failure.effect != base::Effect::none;
    sample.in_use = failure.reason == base::Reason::volume_in_use;
    auto const volume = ctx.fields().find("volume");
    if (volume != ctx.fields().end() && !volume->second.empty()) {
      impl_->remember_error(volume->second,
                            std::string(call.rpc) + " " + std::string(sample.code) + " " +
                                std::string(call.status.message().data(), call.status.message().size()));
    }
  }
  impl_->registry.count(sample);
}

std::string Monitoring::metrics_page() {
  return impl_->registry.text();
}

// All that is known of volumes, by the id their callers know them by.
std::string Monitoring::volumes_page() {
  auto const operations = impl_->watched.operations();
  base::Guard guard(impl_->mutex);
  std::string page;
  std::map<std::string, rds::Volume const*> known;
  for (std::size_t i = 0; i < impl_->seen.size(); ++i) {
    WatchedRds const& rds = impl_->watched.devices[i];
    Impl::Seen const& newest = impl_->seen[i];
    page += "# " + rds.name + " " + rds.address + ": ";
    page += newest.volumes ? "volumes as of " + seconds(base::now() - newest.tried) + " ago\n"
                           : "could not be looked at yet, or not the last time\n";
    if (!newest.volumes) continue;
    for (auto const& volume : *newest.volumes) known[rds.handle(volume.volume_id)] = &volume;
  }
  std::map<std::string, base::OperationInfo const*> busy;
  for (auto const& operation : operations) busy[operation.key] = &operation;
  std::set<std::string> ids;
  for (auto const& [id, volume] : known) ids.insert(id);
  for (auto const& [id, operation] : busy) ids.insert(id);
  for (auto const& [id, error] : impl_->errors) ids.insert(id);
  page += "# id\tslot\tbytes\tstate\tnodes\tstep\tage\tlast error\n";
  for (auto const& id : ids) {
    auto const volume = known.find(id);
    page += escaped(id) + "\t";
    page += volume == known.end()
                ? "-\t-\t-\t-"
                : escaped(volume->second->slot) + "\t" + std::to_string(volume->second->size_bytes) + "\t" +
                      state_of(*volume->second) + "\t" + joined(volume->second->holders);
    auto const operation = busy.find(id);
    page += operation == busy.end()
                ? "\t-\t-"
                : "\t" + operation->second->kind + ": " + escaped(operation->second->step) + "\t" +
                      seconds(operation->second->age);
    auto const error = impl_->errors.find(id);
    page += "\t" + (error == impl_->errors.end() ? std::string("-") : escaped(error->second)) + "\n";
  }
  return page;
}

Watched watch(Driver& driver, std::vector<RdsOptions> const& devices) {
  Watched all{[&driver] { return driver.ready(); }, [&driver] { return driver.operations(); }, {}};
  for (std::size_t i = 0; i < devices.size(); ++i) {
    ServedRds const named{devices[i].name, {}, nullptr, nullptr};
    all.devices.push_back({devices[i].name, devices[i].endpoint.address,
                           [named](std::string const& id) { return named.handle(id); },
                           [&driver, i] { return driver.connection_status(i); },
                           [&driver, i](base::Context const& ctx) { return driver.look_at_volumes(ctx, i); },
                           [&driver, i](base::Context const& ctx) { return driver.look_at_health(ctx, i); },
                           [&driver, i] { return driver.orphans(i); }});
  }
  return all;
}

}  // namespace rdscsi::csi
