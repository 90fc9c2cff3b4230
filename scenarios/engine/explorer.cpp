// See explorer.h.
#include "scenarios/engine/explorer.h"

#include <algorithm>

#include "base/random.h"

namespace scenario {

namespace {

using rdscsi::base::RandomStream;

constexpr int kVolumes = 4, kSnapshots = 2, kStepsMin = 6, kStepsMax = 24;
constexpr int kMillisecondsMax = 6'000;      // between two steps
constexpr int kQuietMilliseconds = 150'000;  // from the last step until the world is put in order

std::string volume(int number) {
  return "pvc-e0000000-0000-4000-8000-00000000000" + std::to_string(number);
}
// Made from a snapshot or from another volume.
std::string copy(int number) {
  return "pvc-e0000000-0000-4000-8000-0000000000c" + std::to_string(number);
}
std::string snapshot_name(int number) {
  return "snapshot-e0000000-0000-4000-8000-00000000000" + std::to_string(number);
}
std::string snapshot_id(int number) {
  return "snap-e0000000-0000-4000-8000-00000000000" + std::to_string(number);
}

// Draws the steps of one story.
class Author {
 public:
  Author(RandomStream random, bool snapshots) : random_(random), snapshots_(snapshots) {}

  std::vector<std::string> steps() {
    auto const count = random_.between(std::int64_t{kStepsMin}, std::int64_t{kStepsMax});
    for (std::int64_t i = 0; i < count; ++i) {
      // Some happen at the very same time.
      if (!random_.chance(0.2)) at_ += random_.between(std::int64_t{0}, std::int64_t{kMillisecondsMax});
      auto const kind = random_.below(20);
      if (kind < 13) {
        call();
      } else if (kind < 19) {
        fault();
      } else {
        change();
      }
    }
    return std::move(steps_);
  }

 private:
  template <typename T>
  T one_of(std::vector<T> const& of) {
    return of[random_.below(of.size())];
  }
  int number(int below) { return static_cast<int>(random_.below(static_cast<std::uint64_t>(below))); }
  std::string size() { return one_of<std::string>({"1GiB", "2GiB", "5GiB", "1073741825"}); }
  std::string node() { return one_of<std::string>({"n1", "n2", "n3"}); }
  std::string some_volume() { return random_.chance(0.8) ? volume(number(kVolumes)) : copy(number(2)); }

  std::string at() const { return "at: " + std::to_string(at_) + "ms, "; }
  void step(std::string const& text) { steps_.push_back("  - {" + at() + text + "}\n"); }

  // Most callers try again as their sidecar does, some give up.
  void call(std::string const& verb, std::string arguments) {
    if (random_.chance(0.6)) {
      arguments += std::string(arguments.empty() ? "" : ", ") + "retry: {policy: provisioner, times: 5}";
    }
    if (random_.chance(0.15)) {
      arguments += std::string(arguments.empty() ? "" : ", ") +
                   "deadline: " + one_of<std::string>({"300ms", "1s", "3s"});
    }
    step("call: " + verb + ", as: c" + std::to_string(steps_.size()) + ", with: {" + arguments + "}");
  }

  void call() {
    switch (random_.below(snapshots_ ? 14 : 10)) {
      case 0:
      case 1:
      case 2:
        return call("create_volume", "name: " + volume(number(kVolumes)) + ", size: " + size());
      case 3:
      case 4:
        return call("delete_volume", "id: " + some_volume());
      case 5:
      case 6:
        return call("publish_volume", "id: " + some_volume() + ", node: " + node());
      case 7:
        return call("unpublish_volume", "id: " + some_volume() + ", node: " + node());
      case 8:
        return call("expand_volume", "id: " + some_volume() + ", size: " + size());
      case 9:
        return random_.chance(0.5) ? call("list_volumes", "") : call("get_volume", "id: " + some_volume());
      case 10:
        return call("create_snapshot",
                    "name: " + snapshot_name(number(kSnapshots)) + ", id: " + volume(number(kVolumes)));
      case 11:
        return call("delete_snapshot", "id: " + snapshot_id(number(kSnapshots)));
      case 12:
        return call("create_volume", "name: " + copy(0) + ", size: " + size() +
                                         ", from_snapshot: " + snapshot_id(number(kSnapshots)));
      default:
        return call("create_volume",
                    "name: " + copy(1) + ", size: " + size() + ", from_volume: " + volume(number(kVolumes)));
    }
  }

  void fault(std::string const& word, std::string const& arguments, bool lasts) {
    std::string const window =
        lasts ? ", for: " + std::to_string(random_.between(std::int64_t{1}, std::int64_t{40})) + "s" : "";
    step("fault: " + word + ", as: f" + std::to_string(steps_.size()) + window + ", with: {" + arguments +
         "}");
  }

  std::string some_change() {
    return one_of<std::string>({"menu: /disk, command: add", "menu: /disk, command: set",
                                "menu: /disk, command: remove", "menu: /file, command: remove"});
  }

  void fault() {
    switch (random_.below(14)) {
      case 0:
        return fault("reset", "", false);
      case 1:
        return fault("reset", some_change() + ", at: " + one_of<std::string>({"command", "reply"}), false);
      case 2:
        return fault("half_open", "", true);
      case 3:
        return fault("reply_lost", some_change() + ", how: " + one_of<std::string>({"hang", "reset"}), false);
      case 4:
      case 5:
        return fault("session_dies", some_change() + ", after_effect: 1", false);
      case 6:
        return fault("slow",
                     some_change() + ", busy: " + one_of<std::string>({"2s", "8s", "35s"}) + ", times: 1",
                     false);
      case 7:
        return fault("output_cut", "menu: /disk, times: 1", false);
      case 8:
        return fault("output_garbled", "menu: /disk, bytes: 3, times: 1", false);
      case 9:
        return fault("log_line", "menu: /disk, times: 1", false);
      case 10:
        return fault("pool_full", "left: 1GiB", true);
      case 11:
        return fault("pool_unmounted", "", true);
      case 12:
        return fault("refuse", "", true);
      default:
        return fault("channel_refused", "", true);
    }
  }

  void change() {
    if (random_.chance(0.3)) {
      step("world: rds_reboot, with: {ssh_after: 20s, pool_after: 10s}");
      at_ += 40'000;
      return;
    }
    // Dies or is told to go, and comes again.
    step(random_.chance(0.6) ? "world: kill_controller, with: {}" : "world: stop_controller, with: {}");
    at_ += random_.between(std::int64_t{100}, std::int64_t{20'000});
    step("world: restart_controller, with: {}");
  }

  RandomStream random_;
  bool const snapshots_;
  std::int64_t at_ = 1000;  // milliseconds
  std::vector<std::string> steps_;
};

// When the last step begins, in milliseconds: its text says so.
std::int64_t last_moment(Exploration const& exploration) {
  std::int64_t last = 0;
  for (auto const& step : exploration.steps)
    last = std::max<std::int64_t>(last, std::stoll(step.substr(step.find("at: ") + 4)));
  return last;
}

// Everything that may be there is given back and removed, by callers who do not give up.
std::string last_part(Exploration const& exploration, std::vector<std::string>& names) {
  bool const snapshots = exploration.profile != "7.16";
  std::string const moment = std::to_string(last_moment(exploration) + kQuietMilliseconds) + "ms";
  std::string text = "  - {at: " + moment + ", world: restart_controller, with: {}}\n  - {heal: all}\n";
  auto const call = [&](std::string const& verb, std::string const& arguments) {
    names.push_back("end" + std::to_string(names.size()));
    text += "  - {call: " + verb + ", as: " + names.back() + ", with: {" + arguments +
            ", retry: {policy: provisioner, times: 12}}}\n";
  };
  std::vector<std::string> volumes;
  for (int i = 0; i < kVolumes; ++i) volumes.push_back(volume(i));
  if (snapshots) {
    for (int i = 0; i < 2; ++i) volumes.push_back(copy(i));
    for (int i = 0; i < kSnapshots; ++i) call("delete_snapshot", "id: " + snapshot_id(i));
  }
  for (auto const& id : volumes) call("unpublish_volume", "id: " + id);
  for (auto const& id : volumes) call("delete_volume", "id: " + id);
  return text;
}

}  // namespace

std::string Exploration::id() const {
  return "explored-" + std::to_string(seed);
}

Exploration explore(std::uint64_t seed) {
  static std::vector<std::string> const profiles = {"7.16", "7.21", "7.24"};
  Exploration exploration;
  exploration.seed = seed;
  exploration.profile = profiles[seed % profiles.size()];
  RandomStream const random = RandomStream(seed).derive("explorer");
  exploration.steps = Author(random, exploration.profile != "7.16").steps();
  return exploration;
}

std::string scenario_text(Exploration const& exploration) {
  std::vector<std::string> names;
  std::string const ending = last_part(exploration, names);
  std::string text =
      "# Found by `rds-scenario explore`.\nformat: 1\nid: " + exploration.id() +
      "\ntitle: Random operations and faults, and everything put in order\nwhy: >\n"
      "  Whatever was done and went wrong, once it is over everything can be removed, and "
      "nothing is left.\n"
      "origin: {kind: explorer, evidence: invented}\nprofiles: [\"" +
      exploration.profile + "\"]\nseeds: {from: " + std::to_string(exploration.seed) +
      ", count: 1}\nbudget: {virtual: 4h}\nworld:\n  nodes: {n1: \"nqn.2014-08.org.nvmexpress:n1\", "
      "n2: \"nqn.2014-08.org.nvmexpress:n2\", n3: \"-\"}\n"
      "  # A self-test that was cut leaves scratch subvolumes, which the look for orphans removes.\n"
      "  driver:\n    flags: {rds-command-timeout: 5s, rds-heartbeat: 2s, enable-orphan-reconciler: true, "
      "orphan-check-interval: 30s, orphan-grace-period: 20s, orphan-dry-run: false}\ntimeline:\n";
  for (auto const& step : exploration.steps) text += step;
  text += ending +
          "expect:\n  always:\n    - foreign_untouched: true\n  eventually:\n"
          "    - {within: 2m, since: heal, that: {probe_ready: true}}\n"
          "    - {within: 30m, since: heal, that: {files: 0}}\n  finally:\n";
  for (auto const& name : names) text += "    - result: {of: " + name + ", is: ok}\n";
  text +=
      "    - disks: 0\n    - files: 0\n    - snapshot_count: 0\n  cost:\n    - execs_per_call: {max: 2}\n";
  return text;
}

std::vector<std::string> broken_rules(RunResult const& result) {
  std::vector<std::string> rules;
  for (auto const& violation : result.violations) {
    if (violation.predicate == "fault-never-fired") continue;
    rules.push_back(violation.predicate);
  }
  std::sort(rules.begin(), rules.end());
  rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
  return rules;
}

Exploration shrink(Exploration exploration, std::function<bool(Exploration const&)> const& fails,
                   int tries_max) {
  int tries = 0;
  for (std::size_t width = std::max<std::size_t>(exploration.steps.size() / 2, 1); width > 0; width /= 2) {
    for (std::size_t first = 0; first < exploration.steps.size();) {
      if (++tries > tries_max) return exploration;
      Exploration without = exploration;
      auto const begin = without.steps.begin() + static_cast<std::ptrdiff_t>(first);
      auto const end =
          without.steps.begin() + static_cast<std::ptrdiff_t>(std::min(first + width, without.steps.size()));
      without.steps.erase(begin, end);
      if (fails(without)) {
        exploration = std::move(without);
      } else {
        first += width;
      }
    }
  }
  return exploration;
}

}  // namespace scenario
