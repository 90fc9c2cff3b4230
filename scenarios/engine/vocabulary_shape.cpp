// The shape of a whole scenario file: its keys, a timeline entry, an expectation block. See vocabulary.h.
#include "scenarios/engine/vocabulary.h"
#include "scenarios/engine/vocabulary_build.h"

namespace scenario {

using namespace make;  // NOLINT(google-build-using-namespace): a table of one-word makers

namespace {

Type timeline_step() {
  Type step = of(Type::Kind::step);
  step.what = "timeline entry";
  step.fields = {
      may("at", duration(), "virtual time since the run began"),
      may("when", word("event", events()),
          "once this happens; without at and when: once the entry before has finished"),
      may("after", delay(), "so much later; {from, to}: drawn by the seed"),
      may("as", name(), "names a call's answers or a fault"),
      may("for", duration(), "a fault heals itself after this long"),
      may("chance", percent(), "of a fault, drawn each time it could strike"),
      may("parallel", integer(),
          "so many equal calls at once; {i} in a text argument is each one's number from 1"),
      may("heal", either({choice({"all"}), fault_reference()}), "ends one fault, or all"),
  };
  step.verbs = {{"call", &calls()}, {"fault", &faults()}, {"world", &world_changes()}};
  return step;
}

Type load_step() {
  Type step = of(Type::Kind::step);
  step.what = "load entry";
  step.fields = {
      may("as", name(), "names the answers"),
      must("every",
           either({duration(), map({must("mean", duration(), "exponentially distributed with this mean")})}),
           "time between two rounds"),
      may("for", duration(), "stops after this long; default: the end of the timeline"),
      may("times", integer(), "stops after so many rounds"),
  };
  step.verbs = {{"call", &calls()}};
  return step;
}

Type origin() {
  return map(
      {must("kind", choice({"incident", "spec", "review", "explorer"}), "where the story comes from"),
       may("incident", integer(), "its number in the incident catalogue"),
       must("evidence", choice({"observed", "documented", "suspected", "invented"}), "how sure we are of it"),
       may("ref", text(), "where to read more")});
}

Type rds_world() {
  return map({
      may("pool",
          map({may("size", bytes(), "default 4TiB"), may("used", percent(), "by others; default 0%"),
               may("filesystem", choice({"btrfs", "xfs", "ext4"}), "default btrfs")}),
          "the pool"),
      may("latency", either({choice({"none"}), delay()}),
          "of a command, both ways together; default 150-250 ms"),
      may("session_limit", integer(), "SSH sessions at once; default 20"),
      may("channel_limit", integer(), "commands at once in one session; default any number"),
      may("busy",
          map({may("disk_add", duration(), "default 500ms"), may("disk_remove", duration(), "default 300ms"),
               may("disk_set", duration(), "default of the simulator"),
               may("file_remove", duration(), "default of the simulator")}),
          "how long the device works on a command"),
  });
}

Type world() {
  return map({
      may("rds", rds_world(), "the array"),
      may("driver",
          map({may("flags", dictionary(either({boolean(), integer(), text()})),
                   "command-line flags without dashes")}),
          "the controller under test"),
      may("nodes", dictionary(text()),
          "what the driver is told of nodes: node_id = host NQN, or - for one that announced none; absent: "
          "nothing, and any node_id is believed"),
      may("owners", map({may("appear_after", duration(), "how long after the answer; default 1s")}),
          "Kubernetes: what was answered OK gets an owner, which the driver can ask for; level 1 only; "
          "absent: the driver cannot ask"),
      may("controllers", integer(), "controller processes, each with its own connection; default 1"),
  });
}

Type expectations() {
  Type predicate_list = list(word("predicate", predicates()));
  Type eventually = map({must("within", duration(), "how long it may take"),
                         may("since", choice({"start", "heal"}), "heal: the last fault ended; default heal"),
                         must("that", word("predicate", predicates()), "what must come true, and stay so")});
  return map({may("always", predicate_list, "judged after every event"),
              may("never", predicate_list, "judged after every event; must not hold once"),
              may("eventually", list(eventually), "must hold within a time"),
              may("finally", predicate_list, "judged once, when all is quiet"),
              may("cost", list(word("cost", costs())), "counts instead of milliseconds")});
}

Type make_file_shape() {
  return map({
      must("format", number_of({"1"}), "version of this format"),
      must("id", name(), "equals the file's stem"),
      must("title", text(), "one line: what happens"),
      must("why", text(), "what the driver must do and what went wrong where it did not"),
      must("origin", origin(), "incident, specification or review"),
      may("tags", list(name()), "words to select by; l2: ctest runs it at level 2, too"),
      may("levels", list(number_of({"1", "2"})), "levels it makes sense at; default [1]"),
      may("profiles", list(choice(profiles())), "default [\"7.16\", \"7.21\", \"7.24\"]"),
      may("seeds",
          either({integer(),
                  map({must("from", integer(), "first seed"), must("count", integer(), "how many")})}),
          "how many from 1, or from and count; default 20"),
      may("budget",
          map({may("virtual", duration(), "default 1h"), may("wall", duration(), "at level 2; default 60s")}),
          "a run that needs more has failed"),
      may("world", world(), "what there is"),
      may("given", list(word("given", givens())), "what is already there"),
      may("load", list(load_step()), "background life"),
      may("timeline", list(timeline_step()), "what happens"),
      must("expect", expectations(), "what must be true"),
  });
}

}  // namespace

std::vector<std::string> const& profiles() {
  static std::vector<std::string> const names = {"7.16", "7.16-stock", "7.21", "7.24"};
  return names;
}

Type const& file_shape() {
  static Type const shape = make_file_shape();
  return shape;
}

}  // namespace scenario
