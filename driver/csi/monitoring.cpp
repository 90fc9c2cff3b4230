// See monitoring.h.
#include "csi/monitoring.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>

#include "base/reasons.h"
#include "base/sync.h"
#include "csi/driver.h"
#include "metrics/endpoint.h"
#include "metrics/registry.h"

namespace rdscsi::csi {
namespace {

constexpr base::Duration kLookTimeMax = std::chrono::seconds(30);
constexpr base::Duration kUntilReady = std::chrono::seconds(1);
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
      : options(std::move(given)), watched(std::move(watches)), registry([this] { return reading(); }) {}

  metrics::Reading reading() const {
    metrics::Reading now;
    auto const connection = watched.connection();
    now.rds_address = watched.rds_address;
    now.connected = connection.state == rds::ConnectionState::up;
    now.connect_attempts = connection.attempts;
    now.connects = connection.connects;
    now.heartbeats = connection.heartbeats;
    now.commands = connection.execs - std::min(connection.heartbeats, connection.execs);
    for (auto const& operation : watched.operations()) {
      ++(operation.running ? now.operations_running : now.operations_waiting);
      now.oldest_operation = std::max(now.oldest_operation, operation.age);
    }
    if (auto const swept = watched.orphans ? watched.orphans() : std::nullopt) now.orphans = of(*swept);
    base::Guard guard(mutex);
    if (pool) now.pool = metrics::Pool{pool->size_bytes, pool->free_bytes};
    if (volumes) {
      now.volumes = volumes->size();
      now.published = static_cast<std::size_t>(std::count_if(
          volumes->begin(), volumes->end(), [](auto const& one) { return !one.holders.empty(); }));
    }
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

  // What is not known any more is absent.
  void forget() {
    base::Guard guard(mutex);
    volumes.reset();
    pool.reset();
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
  std::optional<rds::Pool> pool;                    // of the newest look that worked; under mutex
  std::optional<std::vector<rds::Volume>> volumes;  // likewise
  base::TimePoint looked{};
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
    auto const connection = impl_->watched.connection();
    return Page{503, "text/plain; charset=utf-8",
                "not ready: the connection to the RDS is " + std::string(to_string(connection.state)) + "; " +
                    connection.last_error + "\n"};
  };
  pages["/debug/volumes"] = [this] { return Page{200, "text/plain; charset=utf-8", volumes_page()}; };
  auto endpoint =
      metrics::Endpoint::start(impl_->options.address.host, impl_->options.address.port, std::move(pages));
  if (!endpoint.ok()) return endpoint.status();
  impl_->endpoint = *std::move(endpoint);
  impl_->looker = base::Thread("monitoring", [this] {
    auto const stop = base::Context::background().with_cancel(impl_->stopping);
    base::Duration pause{};
    while (base::sleep_for(stop, pause).ok()) {
      bool const ready = impl_->watched.ready();
      pause = ready ? impl_->options.interval : std::min(kUntilReady, impl_->options.interval);
      ready ? look() : impl_->forget();
    }
  });
  return base::Status();
}

std::uint16_t Monitoring::port() const {
  return impl_->endpoint->port();
}

void Monitoring::look() {
  auto const ctx = base::Context::background()
                       .with_field("rpc", "monitoring")
                       .with_cancel(impl_->stopping)
                       .with_timeout(kLookTimeMax);
  auto volumes = impl_->watched.look_at_volumes(ctx);
  auto const pool = impl_->watched.look_at_pool(ctx);
  impl_->forget();
  base::Guard guard(impl_->mutex);
  if (volumes.ok()) impl_->volumes = *std::move(volumes);
  if (pool.ok()) impl_->pool = *pool;
  impl_->looked = base::now();
}

void Monitoring::answered(base::Context const& ctx, CallRecord const& call) {
  metrics::Call sample;
  sample.rpc = call.rpc;
  sample.code = grpc_code_name(grpc_code(call.status));
  sample.change = call.kind == CallKind::change;
  sample.took = call.elapsed;
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

std::string Monitoring::volumes_page() {
  auto const operations = impl_->watched.operations();
  base::Guard guard(impl_->mutex);
  std::map<std::string, rds::Volume const*> known;
  if (impl_->volumes)
    for (auto const& volume : *impl_->volumes) known[volume.volume_id] = &volume;
  std::map<std::string, base::OperationInfo const*> busy;
  for (auto const& operation : operations) busy[operation.key] = &operation;
  std::set<std::string> ids;
  for (auto const& [id, volume] : known) ids.insert(id);
  for (auto const& [id, operation] : busy) ids.insert(id);
  for (auto const& [id, error] : impl_->errors) ids.insert(id);

  std::string page = impl_->volumes ? "# volumes as of " + seconds(base::now() - impl_->looked) + " ago\n"
                                    : "# the RDS could not be looked at yet\n";
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

}  // namespace rdscsi::csi
