// See run_stage.h.
#include "scenarios/engine/run_stage.h"

#include <algorithm>
#include <limits>
#include <map>

#include "base/log.h"

namespace scenario {

using rdscsi::base::Guard;

namespace {

// Remembers who is behind a session, so that events can name the controller. Several connections report at
// once; Quiet, so that a kill never finds the lock held.
class Peers {
 public:
  // The peer's name after what this event says of it; empty when nobody told it.
  std::string name(rdssim::faults::Event const& event) {
    rdscsi::base::detail::Quiet const quiet;
    Guard const guard(mutex_);
    if (event.kind == rdssim::faults::Event::Kind::connected) names_[event.session] = event.text;
    auto const found = names_.find(event.session);
    return found == names_.end() ? std::string() : found->second;
  }

  static int controller(std::string const& name) {
    if (name.empty()) return -1;
    std::size_t const dash = name.rfind('-');
    return dash == std::string::npos ? 0 : std::atoi(name.c_str() + dash + 1);
  }

 private:
  rdscsi::base::Mutex mutex_;
  std::map<rdssim::faults::SessionId, std::string> names_;
};

void note_connection(Stage& stage, rdssim::faults::Event const& event, std::string const& peer) {
  using Kind = rdssim::faults::Event::Kind;
  Event note;
  note.start = note.end = event.at - stage.recorder.start;
  note.lane = Lane::connection;
  note.fields["peer"] = peer;
  if (event.kind == Kind::connected) {
    note.name = "connect";
    note.result = event.detail;
    note.outcome = event.detail == "accept" ? Event::Outcome::ok : Event::Outcome::failed;
  } else if (event.kind == Kind::logged_in) {
    note.name = "login";
    note.outcome = Event::Outcome::ok;
  } else if (event.kind == Kind::session_closed) {
    note.name = "session closed";
    note.fields["by"] = event.detail;
  } else if (event.kind == Kind::boot_stage) {
    note.name = kBootNote;
    note.result = event.text;
    note.fields.clear();
  } else {
    return;
  }
  stage.recorder.add_note(note);
}

std::string fault_name(Stage& stage, rdssim::faults::FaultId id) {
  if (id == 0 || stage.player == nullptr) return {};
  Guard guard(stage.player->play().mutex);
  for (auto const& [name, known] : stage.player->play().faults) {
    if (known == id) return name;
  }
  return {};
}

void subscribe(Stage& stage) {
  auto const peers = std::make_shared<Peers>();
  stage.rds->subscribe([&stage, peers](rdssim::faults::Event const& event) {
    std::string const name = peers->name(event);
    note_connection(stage, event, name.empty() ? event.text : name);
    stage.hub.post_device_event(event, fault_name(stage, event.fault), Peers::controller(name));
  });
}

RulesInput rules_input(Stage& stage, RunRequest const& request, Duration now) {
  RulesInput input;
  input.level = request.level;
  input.attempts = stage.recorder.attempts();
  input.notes = stage.recorder.notes();
  Duration const before = stage.zero_time - stage.recorder.start;
  for (Event& note : input.notes) {
    note.start -= before;
    note.end -= before;
  }
  input.faults = stage.rds->faults();
  input.effects = stage.rds->with_device([](auto& device) { return device.effects(); });
  input.logs = stage.recorder.log_lines();
  input.end = stage.oracle->look();
  input.disturbed = stage.player->play().disturbed;
  if (stage.options.nodes) input.nodes = *stage.options.nodes;
  input.cluster = stage.options.cluster.get();
  auto const fencing = stage.options.flags.find("device-fencing");
  input.fencing = fencing == stage.options.flags.end() || fencing->second != "false";
  input.connects = stage.rds->counters().connects;
  input.now = now;
  input.zero_time = stage.zero_time;
  return input;
}

TraceInput trace_input(Stage& stage, RulesInput const& rules) {
  TraceInput input;
  input.attempts = rules.attempts;
  input.notes = rules.notes;
  input.commands = stage.rds->history();
  input.faults = rules.faults;
  input.counters = stage.rds->counters();
  input.logs = rules.logs;
  input.effects = std::count_if(rules.effects.begin(), rules.effects.end(),
                                [](auto const& effect) { return effect.user != "admin"; });
  for (auto const& [name, id] : stage.player->play().faults) input.fault_names[id] = name;
  input.zero_time = stage.zero_time;
  input.now = rules.now;
  return input;
}

void read_rds_world(Value const& rds, WorldOptions& options, std::int64_t& used) {
  if (Value const* pool = rds.find("pool")) {
    options.pool_bytes = integer_or(*pool, "size", options.pool_bytes);
    options.pool_filesystem = text_or(*pool, "filesystem", options.pool_filesystem);
    if (Value const* part = pool->find("used")) {
      used = static_cast<std::int64_t>(static_cast<double>(options.pool_bytes) * part->number);
    }
  }
  if (Value const* latency = rds.find("latency")) {
    options.latency.off = latency->text == "none";
    if (latency->kind == Value::Kind::map) {
      options.latency.low = duration_or(*latency, "from", options.latency.low);
      options.latency.high = duration_or(*latency, "to", options.latency.high);
    } else if (latency->kind == Value::Kind::duration) {
      options.latency.low = options.latency.high = latency->duration;
    }
  }
}

void set_busy(rdssim::routeros::Device& device, Value const* rds) {
  Value const* busy = rds == nullptr ? nullptr : rds->find("busy");
  if (busy == nullptr) return;
  rdssim::routeros::Device::Timing timing{std::chrono::milliseconds(500), std::chrono::milliseconds(300),
                                          std::chrono::milliseconds(100), std::chrono::milliseconds(100)};
  timing.disk_add = duration_or(*busy, "disk_add", timing.disk_add);
  timing.disk_remove = duration_or(*busy, "disk_remove", timing.disk_remove);
  timing.disk_set = duration_or(*busy, "disk_set", timing.disk_set);
  timing.file_remove = duration_or(*busy, "file_remove", timing.file_remove);
  device.set_timing(timing);
}

}  // namespace

WorldOptions world_options(Scenario const& scenario, std::uint64_t seed, std::string const& profile) {
  WorldOptions options;
  options.seed = seed;
  options.profile = profile;
  options.pool_bytes = std::int64_t{4} << 40;
  std::int64_t used = 0;
  if (Value const* rds = scenario.world.find("rds")) read_rds_world(*rds, options, used);
  options.pool_used_bytes = used;
  options.controllers = static_cast<int>(integer_or(scenario.world, "controllers", 1));
  if (Value const* driver = scenario.world.find("driver")) {
    if (Value const* flags = driver->find("flags")) {
      for (auto const& [flag, value] : flags->map) options.flags[flag] = value.text;
    }
  }
  if (Value const* nodes = scenario.world.find("nodes")) {
    options.nodes.emplace();
    for (auto const& [node, nqn] : nodes->map) (*options.nodes)[node] = nqn.text;
  }
  if (Value const* owners = scenario.world.find("owners"))
    options.cluster =
        std::make_shared<Cluster>(duration_or(*owners, "appear_after", std::chrono::seconds(1)));
  return options;
}

absl::Status Stage::build(Scenario const& scenario, RunRequest const& request) {
  options = world_options(scenario, request.seed, request.profile);
  auto device = rdssim::routeros::Device::make(request.profile, options.pool_bytes, request.seed,
                                               options.pool_filesystem);
  if (!device.ok()) return device.status();
  // The judge counts every effect and every command of a run.
  (*device)->keep_effects(std::numeric_limits<std::size_t>::max());
  rdssim::faults::FaultyDeviceOptions faulty;
  faulty.history_kept = std::numeric_limits<std::size_t>::max();
  faulty.seed = request.seed;
  faulty.latency = options.latency;
  Value const* rds_world = scenario.world.find("rds");
  if (rds_world != nullptr) {
    faulty.session_limit = static_cast<int>(integer_or(*rds_world, "session_limit", faulty.session_limit));
    faulty.channel_limit = static_cast<int>(integer_or(*rds_world, "channel_limit", faulty.channel_limit));
  }
  rds = std::make_unique<rdssim::faults::FaultyDevice>(*std::move(device), faulty);
  oracle = std::make_unique<Oracle>(*rds);
  absl::Status const planted = oracle->plant_neighbours(request.profile);
  if (!planted.ok()) return planted;
  rds->with_device([&](rdssim::routeros::Device& held) {
    set_busy(held, rds_world);
    if (options.pool_used_bytes > 0) held.reserve_pool_bytes("storage-pool", options.pool_used_bytes);
  });
  recorder.start = rdscsi::base::now();
  subscribe(*this);
  return {};
}

void Stage::play(Scenario const& scenario, RunRequest const& request, RunResult& result) {
  player =
      std::make_unique<Player>(scenario, *world, recorder, *oracle, hub, options.cluster.get(), request.seed);
  std::uint64_t const sleeps = rdscsi::base::real_sleep_count();
  player->run();
  rdscsi::base::sleep_for(
      std::chrono::milliseconds(request.level == 1 ? 2000 : 200));  // let running work settle
  zero_time = rdscsi::base::now() - player->now();
  Duration const now = player->now();
  Judge judge(scenario, *world, recorder, *oracle, player->play());
  judge.judge_end(now);
  RulesInput rules = rules_input(*this, request, now);
  if (request.level == 1) rules.real_sleeps = rdscsi::base::real_sleep_count() - sleeps;
  result.violations = player->play().violations;
  for (Violation& violation : check_rules(rules, *oracle)) result.violations.push_back(std::move(violation));
  result.trace = make_trace(trace_input(*this, rules));
  result.trace.real_sleeps = rules.real_sleeps;
}

void capture_logs(Recorder& recorder, std::function<int()> controller_of) {
  rdscsi::base::LogOptions options;
  options.level = rdscsi::base::LogLevel::info;
  options.sink = [&recorder,
                  controller_of = std::move(controller_of)](rdscsi::base::LogRecord const& record) {
    LogLine line;
    line.controller = controller_of();
    line.level = static_cast<int>(record.level);
    line.message = record.message;
    line.line = record.line;
    recorder.add_log(std::move(line));
  };
  rdscsi::base::configure_logging(std::move(options));
}

RunResult blank_result(Scenario const& scenario, RunRequest const& request) {
  RunResult result;
  result.scenario_id = scenario.id;
  result.title = scenario.title;
  result.profile = request.profile;
  result.level = request.level;
  result.seed = request.seed;
  result.repeat_line = request.repeat_line.empty() ? repeat_line(scenario, request) : request.repeat_line;
  return result;
}

void settle(RunResult& result) {
  result.verdict = result.violations.empty() ? Verdict::passed : Verdict::failed;
}

}  // namespace scenario
