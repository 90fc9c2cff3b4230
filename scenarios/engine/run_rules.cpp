// See run_rules.h.
#include "scenarios/engine/run_rules.h"

#include <algorithm>

#include "base/log.h"

namespace scenario {

namespace {

using Device = rdssim::routeros::Device;

struct Checker {
  RulesInput const& in;
  Oracle const& oracle;
  std::vector<Violation> violations;

  void broken(std::string rule, std::string message, Duration at) {
    violations.push_back({std::move(rule), std::move(message), at, {}});
  }

  // The id a mutating attempt is about; for a foreign CSI name the one some OK answer gave it.
  std::string id_of(Attempt const& attempt) const {
    std::string const name = volume_id_of(attempt.request);
    if (attempt.verb != "create_volume" || is_provisioner_name(name)) return name;
    for (Attempt const& other : in.attempts) {
      if (other.verb == "create_volume" && other.answer.ok() && volume_id_of(other.request) == name) {
        return other.answer.volume.volume_id;
      }
    }
    return {};
  }

  // Another attempt on the same volume was under way at some time between `one`'s start and its answer, or an
  // earlier one was left with an unknown outcome, so that its operation may still be running.
  bool contested(Attempt const& one) const {
    std::string const id = id_of(one);
    return std::any_of(in.attempts.begin(), in.attempts.end(), [&](Attempt const& other) {
      if (&other == &one || !is_mutating(other.verb) || other.verb == one.verb || id_of(other) != id)
        return false;
      bool const lingering = lingers(other, one) && !settled(other, one.start);
      return overlap(one, other) || lingering;
    });
  }

  // A later attempt of the same kind was OK before `by`, so whatever `unknown` had left running is over.
  bool settled(Attempt const& unknown, Duration by) const {
    return std::any_of(in.attempts.begin(), in.attempts.end(), [&](Attempt const& later) {
      return later.verb == unknown.verb && later.answer.ok() && later.start >= unknown.end &&
             later.end <= by && id_of(later) == id_of(unknown);
    });
  }

  // All the time between `from` and `to`: by a boot, from the moment the device went down until it mounted
  // its pools again, or by a fault. When it went or came in between, a command may have seen it.
  bool pool_was_gone(Duration from, Duration to) const {
    bool away = false, gone = true;
    for (Event const& note : in.notes) {
      if (note.name != kBootNote || note.start > to) continue;
      bool const mounted = note.result == to_string(rdssim::routeros::BootStage::pools) ||
                           note.result == to_string(rdssim::routeros::BootStage::up);
      if (note.start <= from) away = !mounted;
      if (note.start > from && mounted) gone = false;
    }
    if (away && gone) return true;
    return std::any_of(in.faults.begin(), in.faults.end(), [&](rdssim::faults::FaultRecord const& record) {
      if (record.fault.kind != rdssim::faults::FaultKind::pool_unmounted) return false;
      Duration const begin = record.injected - in.zero_time;
      Duration const end = record.healed ? *record.healed - in.zero_time : Duration::max();
      return begin <= from && end >= to;
    });
  }
};

std::string name_attempt(Attempt const& attempt) {
  return attempt.call + " attempt " + std::to_string(attempt.number) + " (" + attempt.verb + ")";
}

void rule_3_not_ours(Checker& check) {
  if (std::optional<std::string> const damage = check.oracle.foreign_damage(check.in.end)) {
    check.broken("rule-3-not-ours", *damage, check.in.now);
  }
  for (auto const& effect : check.in.effects) {
    if (effect.user == "admin" || effect.menu != "/file") continue;
    std::string const base = std::string(Oracle::kBase) + "/";
    std::string const target = effect.target.rfind("/", 0) == 0 ? effect.target.substr(1) : effect.target;
    if (target.compare(0, base.size(), base) != 0) {
      check.broken("rule-3-not-ours",
                   "/file " + effect.command + " of " + effect.target + ", outside the base path",
                   check.in.now);
    }
  }
}

void rule_4_ok_means_done(Checker& check) {
  for (Attempt const& attempt : check.in.attempts) {
    if (attempt.verb != "delete_volume" || !attempt.answer.ok() || check.contested(attempt)) continue;
    std::string const id = volume_id_of(attempt.request);
    std::size_t const left =
        check.oracle.disks_of(attempt.look, id).size() + check.oracle.files_of(attempt.look, id).size();
    if (left > 0) {
      check.broken("rule-4-ok-means-done",
                   name_attempt(attempt) + " was OK, but " + std::to_string(left) + " disks and files of " +
                       id + " were there",
                   attempt.end);
    }
  }
}

bool within(std::int64_t bytes, std::optional<csi::CapacityRange> const& range) {
  if (!range) return true;
  return bytes >= range->required_bytes && (range->limit_bytes == 0 || bytes <= range->limit_bytes);
}

// What an expansion answered is what the device had at that moment, disk and file.
void grown_means_grown(Checker& check) {
  for (Attempt const& attempt : check.in.attempts) {
    if (attempt.verb != "expand_volume" || !attempt.answer.ok() || check.contested(attempt)) continue;
    auto const& request = std::get<csi::ExpandVolumeRequest>(attempt.request);
    auto const disks = check.oracle.disks_of(attempt.look, request.volume_id);
    auto const files = check.oracle.files_of(attempt.look, request.volume_id);
    std::int64_t const answered = attempt.answer.capacity_bytes;
    bool const there = disks.size() == 1 && files.size() == 1 && disks[0].size_bytes >= answered &&
                       files[0].size_bytes >= answered;
    if (there && within(answered, request.capacity_range)) continue;
    check.broken("grown-means-grown",
                 name_attempt(attempt) + " was OK with " + std::to_string(answered) +
                     " bytes, the device has " +
                     (disks.empty() ? "no disk" : std::to_string(disks[0].size_bytes) + " bytes"),
                 attempt.end);
  }
}

void created_means_there(Checker& check) {
  for (Attempt const& attempt : check.in.attempts) {
    if (attempt.verb != "create_volume" || !attempt.answer.ok() || check.contested(attempt)) continue;
    csi::VolumeInfo const& answer = attempt.answer.volume;
    auto const& request = std::get<csi::CreateVolumeRequest>(attempt.request);
    auto const disks = check.oracle.disks_of(attempt.look, answer.volume_id);
    auto const files = check.oracle.files_of(attempt.look, answer.volume_id);
    bool const sizes = disks.size() == 1 && disks[0].size_bytes == answer.capacity_bytes &&
                       within(answer.capacity_bytes, request.capacity_range);
    if (check.in.disturbed && disks.size() != 1) continue;
    if (disks.size() == 1 && files.size() == 1 && sizes) continue;
    check.broken("created-means-there",
                 name_attempt(attempt) + " was OK with " + std::to_string(answer.capacity_bytes) +
                     " bytes, the device has " + std::to_string(disks.size()) + " disks" +
                     (disks.empty() ? "" : " of " + std::to_string(disks[0].size_bytes) + " bytes") +
                     " and " + std::to_string(files.size()) + " files of " + answer.volume_id,
                 attempt.end);
  }
}

void rule_5_honest_codes(Checker& check) {
  for (Attempt const& attempt : check.in.attempts) {
    if (attempt.answer.code == "INTERNAL" || attempt.answer.code == "UNKNOWN") {
      check.broken("rule-5-honest-codes",
                   name_attempt(attempt) + ": " + attempt.answer.code + " " + attempt.answer.message,
                   attempt.end);
    }
    if (attempt.answer.code == "NOT_FOUND" && check.pool_was_gone(attempt.start, attempt.end)) {
      check.broken("rule-5-honest-codes",
                   name_attempt(attempt) + " said NOT_FOUND while the pool was not visible", attempt.end);
    }
  }
}

void rule_6_in_time(Checker& check) {
  for (Attempt const& attempt : check.in.attempts) {
    if (attempt.controller_died || (attempt.answered && attempt.end <= attempt.deadline)) continue;
    check.broken("rule-6-in-time", name_attempt(attempt) + " got no answer before its deadline", attempt.end);
  }
}

struct LastWord {
  Attempt const* last = nullptr;
  bool any_unknown = false, any_ok = false;
};

// Publishing moves no disk and no file.
bool shapes_volume(std::string_view verb) {
  return verb == "create_volume" || verb == "delete_volume" || verb == "expand_volume";
}

void rule_7_no_debris(Checker& check) {
  if (!check.in.end.pool_visible) return;
  std::map<std::string, LastWord> words;
  for (Attempt const& attempt : check.in.attempts) {
    if (!shapes_volume(attempt.verb)) continue;
    std::string const id = check.id_of(attempt);
    if (id.empty()) continue;
    LastWord& word = words[id];
    if (word.last == nullptr || attempt.end >= word.last->end) word.last = &attempt;
    word.any_unknown = word.any_unknown || code_is_unknown(attempt.answer.code);
    word.any_ok = word.any_ok || attempt.answer.ok();
  }
  for (auto const& [id, word] : words) {
    std::size_t const disks = check.oracle.disks_of(check.in.end, id).size();
    std::size_t const files = check.oracle.files_of(check.in.end, id).size();
    std::string const found =
        id + ": " + std::to_string(disks) + " disks, " + std::to_string(files) + " files";
    if (disks > 1 || files > 1) check.broken("rule-7-no-debris", found, check.in.now);
    bool const abandoned = check.in.cluster != nullptr && check.in.cluster->has_lost(id);
    if (word.last->answer.ok() && !abandoned && !check.in.disturbed && !check.contested(*word.last)) {
      std::size_t const wanted = word.last->verb == "delete_volume" ? 0 : 1;
      if (disks != wanted || files != wanted) {
        check.broken("rule-7-no-debris", found + " after " + word.last->verb + " was OK", check.in.now);
      }
    }
    if (!word.any_ok && !word.any_unknown && !check.in.disturbed && !check.oracle.unmarked(id) &&
        disks + files > 0) {
      check.broken("rule-7-no-debris", found + " although every call on it failed", check.in.now);
    }
  }
}

void rule_8_one_line(Checker& check) {
  auto const failed = std::count_if(check.in.attempts.begin(), check.in.attempts.end(),
                                    [](Attempt const& attempt) { return !attempt.answer.ok(); });
  auto const lines = std::count_if(check.in.logs.begin(), check.in.logs.end(), [](LogLine const& line) {
    return line.level >= static_cast<int>(rdscsi::base::LogLevel::warn);
  });
  // Besides failed attempts, the connection monitor says one line per reconnect step and one per loss.
  auto const allowed = failed + static_cast<std::int64_t>(check.in.connects) * 2;
  if (lines > allowed) {
    check.broken("rule-8-one-line",
                 std::to_string(lines) + " warnings for " + std::to_string(failed) + " failed attempts and " +
                     std::to_string(check.in.connects) + " connects",
                 check.in.now);
  }
}

void rule_10_round_trips(Checker& check) {
  if (check.in.level != 1) return;
  bool const quiet = check.in.faults.empty() && !check.in.disturbed;
  for (Attempt const& attempt : check.in.attempts) {
    // Taking over a volume of the Go driver is the second command.
    bool const takes_over =
        attempt.verb == "publish_volume" && check.oracle.unmarked(volume_id_of(attempt.request));
    std::uint64_t const limit = quiet && attempt.answer.ok() && !takes_over ? 1 : 2;
    if (attempt.execs <= limit) continue;
    check.broken("rule-10-round-trips",
                 name_attempt(attempt) + " took " + std::to_string(attempt.execs) + " execs, at most " +
                     std::to_string(limit) + " are allowed",
                 attempt.end);
  }
}

// Some call took it from a node, so its export may be off.
bool was_unpublished(Checker const& check, std::string const& id) {
  return std::any_of(check.in.attempts.begin(), check.in.attempts.end(), [&](Attempt const& attempt) {
    return attempt.verb == "unpublish_volume" && volume_id_of(attempt.request) == id;
  });
}

// Every disk of ours is what a node will need: exported under its NQN, never mounted by the device itself.
void managed_disks(Checker& check) {
  if (check.in.disturbed) return;
  for (Device::DiskRow const& row : check.oracle.our_disks(check.in.end)) {
    std::string const id = Oracle::id_of_path(row.file_path);
    if (check.oracle.unmarked(id)) continue;
    std::string wrong;
    if (row.mount_filesystem) wrong += " mount-filesystem=yes";
    if (!row.nvme_tcp_export && !was_unpublished(check, id)) wrong += " not exported";
    if (row.nqn != "nqn.2000-02.com.mikrotik:" + id) wrong += " nqn=" + row.nqn;
    if (row.comment.rfind("rdscsi1 c=", 0) != 0) wrong += " comment=" + row.comment;
    if (row.size_bytes % 512 != 0) wrong += " size " + std::to_string(row.size_bytes) + " is no whole sector";
    if (!wrong.empty()) check.broken("managed-disks", row.slot + ":" + wrong, check.in.now);
  }
}

void faults_fired(Checker& check) {
  for (rdssim::faults::FaultRecord const& record : check.in.faults) {
    if (record.fired > 0) continue;
    check.broken("fault-never-fired", record.fault.description, check.in.now);
  }
}

void no_real_sleep(Checker& check) {
  if (check.in.level != 1 || check.in.real_sleeps == 0) return;
  check.broken("no-real-sleep", std::to_string(check.in.real_sleeps) + " real sleeps at L1", check.in.now);
}

}  // namespace

bool is_provisioner_name(std::string_view name) {
  if (name.size() != 40 || name.substr(0, 4) != "pvc-") return false;
  for (std::size_t i = 4; i < name.size(); ++i) {
    bool const dash = i == 12 || i == 17 || i == 22 || i == 27;
    bool const hex = (name[i] >= '0' && name[i] <= '9') || (name[i] >= 'a' && name[i] <= 'f');
    if (dash ? name[i] != '-' : !hex) return false;
  }
  return true;
}

std::vector<Violation> check_rules(RulesInput const& input, Oracle const& oracle) {
  Checker check{input, oracle, {}};
  rule_3_not_ours(check);
  rule_4_ok_means_done(check);
  created_means_there(check);
  grown_means_grown(check);
  rule_5_honest_codes(check);
  rule_6_in_time(check);
  rule_7_no_debris(check);
  rule_8_one_line(check);
  rule_10_round_trips(check);
  managed_disks(check);
  faults_fired(check);
  no_real_sleep(check);
  for (Violation& violation : check_publishing(input, oracle))
    check.violations.push_back(std::move(violation));
  for (Violation& violation : check_snapshots(input)) check.violations.push_back(std::move(violation));
  for (Violation& violation : check_owned(input, oracle)) check.violations.push_back(std::move(violation));
  return std::move(check.violations);
}

}  // namespace scenario
