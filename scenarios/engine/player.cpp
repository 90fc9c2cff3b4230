// See player.h.
#include "scenarios/engine/player.h"

#include <algorithm>
#include <cmath>

#include "scenarios/engine/judge.h"
#include "scenarios/engine/world_changes.h"

namespace scenario {

using rdscsi::base::Guard;
using rdscsi::base::RandomStream;
using rdscsi::base::StatusOr;

namespace {

constexpr Duration kDefaultCallTimeout =
    std::chrono::seconds(10);  // external-provisioner's --timeout default is 10 s
constexpr Duration kTick = std::chrono::seconds(1);

struct RetryPolicy {
  bool provisioner = false;
  Duration give_up{};  // zero: never
  int times = 0;       // zero: no limit
};

RetryPolicy retry_policy(Value const& with) {
  RetryPolicy policy;
  Value const* retry = with.find("retry");
  if (retry == nullptr) return policy;
  if (retry->kind == Value::Kind::map) {
    policy.provisioner = text_or(*retry, "policy", "none") == "provisioner";
    policy.give_up = duration_or(*retry, "for", Duration::zero());
    policy.times = static_cast<int>(integer_or(*retry, "times", 0));
  } else {
    policy.provisioner = retry->text == "provisioner";
  }
  return policy;
}

std::map<std::string, std::string> texts(Value const& map) {
  std::map<std::string, std::string> out;
  for (auto const& [key, value] : map.map) {
    if (key != "nth") out[key] = value.text;
  }
  return out;
}

}  // namespace

Value numbered(Value const& value, std::string const& placeholder, int number) {
  Value copy = value;
  std::string const digits = std::to_string(number);
  for (std::size_t at = copy.text.find(placeholder); at != std::string::npos;
       at = copy.text.find(placeholder)) {
    copy.text.replace(at, placeholder.size(), digits);
  }
  for (Value& element : copy.list) element = numbered(element, placeholder, number);
  for (auto& [key, element] : copy.map) element = numbered(element, placeholder, number);
  return copy;
}

Player::Player(Scenario const& scenario, World& world, Recorder& recorder, Oracle& oracle, EventHub& hub,
               Cluster* cluster, std::uint64_t seed)
    : scenario_(scenario),
      world_(world),
      recorder_(recorder),
      oracle_(oracle),
      hub_(hub),
      cluster_(cluster),
      random_(RandomStream(seed).derive("player")) {}

void Player::violate(std::string predicate, std::string message, Place place) {
  Guard guard(play_.mutex);
  play_.violations.push_back({std::move(predicate), std::move(message), now(), std::move(place)});
}

void Player::run() {
  put_given();
  setting_up_ = false;
  play_.zero = world_.now();
  hub_.open();
  world_.spawn("fault-expiry", [this] { expire_faults(); });
  world_.spawn("watch", [this] { watch(); });
  for (std::size_t i = 0; i < scenario_.load.size(); ++i) {
    world_.spawn("load-" + std::to_string(i), [this, i] { run_load(i); });
  }
  for (std::size_t i = 0; i < scenario_.timeline.size(); ++i) {
    world_.spawn("step-" + std::to_string(i), [this, i] { run_step(i); });
  }
  for (std::size_t i = 0; i < scenario_.timeline.size(); ++i) {
    hub_.wait("step", {{"index", std::to_string(i)}}, 1);
  }
  timeline_done_ = true;
  for (std::size_t i = 0; i < scenario_.load.size(); ++i)
    hub_.wait("load", {{"index", std::to_string(i)}}, 1);
  hub_.post({"done", {}});
  hub_.wait("side", {}, 2);
}

// --- given ---

void Player::given_volume(Value const& with) {
  int const count = static_cast<int>(integer_or(with, "count", 1));
  std::string const as = text_or(with, "as", "");
  for (int i = 1; i <= count; ++i) {
    std::string const suffix = count == 1 ? "" : "-" + std::to_string(i);
    Value create = with;
    for (auto& [key, value] : create.map) {
      if (key == "name") value.text += suffix;
    }
    Attempt last;
    for (int number = 1; number <= 60; ++number) {
      last = attempt_once(as + suffix, "create_volume", create, 0, number);
      if (last.answer.ok() || world_.given_up()) break;
      rdscsi::base::sleep_for(kTick);
    }
    if (!last.answer.ok())
      violate("given", as + suffix + ": " + last.answer.code + " " + last.answer.message, with.place);
  }
}

void Player::put_given() {
  for (Value const& entry : scenario_.given) {
    auto const& [word, with] = entry.map.front();
    absl::Status done;
    if (word == "volume") {
      given_volume(with);
    } else if (word == "unmarked_volume") {
      std::string const id = text_or(with, "id", "");
      done = oracle_.plant_unmarked(id, integer_or(with, "size", 0), text_or(with, "path", ""),
                                    boolean_or(with, "export", true));
      play_.ids[text_or(with, "as", id)] = id;
      if (cluster_ != nullptr) cluster_->made(id);
    } else {
      done = plant(oracle_, word, with);
    }
    if (!done.ok()) violate("given", std::string(done.message()), entry.place);
  }
}

// --- steps ---

void Player::run_step(std::size_t index) {
  RandomStream random = random_.derive("step-" + std::to_string(index));
  if (await_trigger(index, random)) {
    act(index);
  } else {
    violate("step-never-happened", "what it waited for did not happen before the end",
            scenario_.timeline[index].place);
  }
  hub_.post({"step", {{"index", std::to_string(index)}}});
}

bool Player::await_trigger(std::size_t index, RandomStream& random) {
  Trigger const& trigger = scenario_.timeline[index].trigger;
  if (trigger.at) {
    Duration const left = *trigger.at - now();
    if (left > Duration::zero()) rdscsi::base::sleep_for(left);
  } else if (trigger.when) {
    auto const& [event, fields] = trigger.when->map.front();
    if (!hub_.wait(event, texts(fields), static_cast<int>(integer_or(fields, "nth", 1)))) return false;
  } else if (index > 0) {
    if (!hub_.wait("step", {{"index", std::to_string(index - 1)}}, 1)) return false;
  }
  Duration const delay = random.between(trigger.after_low, std::max(trigger.after_low, trigger.after_high));
  if (delay > Duration::zero()) rdscsi::base::sleep_for(delay);
  return true;
}

void Player::act(std::size_t index) {
  Step const& step = scenario_.timeline[index];
  switch (step.kind) {
    case Step::Kind::call: {
      std::string const name = step.as.empty() ? step.verb + "-" + std::to_string(index + 1) : step.as;
      std::string const ended = "copies-" + std::to_string(index);
      for (int copy = 2; copy <= step.parallel; ++copy) {
        world_.spawn(name + "#" + std::to_string(copy), [this, name, &step, copy, ended] {
          call_step(name, step.verb, numbered(step.with, "{i}", copy), copy);
          hub_.post({ended, {}});
        });
      }
      call_step(name, step.verb, numbered(step.with, "{i}", 1), 1);
      if (step.parallel > 1) hub_.wait(ended, {}, step.parallel - 1);
      break;
    }
    case Step::Kind::fault:
      fault_step(step);
      break;
    case Step::Kind::heal:
      heal_step(step);
      break;
    case Step::Kind::world:
      world_step(step);
      break;
  }
}

Attempt Player::attempt_once(std::string const& name, std::string const& verb, Value const& with, int copy,
                             int number) {
  Attempt attempt;
  std::map<std::string, csi::VolumeInfo> volumes;
  {
    Guard guard(play_.mutex);
    volumes = play_.volumes;
    for (auto const& [alias, id] : play_.ids) {
      if (!volumes.contains(alias)) volumes[alias].volume_id = id;
    }
  }
  StatusOr<Request> request = make_request(verb, with, volumes);
  if (!request.ok()) {
    violate("engine", std::string(request.status().message()), with.place);
    return attempt;
  }
  attempt.call = name;
  attempt.verb = verb;
  attempt.number = number;
  attempt.setup = setting_up_;
  attempt.controller = static_cast<int>(integer_or(with, "controller", 0));
  attempt.request = *request;
  if (auto const* validate = std::get_if<csi::ValidateVolumeCapabilitiesRequest>(&*request);
      validate != nullptr && with.find("context") == nullptr) {
    auto filled = *validate;
    auto const known = volumes.find(text_or(with, "volume", ""));
    if (known != volumes.end()) filled.context = known->second.context;
    attempt.request = filled;
  }
  Duration const timeout = duration_or(with, "deadline", kDefaultCallTimeout);
  attempt.start = now();
  attempt.deadline = attempt.start + timeout;
  std::size_t const index = recorder_.begin_attempt(attempt);
  {
    Guard guard(play_.mutex);
    play_.attempts[name].push_back(index);
    if (verb == "create_volume" || verb == "create_snapshot")
      play_.ids.try_emplace(name, volume_id_of(attempt.request));
  }
  hub_.post({"call", {{"of", name}, {"is", "started"}}});
  std::string const label = name + "#" + std::to_string(copy) + "." + std::to_string(number);
  attempt.answer = world_.call(attempt.controller, attempt.request, timeout, label);
  attempt.end = now();
  attempt.answered = attempt.answer.message.rfind("client: ", 0) != 0;
  attempt.controller_died = !world_.controller_alive(attempt.controller);
  if (attempt.answer.ok() && is_mutating(verb)) attempt.look = oracle_.look();
  attempt.execs = recorder_.execs_of(label);
  recorder_.end_attempt(index, attempt);
  finish_call(name, attempt);
  return attempt;
}

void Player::tell_cluster(Attempt const& attempt) {
  if (cluster_ == nullptr || !attempt.answer.ok()) return;
  if (attempt.verb == "create_volume" || attempt.verb == "create_snapshot") {
    cluster_->made(attempt.answer.volume.volume_id);
  } else if (attempt.verb == "delete_volume" || attempt.verb == "delete_snapshot") {
    cluster_->deleted(volume_id_of(attempt.request));
  }
}

void Player::finish_call(std::string const& name, Attempt const& attempt) {
  bool const named = attempt.verb == "create_volume" || attempt.verb == "create_snapshot";
  if (named && attempt.answer.ok()) {
    Guard guard(play_.mutex);
    play_.volumes[name] = attempt.answer.volume;
    play_.ids[name] = attempt.answer.volume.volume_id;
  }
  tell_cluster(attempt);
  hub_.post({"call", {{"of", name}, {"is", "finished"}}});
}

// One caller: its attempts, with the pauses external-provisioner makes between them (1 s doubling to 5 min).
void Player::call_step(std::string const& name, std::string const& verb, Value const& with, int copy) {
  RetryPolicy const policy = retry_policy(with);
  Duration const began = now();
  Duration pause = std::chrono::seconds(1);
  for (int number = 1;; ++number) {
    Attempt attempt = attempt_once(name, verb, with, copy, number);
    // Later pages of a list are part of the same answer.
    bool const list = verb == "list_volumes" || verb == "list_snapshots";
    if (list && boolean_or(with, "all_pages", true)) {
      while (attempt.answer.ok() && !attempt.answer.next_token.empty()) {
        Value next = with;
        Value token;
        token.kind = Value::Kind::text;
        token.text = attempt.answer.next_token;
        std::erase_if(next.map, [](auto const& entry) { return entry.first == "starting_token"; });
        next.map.push_back({"starting_token", token});
        attempt = attempt_once(name, verb, next, copy, ++number);
      }
    }
    bool const spent = (policy.times > 0 && number >= policy.times) ||
                       (policy.give_up > Duration::zero() && now() - began + pause > policy.give_up);
    if (attempt.answer.ok() || !policy.provisioner || spent || world_.given_up()) return;
    rdscsi::base::sleep_for(pause);
    pause = std::min<Duration>(pause * 2, std::chrono::minutes(5));
  }
}

void Player::fault_step(Step const& step) {
  rdssim::faults::Arguments arguments;
  for (auto const& [key, value] : step.with.map) arguments.emplace_back(key, value.text);
  if (step.lasts) arguments.emplace_back("for", std::to_string(step.lasts->count() / 1'000'000) + "ms");
  if (step.chance < 1.0) arguments.emplace_back("chance", std::to_string(step.chance));
  StatusOr<rdssim::faults::Fault> fault = rdssim::faults::parse_fault(step.verb, arguments);
  if (!fault.ok()) {
    violate("engine", std::string(fault.status().message()), step.place);
    return;
  }
  rdssim::faults::FaultId const id = world_.rds().inject(*fault);
  Guard guard(play_.mutex);
  play_.faults[step.as.empty() ? step.verb : step.as] = id;
}

void Player::heal_step(Step const& step) {
  if (step.verb == "all") {
    world_.rds().heal_all();
  } else {
    rdssim::faults::FaultId id = 0;
    {
      Guard guard(play_.mutex);
      id = play_.faults[step.verb];
    }
    world_.rds().heal(id);
  }
  Guard guard(play_.mutex);
  play_.last_heal = std::max(play_.last_heal, now());
}

bool Player::cluster_change(Step const& step) {
  if (step.verb != "lose_owner" && step.verb != "owners_lists") return false;
  if (cluster_ == nullptr) {
    violate("engine", step.verb + " needs world.owners", step.place);
  } else if (step.verb == "owners_lists") {
    std::string const is = text_or(step.with, "are", "right");
    cluster_->set_lists(is == "stale"     ? Cluster::Lists::stale
                        : is == "empty"   ? Cluster::Lists::empty
                        : is == "failing" ? Cluster::Lists::failing
                                          : Cluster::Lists::right);
  } else {
    Guard guard(play_.mutex);
    cluster_->lost(play_.ids[text_or(step.with, "of", "")]);
  }
  return true;
}

void Player::world_step(Step const& step) {
  Event note;
  note.start = note.end = rdscsi::base::now() - recorder_.start;
  note.lane = Lane::connection;
  note.name = step.verb;
  for (auto const& [key, value] : step.with.map) note.fields[key] = value.text;
  recorder_.add_note(note);
  if (cluster_change(step)) return;
  std::string volume_id;
  {
    Guard guard(play_.mutex);
    play_.disturbed = play_.disturbed || step.verb != "write_bytes";  // that is what hosts are there for
    volume_id = play_.ids[text_or(step.with, "volume", "")];
  }
  absl::Status const done = apply_world_change(world_, oracle_, step.verb, step.with, volume_id);
  if (done.ok()) return;
  bool const late = step.verb == "stop_controller";
  violate(late ? "stops-in-time" : "engine", std::string(done.message()), step.place);
}

void Player::run_load(std::size_t index) {
  Value const& entry = scenario_.load[index];
  RandomStream random = random_.derive("load-" + std::to_string(index));
  std::string const verb = text_or(entry, "call", "");
  std::string const name = text_or(entry, "as", verb + "-load");
  Duration const lasts = duration_or(entry, "for", Duration::max());
  std::int64_t const times = integer_or(entry, "times", INT64_MAX);
  Value const* every = entry.find("every");
  Value const* arguments = entry.find("with");
  Value const empty;
  for (std::int64_t round = 1; round <= times && now() < lasts && !world_.given_up(); ++round) {
    if (timeline_done_ && times == INT64_MAX && lasts == Duration::max()) break;
    Duration pause = every->duration;
    if (every->kind == Value::Kind::map) {
      double const mean = static_cast<double>(duration_or(*every, "mean", kTick).count());
      pause = Duration(static_cast<std::int64_t>(-mean * std::log(1.0 - random.unit())));
    }
    rdscsi::base::sleep_for(pause);
    call_step(name, verb, numbered(arguments == nullptr ? empty : *arguments, "{n}", static_cast<int>(round)),
              static_cast<int>(round));
  }
  hub_.post({"load", {{"index", std::to_string(index)}}});
}

// --- side threads ---

// Faults with a window end when somebody looks; this is who looks.
void Player::expire_faults() {
  std::size_t seen = 0;
  while (!timeline_done_ || world_.rds().next_expiry() != rdscsi::base::kNoDeadline) {
    hub_.wait_for_news(seen, world_.rds().next_expiry());
    world_.rds().expire();
  }
  for (rdssim::faults::FaultRecord const& record : world_.rds().faults()) {
    if (!record.healed) continue;
    Guard guard(play_.mutex);
    play_.last_heal =
        std::max(play_.last_heal, world_.now() - (rdscsi::base::now() - *record.healed) - play_.zero);
  }
  hub_.post({"healed", {}});
  hub_.post({"side", {}});
}

// Judges `always` and `never` after every event, and waits for every `eventually`.
void Player::watch() {
  Judge judge(scenario_, world_, recorder_, oracle_, play_);
  std::vector<Watched> watched = judge.watched();
  std::size_t seen = 0;
  // What must come true within a time is looked at every second, so that being late is seen as late.
  bool const any_eventually = std::any_of(watched.begin(), watched.end(), [](Watched const& one) {
    return one.expectation->when == Expectation::When::eventually;
  });
  Duration const tick = any_eventually ? kTick : std::chrono::minutes(1);
  while (!watched.empty() && !timeline_done_) {
    hub_.wait_for_news(seen, rdscsi::base::now() + tick);
    judge.look_now(watched, now());
  }
  hub_.wait("healed", {}, 1);
  while (judge.eventually_pending(watched, now())) {
    judge.look_now(watched, now());
    rdscsi::base::sleep_for(std::chrono::milliseconds(100));
  }
  judge.close(watched, now());
  hub_.post({"side", {}});
}

}  // namespace scenario
