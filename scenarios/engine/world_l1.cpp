// See world_l1.h.
#include "scenarios/engine/world_l1.h"

#include <charconv>
#include <utility>

#include "base/log.h"
#include "base/reasons.h"
#include "simulator/faults/fault.h"

namespace scenario {

using rdscsi::base::Context;
using rdscsi::base::Effect;
using rdscsi::base::fail;
using rdscsi::base::Guard;
using rdscsi::base::Mailbox;
using rdscsi::base::Reason;
using rdscsi::base::Status;
using rdscsi::base::StatusOr;
using rdscsi::base::TimePoint;

using AnswerBox = Mailbox<Answer>;

struct WorldL1::Wish {
  Request request;
  TimePoint deadline{};
  std::string label;
  std::shared_ptr<AnswerBox> box;
  bool stop = false;  // SIGTERM
};

// What a plugin's process holds.
struct WorldL1::Process {
  Process(rdscsi::csi::DriverOptions const& options, std::shared_ptr<rdscsi::rds::Connector> connector)
      : driver(options, std::move(connector)) {}

  rdscsi::csi::Driver driver;
  std::optional<rdscsi::csi::Monitoring> monitoring;  // stopped before the driver goes
};

struct WorldL1::Controller {
  int index = 0;
  std::string domain;
  bool alive = false;    // takes requests
  bool leaving = false;  // was told to stop, and has not gone
  std::shared_ptr<Mailbox<Wish>> inbox;
  std::vector<std::shared_ptr<AnswerBox>> pending;  // orchestrator domain: who must hear of a death, in order
};

namespace {

constexpr Duration kSocket = std::chrono::microseconds(100);  // the unix socket, one way

std::string domain_name(int index) {
  return "controller-" + std::to_string(index);
}

Answer failed(Status const& status) {
  Answer answer;
  answer.code = std::string(rdscsi::csi::grpc_code_name(rdscsi::csi::grpc_code(status)));
  answer.message = std::string(status.message());
  answer.failure = status;
  return answer;
}

Answer lost_connection(std::string why) {
  Answer answer;
  answer.code = "UNAVAILABLE";
  answer.message = std::move(why);
  return answer;
}

// Rule 6: what is left of a deadline after the margin min(500 ms, 10 %).
TimePoint with_margin(TimePoint deadline) {
  Duration const left = deadline - rdscsi::base::now();
  Duration const margin = std::min<Duration>(std::chrono::milliseconds(500), left / 10);
  return deadline - margin;
}

struct Dispatch {
  rdscsi::csi::Driver& driver;
  std::optional<rdscsi::csi::Monitoring>& monitoring;
  Context const& ctx;

  Answer operator()(csi::CreateVolumeRequest const& request) const {
    StatusOr<csi::VolumeInfo> const result = driver.controller().create_volume(ctx, request);
    if (!result.ok()) return failed(result.status());
    Answer answer;
    answer.code = "OK";
    answer.volume = *result;
    return answer;
  }
  Answer operator()(csi::DeleteVolumeRequest const& request) const {
    Status const result = driver.controller().delete_volume(ctx, request);
    if (!result.ok()) return failed(result);
    Answer answer;
    answer.code = "OK";
    return answer;
  }
  Answer operator()(csi::ExpandVolumeRequest const& request) const {
    StatusOr<csi::ExpandVolumeResponse> const result = driver.controller().expand_volume(ctx, request);
    if (!result.ok()) return failed(result.status());
    Answer answer;
    answer.code = "OK";
    answer.capacity_bytes = result->capacity_bytes;
    answer.node_expansion = result->node_expansion_required;
    return answer;
  }
  Answer operator()(csi::PublishVolumeRequest const& request) const {
    StatusOr<csi::PublishVolumeResponse> const result = driver.controller().publish_volume(ctx, request);
    if (!result.ok()) return failed(result.status());
    Answer answer;
    answer.code = "OK";
    answer.publish_context = result->publish_context;
    return answer;
  }
  Answer operator()(csi::UnpublishVolumeRequest const& request) const {
    Status const result = driver.controller().unpublish_volume(ctx, request);
    if (!result.ok()) return failed(result);
    Answer answer;
    answer.code = "OK";
    return answer;
  }
  Answer operator()(csi::GetVolumeRequest const& request) const {
    StatusOr<csi::GetVolumeResponse> const result = driver.controller().get_volume(ctx, request);
    if (!result.ok()) return failed(result.status());
    Answer answer;
    answer.code = "OK";
    answer.volume = result->volume;
    answer.status = result->status;
    return answer;
  }
  Answer operator()(csi::ListVolumesRequest const& request) const {
    StatusOr<csi::ListVolumesResponse> const result = driver.controller().list_volumes(ctx, request);
    if (!result.ok()) return failed(result.status());
    Answer answer;
    answer.code = "OK";
    for (auto const& entry : result->entries) answer.listed.push_back(entry.volume);
    answer.next_token = result->next_token;
    return answer;
  }
  Answer operator()(csi::CreateSnapshotRequest const& request) const {
    return of(driver.controller().create_snapshot(ctx, request));
  }
  Answer operator()(csi::DeleteSnapshotRequest const& request) const {
    Status const result = driver.controller().delete_snapshot(ctx, request);
    if (!result.ok()) return failed(result);
    Answer answer;
    answer.code = "OK";
    return answer;
  }
  Answer operator()(csi::GetSnapshotRequest const& request) const {
    return of(driver.controller().get_snapshot(ctx, request));
  }
  Answer operator()(csi::ListSnapshotsRequest const& request) const {
    StatusOr<csi::ListSnapshotsResponse> const result = driver.controller().list_snapshots(ctx, request);
    if (!result.ok()) return failed(result.status());
    Answer answer;
    answer.code = "OK";
    for (auto const& entry : result->entries) answer.listed.push_back(of_snapshot(entry));
    answer.next_token = result->next_token;
    return answer;
  }
  static Answer of(StatusOr<csi::SnapshotInfo> const& result) {
    if (!result.ok()) return failed(result.status());
    Answer answer;
    answer.code = "OK";
    answer.volume = of_snapshot(*result);
    return answer;
  }
  Answer operator()(csi::GetCapacityRequest const& request) const {
    StatusOr<csi::GetCapacityResponse> const result = driver.controller().get_capacity(ctx, request);
    if (!result.ok()) return failed(result.status());
    Answer answer;
    answer.code = "OK";
    answer.available_bytes = result->available_bytes;
    return answer;
  }
  Answer operator()(csi::ValidateVolumeCapabilitiesRequest const& request) const {
    StatusOr<csi::ValidateVolumeCapabilitiesResponse> const result =
        driver.controller().validate_volume_capabilities(ctx, request);
    if (!result.ok()) return failed(result.status());
    Answer answer;
    answer.code = "OK";
    answer.confirmed = result->confirmed;
    answer.message = result->message;
    return answer;
  }
  Answer operator()(ProbeRequest const&) const {
    Answer answer;
    answer.code = "OK";
    answer.ready = driver.ready();
    return answer;
  }
  Answer operator()(StatusRequest const&) const {
    Answer answer;
    answer.code = "OK";
    answer.ready = driver.ready();
    answer.connection = std::string(rdscsi::rds::to_string(driver.connection_status().state));
    answer.swept = driver.orphans();
    return answer;
  }
  Answer operator()(ScrapeRequest const&) const {
    if (!monitoring) {
      return failed(fail(Reason::unsupported, Effect::none,
                         "no metrics: the scenario gives the driver no flag metrics-address"));
    }
    Answer answer;
    answer.code = "OK";
    answer.page = monitoring->metrics_page();
    return answer;
  }
};

// As the gRPC edge calls it; empty for what is no CSI call.
std::string rpc_of(std::string_view verb) {
  if (verb == "status" || verb == "scrape") return {};
  std::string const prefix = verb == "expand_volume" || verb == "publish_volume" ||
                                     verb == "unpublish_volume" || verb == "get_volume"
                                 ? "Controller"
                                 : "";
  std::string name;
  bool upper = true;
  for (char const c : verb) {
    if (c != '_') name += upper ? static_cast<char>(c - 'a' + 'A') : c;
    upper = c == '_';
  }
  return prefix + name;
}

using Setter = Status (*)(rdscsi::csi::DriverOptions&, std::string const& flag, std::string const& value);

Status set_duration(Duration& target, std::string const& flag, std::string const& value) {
  StatusOr<Duration> const parsed = rdssim::faults::parse_duration(value);
  if (!parsed.ok()) return rdscsi::base::annotate(parsed.status(), "driver flag " + flag);
  target = *parsed;
  return {};
}

Status set_integer(int& target, std::string const& flag, std::string const& value) {
  auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), target);
  if (error == std::errc() && end == value.data() + value.size()) return {};
  return fail(Reason::invalid_argument, Effect::none,
              "driver flag " + flag + "=" + value + ": expected a whole number");
}

Status set_slot_style(rdscsi::csi::DriverOptions& options, std::string const& flag,
                      std::string const& value) {
  using rdscsi::rds::SlotStyle;
  if (value == "auto") {
    options.devices.front().territory.slot_style = SlotStyle::automatic;
  } else if (value == "full") {
    options.devices.front().territory.slot_style = SlotStyle::full;
  } else if (value == "compact") {
    options.devices.front().territory.slot_style = SlotStyle::compact;
  } else {
    return fail(Reason::invalid_argument, Effect::none,
                "driver flag " + flag + "=" + value + ": expected auto, full or compact");
  }
  return {};
}

// The four flags of the look for orphans; the first one turns it on, whatever their order.
Status set_orphans(rdscsi::csi::DriverOptions& options, std::string const& flag, std::string const& value) {
  if (!options.orphans) options.orphans.emplace();
  if (flag == "enable-orphan-reconciler" && value == "true") return {};
  if (flag == "orphan-check-interval") return set_duration(options.orphans->interval, flag, value);
  if (flag == "orphan-grace-period") return set_duration(options.orphans->grace, flag, value);
  if (flag == "orphan-dry-run" && (value == "true" || value == "false")) {
    options.orphans->dry_run = value == "true";
    return {};
  }
  return fail(Reason::invalid_argument, Effect::none,
              "driver flag " + flag + "=" + value +
                  ": expected enable-orphan-reconciler=true, orphan-check-interval, orphan-grace-period or "
                  "orphan-dry-run=true or false");
}

Status apply_flag(rdscsi::csi::DriverOptions& options, std::string const& flag, std::string const& value) {
  if (flag == "rds-heartbeat")
    return set_duration(options.devices.front().connection.heartbeat_interval, flag, value);
  if (flag == "rds-connect-timeout")
    return set_duration(options.devices.front().connection.connect_timeout, flag, value);
  if (flag == "rds-command-timeout")
    return set_duration(options.devices.front().connection.command_timeout, flag, value);
  if (flag == "rds-channels")
    return set_integer(options.devices.front().connection.channels_max, flag, value);
  if (flag == "slot-style") return set_slot_style(options, flag, value);
  if (flag.find("orphan") != std::string::npos) return set_orphans(options, flag, value);
  if (flag == "cluster-id") {
    options.devices.front().territory.cluster_id = value;
    return {};
  }
  if (flag == "device-fencing") {
    options.fencing = value != "false";
    return {};
  }
  if (flag == "snapshots") {
    options.snapshots = value == "auto";
    return {};
  }
  return fail(Reason::invalid_argument, Effect::none,
              "driver flag " + flag +
                  ": L1 knows rds-heartbeat, rds-connect-timeout, rds-command-timeout, "
                  "rds-channels, slot-style, cluster-id, device-fencing, snapshots, metrics-address, "
                  "metrics-interval and those of orphans");
}

}  // namespace

StatusOr<std::optional<rdscsi::csi::MonitoringOptions>> monitoring_options_l1(
    std::map<std::string, std::string> const& flags) {
  std::optional<rdscsi::csi::MonitoringOptions> options;
  if (flags.contains("metrics-address")) options.emplace();
  for (auto const& [flag, value] : flags) {
    if (!flag.starts_with("metrics-") || flag == "metrics-address") continue;
    if (!options || flag != "metrics-interval")
      return fail(Reason::invalid_argument, Effect::none,
                  "driver flag " + flag + ": L1 knows metrics-address, and with it metrics-interval");
    if (Status const set = set_duration(options->interval, flag, value); !set.ok()) return set;
  }
  return options;
}

StatusOr<rdscsi::csi::DriverOptions> driver_options_l1(std::map<std::string, std::string> const& flags) {
  rdscsi::csi::DriverOptions options;
  options.vendor_version = "scenario";
  options.snapshots = true;  // the flag's default
  options.devices.front().endpoint.address = "10.42.68.1";
  options.devices.front().endpoint.user = "csi";
  options.devices.front().territory.base_path = "/storage-pool/metal-csi";
  options.devices.front().territory.cluster_id = "default";
  if (auto const monitored = monitoring_options_l1(flags); !monitored.ok()) return monitored.status();
  for (auto const& [flag, value] : flags) {
    if (flag.starts_with("metrics-")) continue;
    Status const applied = apply_flag(options, flag, value);
    if (!applied.ok()) return applied;
  }
  return options;
}

WorldL1::WorldL1(rdscsi::base::Scheduler& scheduler, WorldOptions options, rdssim::faults::FaultyDevice& rds,
                 Recorder& recorder)
    : scheduler_(scheduler),
      options_(std::move(options)),
      rds_(rds),
      recorder_(recorder),
      start_(rdscsi::base::now()),
      link_(scheduler, rds,
            [&recorder](std::string const& label, int change) { recorder.add_execs(label, change); }) {
  link_.start();
  for (int index = 0; index < options_.controllers; ++index) {
    auto controller = std::make_shared<Controller>();
    controller->index = index;
    controller->domain = domain_name(index);
    controllers_.push_back(controller);
  }
  for (int index = 0; index < options_.controllers; ++index) restart_controller(index);
}

WorldL1::~WorldL1() {
  for (int index = 0; index < controllers(); ++index) {
    if (controller_alive(index)) stop_controller(index);
  }
  link_.stop();
}

Duration WorldL1::now() const {
  return rdscsi::base::now() - start_;
}

void WorldL1::spawn(std::string name, std::function<void()> body) {
  scheduler_.spawn("orchestrator", std::move(name), std::move(body));
}

bool WorldL1::controller_alive(int index) const {
  Guard guard(mutex_);
  return controllers_[static_cast<std::size_t>(index)]->alive;
}

std::shared_ptr<WorldL1::Controller> WorldL1::living(int index) {
  Guard guard(mutex_);
  std::shared_ptr<Controller> controller = controllers_[static_cast<std::size_t>(index)];
  return controller->alive ? std::move(controller) : nullptr;
}

// The controller's main thread: owns the Driver, gives each request a thread, leaves at SIGTERM.
void WorldL1::run_controller(std::shared_ptr<Controller> controller) {
  StatusOr<rdscsi::csi::DriverOptions> options = driver_options_l1(options_.flags);
  if (options_.nodes) {
    std::vector<rdscsi::csi::NodeRecord> nodes;
    for (auto const& [node, nqn] : *options_.nodes) nodes.push_back({node, nqn == "-" ? "" : nqn});
    options->nodes = std::make_shared<rdscsi::csi::FixedNodeDirectory>(std::move(nodes));
  }
  if (options_.cluster) options->owners = std::make_shared<ClusterOwners>(options_.cluster);
  auto const inbox = controller->inbox;
  auto process = std::make_shared<Process>(*options, link_.connector(controller->domain));
  auto& driver = process->driver;
  if (auto const monitored = monitoring_options_l1(options_.flags); monitored.ok() && *monitored) {
    process->monitoring.emplace(**monitored, rdscsi::csi::watch(driver, options->devices));
    process->monitoring->start_looking();
  }
  driver.start();
  std::uint64_t count = 0;
  while (true) {
    StatusOr<Wish> wish = inbox->receive(Context::background());
    if (!wish.ok()) return;
    if (wish->stop) {
      // Whether every operation ended in time shows in the answers; the process goes either way.
      Status const stopped = driver.stop(Context::background().with_timeout(std::chrono::seconds(30)));
      if (!stopped.ok())
        log(rdscsi::base::LogLevel::warn, Context::background(), std::string(stopped.message()));
      process.reset();
      wish->box->send(Answer{});
      return;
    }
    scheduler_.spawn(
        controller->domain, "rpc-" + std::to_string(++count), [process, held = *std::move(wish)]() mutable {
          Answer answer = serve(*process, held);
          process.reset();
          held.box->send(std::move(answer), rdscsi::base::now() + std::chrono::microseconds(100));
        });
  }
}

Answer WorldL1::serve(Process& process, Wish const& wish) {
  Context ctx = Context::background().with_deadline(with_margin(wish.deadline));
  if (!wish.label.empty()) ctx = ctx.with_field("attempt", wish.label);
  std::string const rpc = rpc_of(verb_of(wish.request));
  if (!rpc.empty()) ctx = ctx.with_field("rpc", rpc);
  rdscsi::base::TimePoint const came = rdscsi::base::now();
  Answer answer = std::visit(Dispatch{process.driver, process.monitoring, ctx}, wish.request);
  if (process.monitoring && !rpc.empty()) {
    using rdscsi::csi::CallKind;
    CallKind const kind = is_mutating(verb_of(wish.request)) ? CallKind::change : CallKind::chatter;
    if (auto const* create = std::get_if<csi::CreateVolumeRequest>(&wish.request);
        create != nullptr && !create->source_id.empty())
      ctx = ctx.with_field("source", create->source_id);
    process.monitoring->answered(ctx.with_field("volume", volume_id_of(wish.request)),
                                 {rpc, kind, answer.failure, rdscsi::base::now() - came});
  }
  return answer;
}

Answer WorldL1::call(int index, Request const& request, Duration timeout, std::string const& label) {
  std::shared_ptr<Controller> const controller = living(index);
  if (controller == nullptr) return lost_connection("the controller's socket is gone");
  Wish wish;
  wish.request = request;
  wish.deadline = rdscsi::base::now() + timeout;
  wish.label = label;
  wish.box = std::make_shared<AnswerBox>();
  auto const box = wish.box;
  std::shared_ptr<Mailbox<Wish>> inbox;
  {
    Guard guard(mutex_);
    // It may have died since: nobody would tell a box that comes after its end.
    if (!controller->alive) return lost_connection("the controller's socket is gone");
    controller->pending.push_back(box);
    inbox = controller->inbox;
  }
  inbox->send(std::move(wish), rdscsi::base::now() + kSocket);
  StatusOr<Answer> answer = box->receive(Context::background().with_timeout(timeout));
  {
    Guard guard(mutex_);
    std::erase(controller->pending, box);
  }
  if (answer.ok()) return *std::move(answer);
  Answer late;
  late.code = "DEADLINE_EXCEEDED";
  late.message = "client: no answer before the deadline";
  return late;
}

void WorldL1::kill_controller(int index) {
  Controller& controller = *controllers_[static_cast<std::size_t>(index)];
  {
    Guard guard(mutex_);
    if (!controller.alive && !controller.leaving) return;
    controller.alive = false;
  }
  scheduler_.kill(controller.domain);
  link_.peer_died(controller.domain);
  hang_up(controller);
}

void WorldL1::hang_up(Controller& controller) {
  std::vector<std::shared_ptr<AnswerBox>> pending;
  {
    Guard guard(mutex_);
    pending.swap(controller.pending);
  }
  for (auto const& box : pending) box->send(lost_connection("the controller's socket was reset"));
}

void WorldL1::stop_controller(int index) {
  std::shared_ptr<Controller> const controller = controllers_[static_cast<std::size_t>(index)];
  auto const box = std::make_shared<AnswerBox>();
  Wish wish;
  wish.stop = true;
  wish.box = box;
  {
    Guard guard(mutex_);
    if (!controller->alive) return;
    controller->alive = false;
    controller->leaving = true;
    controller->pending.push_back(box);  // hears of a kill
    controller->inbox->send(std::move(wish));
  }
  if (!box->receive(Context::background().with_timeout(std::chrono::seconds(35))).ok())
    scheduler_.kill(controller->domain);
  link_.peer_died(controller->domain);
  hang_up(*controller);  // on requests that came when nobody took any more
  {
    Guard guard(mutex_);
    controller->leaving = false;
  }
  gone_.notify_all();
}

void WorldL1::restart_controller(int index) {
  std::shared_ptr<Controller> const controller = controllers_[static_cast<std::size_t>(index)];
  {
    rdscsi::base::Lock lock(mutex_);
    gone_.wait(lock, [&] { return !controller->leaving; });
    if (controller->alive) return;
    controller->inbox = std::make_shared<Mailbox<Wish>>();
    controller->alive = true;
  }
  if (scheduler_.killed(controller->domain)) scheduler_.revive(controller->domain);
  scheduler_.spawn(controller->domain, "main", [this, controller] { run_controller(controller); });
}

void WorldL1::rds_power(bool on) {
  link_.set_power(on);
}

}  // namespace scenario
