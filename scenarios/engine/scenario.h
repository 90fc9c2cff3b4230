// Scenario: one scenario file as checked data. Made by engine/loader.cpp from YAML that passed schema.json;
// used by the worlds (engine/world_l1.cpp, engine/world_l2.cpp), the judge and the reports.
// scenarios/README.md teaches the file format itself.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace scenario {

using rdscsi::base::Duration;

// Where a value stands in its file, for messages: "ssh-timeout-after-commit.yaml:31:7".
struct Place {
  std::string file;
  int line = 0;    // 1-based
  int column = 0;  // 1-based
  std::string to_string() const;
};

// A typed argument tree: what remains of YAML after the schema has accepted it. Durations and sizes are
// parsed.
struct Value {
  struct Entry;  // {first: key, second: value}
  enum class Kind { null, boolean, integer, number, text, duration, bytes, list, map } kind = Kind::null;
  bool boolean = false;
  std::int64_t integer = 0;  // also bytes
  double number = 0;         // also a percentage, as 0..1
  std::string text;          // always the source spelling for scalars
  Duration duration{};
  std::vector<Value> list;
  std::vector<Entry> map;  // in file order
  Place place;
  Place key_place;  // of the key in front of it, if it is a value of a map

  // The value below `key`, or null if there is none or this is not a map.
  Value const* find(std::string_view key) const;
};

struct Value::Entry {
  std::string first;
  Value second;
};

enum class Evidence { observed, documented, suspected, invented };

struct Origin {
  std::string kind;  // incident, spec, review, explorer
  int incident = 0;  // number in the incident catalogue; 0 = none
  Evidence evidence = Evidence::invented;
  std::string ref;
};

// A moment in the timeline: a fixed virtual time or an event, plus a delay drawn by the seed. With neither,
// the step follows the one before it once that has finished (a call: answered, its retries included; the
// first: time 0).
struct Trigger {
  std::optional<Duration> at;
  std::optional<Value> when;  // one key: an event predicate, e.g. {rds_effect: {menu: /disk, command: add}}
  Duration after_low{}, after_high{};
};

struct Step {
  Trigger trigger;
  enum class Kind { call, fault, heal, world } kind = Kind::call;
  std::string verb;               // RPC, fault or world-change name; heal: "all" or the fault's `as`
  Value with;                     // arguments (map)
  std::string as;                 // name of the result, for calls and faults
  std::optional<Duration> lasts;  // `for:`, faults only
  double chance = 1.0;            // faults only
  int parallel = 1;  // calls only: equal calls at once; "{i}" in a text is each one's number from 1
  Place place;
};

// One expectation: a predicate of the closed vocabulary with its arguments.
struct Expectation {
  enum class When { always, never, eventually, finally, cost } when = When::finally;
  std::string predicate;
  Value arguments;
  Duration within{};  // eventually only
  std::string since;  // eventually only: start, heal
  Place place;
};

struct Scenario {
  std::string file;  // path as given
  std::string id;    // equals the file's stem
  std::string title, why;
  Origin origin;
  std::vector<std::string> tags;
  std::vector<int> levels;            // subset of {1, 2}; in which the file makes sense
  std::vector<std::string> profiles;  // RouterOS profiles it must pass under
  std::uint64_t seed_from = 1, seed_count = 20;
  Duration virtual_budget{};  // a run that needs more has failed
  Duration wall_budget{};     // L2
  Value world;                // {rds: {...}, driver: {flags: {...}}, controllers: n}
  std::vector<Value> given;   // maps of one key, a word of givens()
  std::vector<Value> load;    // maps: call, with, as, every, for, times; "{n}" in a text is the round from 1
  std::vector<Step> timeline;
  std::vector<Expectation> expectations;
};

}  // namespace scenario
