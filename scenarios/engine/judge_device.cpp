// The judge's predicates over the device, and the cost counts. See judge.h.
#include <algorithm>

#include "base/log.h"
#include "scenarios/engine/judge.h"
#include "scenarios/engine/run_rules.h"

namespace scenario {

using rdscsi::base::Guard;

namespace {

std::int64_t count_orphans(Oracle const& oracle, DeviceLook const& look,
                           std::vector<Attempt> const& attempts) {
  std::map<std::string, int> disks, files;
  for (auto const& row : oracle.our_disks(look)) ++disks[Oracle::id_of_path(row.file_path)];
  for (auto const& row : oracle.our_files(look)) ++files[Oracle::id_of_path(row.name)];
  std::map<std::string, bool> wanted;  // by the newest definite answer
  for (Attempt const& attempt : attempts) {
    if (!attempt.answer.ok()) continue;
    if (attempt.verb == "create_volume") wanted[attempt.answer.volume.volume_id] = true;
    if (attempt.verb == "delete_volume") wanted[volume_id_of(attempt.request)] = false;
  }
  std::int64_t orphans = 0;
  for (auto const& [id, count] : disks) {
    bool const stands = wanted[id] || oracle.unmarked(id);
    if (!stands || count != 1 || !files.contains(id)) ++orphans;
  }
  for (auto const& [id, count] : files) {
    if (!disks.contains(id)) ++orphans;
  }
  std::map<std::string, bool> cut;
  for (Attempt const& attempt : attempts) {
    if (!attempt.answer.ok()) continue;
    if (attempt.verb == "create_snapshot") cut[attempt.answer.volume.volume_id] = true;
    if (attempt.verb == "delete_snapshot") cut[volume_id_of(attempt.request)] = false;
  }
  auto stands = static_cast<std::int64_t>(Oracle::snapshots_of(look, "").size());
  for (auto const& [id, wanted_now] : cut) {
    if (wanted_now) stands -= static_cast<std::int64_t>(Oracle::snapshots_of(look, id).size());
  }
  return orphans + stands;
}

Look judge_volume(Oracle const& oracle, DeviceLook const& look, std::string const& id, std::int64_t answered,
                  Value const& arguments) {
  auto const disks = oracle.disks_of(look, id);
  auto const files = oracle.files_of(look, id);
  std::string const found = id + ": " + std::to_string(disks.size()) + " disks, " +
                            std::to_string(files.size()) + " files" +
                            (disks.empty() ? "" : ", " + std::to_string(disks[0].size_bytes) + " bytes") +
                            (disks.empty() || disks[0].nvme_tcp_export ? "" : ", not exported");
  auto presence = [&](std::string_view key, bool present) {
    Value const* wanted = arguments.find(key);
    return wanted == nullptr || (wanted->text == "present") == present;
  };
  bool fits = presence("disk", disks.size() == 1) && presence("file", files.size() == 1) &&
              disks.size() <= 1 && files.size() <= 1;
  if (Value const* size = arguments.find("size"))
    fits = fits && !disks.empty() && disks[0].size_bytes == size->integer;
  if (Value const* exported = arguments.find("exported")) {
    fits = fits && !disks.empty() && disks[0].nvme_tcp_export == exported->boolean;
  }
  if (Value const* size = arguments.find("answered_size")) fits = fits && answered == size->integer;
  return decided(fits, found + ", answered " + std::to_string(answered) + " bytes");
}

}  // namespace

Look Judge::look_lets_in(Value const& arguments) {
  std::string const of = text_or(arguments, "of", ""), node = text_or(arguments, "node", "");
  std::string id;
  {
    Guard guard(play_.mutex);
    id = play_.ids[of];
  }
  if (id.empty()) return {Look::Is::not_yet, of + " was never asked for"};
  Value const* nodes = scenario_.world.find("nodes");
  std::string const nqn = nodes == nullptr ? "-" : text_or(*nodes, node, "-");
  auto const disks = oracle_.disks_of(oracle_.look(), id);
  if (disks.size() != 1) return decided(false, id + ": " + std::to_string(disks.size()) + " disks");
  bool const in = lets_in(disks[0], nqn == "-" ? "" : nqn);
  return decided(in == boolean_or(arguments, "is", true),
                 id + (disks[0].nvme_tcp_export ? ": exported to `" + disks[0].allow_host + "`"
                                                : std::string(": not exported")));
}

Look Judge::look_device(std::string const& predicate, Value const& arguments) {
  if (predicate == "disks" || predicate == "files") {
    DeviceLook const look = oracle_.look();
    std::string const whose = text_or(arguments, "whose", "ours");
    bool const disks = predicate == "disks";
    auto const ours =
        static_cast<std::int64_t>(disks ? oracle_.our_disks(look).size() : oracle_.our_files(look).size());
    auto const all = static_cast<std::int64_t>(
        disks ? std::count_if(look.disks.begin(), look.disks.end(),
                              [](auto const& row) { return row.type == "file"; })
              : std::count_if(look.files.begin(), look.files.end(),
                              [](auto const& row) { return row.type != "directory" && row.type != "disk"; }));
    std::int64_t const count = whose == "ours" ? ours : whose == "all" ? all : all - ours;
    Value const* inner = arguments.find("count");
    return counted(inner == nullptr ? arguments : *inner, count, predicate);
  }
  if (predicate == "volume") {
    std::string const of = text_or(arguments, "of", "");
    std::string id;
    std::int64_t answered = 0;
    {
      Guard guard(play_.mutex);
      id = play_.ids[of];
      answered = play_.volumes[of].capacity_bytes;
    }
    if (id.empty()) return {Look::Is::not_yet, of + " was never asked for"};
    return judge_volume(oracle_, oracle_.look(), id, answered, arguments);
  }
  if (predicate == "lets_in") return look_lets_in(arguments);
  if (predicate == "snapshot") return look_snapshot(arguments);
  if (predicate == "bytes") return look_bytes(arguments);
  if (predicate == "snapshot_count") {
    auto const count = static_cast<std::int64_t>(Oracle::snapshots_of(oracle_.look(), "").size());
    return counted(arguments, count, predicate);
  }
  if (predicate == "orphans")
    return counted(arguments, count_orphans(oracle_, oracle_.look(), recorder_.attempts()), "orphans");
  if (predicate == "foreign_untouched") {
    if (oracle_.foreign_count() == 0) return {Look::Is::not_yet, "there is nothing foreign in this world"};
    std::optional<std::string> const damage = oracle_.foreign_damage(oracle_.look());
    return decided(damage.has_value() != boolean_or(arguments, "", arguments.boolean),
                   damage.value_or("all untouched"));
  }
  if (predicate == "pool_free") {
    std::int64_t const free = oracle_.look().pool_free;
    bool const fits =
        free >= integer_or(arguments, "min", 0) && free <= integer_or(arguments, "max", INT64_MAX);
    return decided(fits, std::to_string(free) + " bytes free");
  }
  if (predicate == "effects") {
    std::string const menu = text_or(arguments, "menu", ""), command = text_or(arguments, "command", "");
    auto const effects = world_.rds().with_device([](auto& device) { return device.effects(); });
    std::int64_t const count = std::count_if(effects.begin(), effects.end(), [&](auto const& effect) {
      return effect.user != "admin" && (menu.empty() || effect.menu == menu) &&
             (command.empty() || effect.command == command);
    });
    return counted(*arguments.find("count"), count, "effects");
  }
  if (predicate == "sent_text") {
    std::string const text = text_or(arguments, "text", "");
    auto const history = world_.rds().history();
    std::int64_t const count = std::count_if(history.begin(), history.end(), [&](auto const& command) {
      return command.line.find(text) != std::string::npos;
    });
    Value const* wanted = arguments.find("count");
    if (wanted != nullptr) return counted(*wanted, count, "exec lines with `" + text + "`");
    return decided(count > 0, std::to_string(count) + " exec lines with `" + text + "`");
  }
  return {};
}

Look Judge::look_cost(std::string const& cost, Value const& arguments) {
  auto const history = world_.rds().history();
  auto const counters = world_.rds().counters();
  auto const heartbeats =
      std::count_if(history.begin(), history.end(), [](auto const& one) { return is_heartbeat(one.line); });
  if (cost == "execs")
    return counted(arguments, static_cast<std::int64_t>(history.size()) - heartbeats, "execs");
  if (cost == "heartbeats") return counted(arguments, heartbeats, "heartbeats");
  if (cost == "handshakes")
    return counted(arguments, static_cast<std::int64_t>(counters.handshakes), "handshakes");
  if (cost == "connects") return counted(arguments, static_cast<std::int64_t>(counters.connects), "connects");
  if (cost == "channels_peak")
    return counted(arguments, static_cast<std::int64_t>(counters.channels_peak), "channels");
  if (cost == "channels_refused")
    return counted(arguments, static_cast<std::int64_t>(counters.channels_refused), "refused channels");
  if (cost == "log_lines")
    return counted(*arguments.find("count"), count_logs(recorder_, arguments), "log lines");
  if (cost == "effects") {
    auto const effects = world_.rds().with_device([](auto& device) { return device.effects(); });
    auto const count = std::count_if(effects.begin(), effects.end(),
                                     [](auto const& effect) { return effect.user != "admin"; });
    return counted(arguments, count, "effects");
  }
  if (cost == "execs_per_call") {
    if (!world_.sees_execs()) return decided(true, "this level cannot tell whose an exec is");
    std::string const call = text_or(arguments, "call", "");
    std::int64_t looked = 0;
    for (Attempt const& attempt : recorder_.attempts()) {
      if (attempt.setup || attempt.verb == "probe" || (!call.empty() && attempt.verb != call)) continue;
      ++looked;
      auto const execs = static_cast<std::int64_t>(attempt.execs);
      if (!count_fits(arguments, execs)) {
        return decided(false, attempt.call + " attempt " + std::to_string(attempt.number) + " took " +
                                  std::to_string(execs) + " execs");
      }
    }
    if (looked == 0) return {Look::Is::not_yet, "no such call"};
    return decided(true, std::to_string(looked) + " attempts");
  }
  return {Look::Is::not_yet, "the judge does not know the cost " + cost};
}

}  // namespace scenario
