// See assemble.h.
#include "scenarios/engine/assemble.h"

#include <chrono>

namespace scenario {
namespace {

std::string text_of(Value const& tree, std::string_view key) {
  Value const* value = tree.find(key);
  return value ? value->text : std::string();
}

Evidence evidence_of(std::string const& word) {
  if (word == "observed") return Evidence::observed;
  if (word == "documented") return Evidence::documented;
  return word == "suspected" ? Evidence::suspected : Evidence::invented;
}

Origin origin_of(Value const& tree) {
  Value const* incident = tree.find("incident");
  return {text_of(tree, "kind"), incident ? static_cast<int>(incident->integer) : 0,
          evidence_of(text_of(tree, "evidence")), text_of(tree, "ref")};
}

std::vector<std::string> texts_of(Value const* list, std::vector<std::string> otherwise) {
  if (!list) return otherwise;
  std::vector<std::string> texts;
  for (Value const& element : list->list) texts.push_back(element.text);
  return texts;
}

std::vector<int> levels_of(Value const* list) {
  if (!list) return {1};
  std::vector<int> levels;
  for (Value const& element : list->list) levels.push_back(static_cast<int>(element.integer));
  return levels;
}

// A fixed delay or {from, to}.
void set_delay(Trigger& trigger, Value const& delay) {
  bool const fixed = delay.kind == Value::Kind::duration;
  trigger.after_low = fixed ? delay.duration : delay.find("from")->duration;
  trigger.after_high = fixed ? delay.duration : delay.find("to")->duration;
}

void set_verb(Step& step, Value const& tree) {
  struct Verb {
    char const* key;
    Step::Kind kind;
  };
  for (Verb const& verb : {Verb{"call", Step::Kind::call}, Verb{"fault", Step::Kind::fault},
                           Verb{"heal", Step::Kind::heal}, Verb{"world", Step::Kind::world}}) {
    if (Value const* word = tree.find(verb.key)) {
      step.kind = verb.kind;
      step.verb = word->text;
    }
  }
}

Step step_of(Value const& tree) {
  Step step;
  step.place = tree.place;
  set_verb(step, tree);
  if (Value const* at = tree.find("at")) step.trigger.at = at->duration;
  if (Value const* when = tree.find("when")) step.trigger.when = *when;
  if (Value const* after = tree.find("after")) set_delay(step.trigger, *after);
  if (Value const* lasts = tree.find("for")) step.lasts = lasts->duration;
  if (Value const* chance = tree.find("chance")) step.chance = chance->number;
  if (Value const* parallel = tree.find("parallel")) step.parallel = static_cast<int>(parallel->integer);
  if (Value const* with = tree.find("with")) step.with = *with;
  step.with.kind = Value::Kind::map;
  step.as = text_of(tree, "as");
  return step;
}

Expectation expectation_of(Value const& word, Expectation::When when) {
  Expectation expectation;
  expectation.when = when;
  expectation.predicate = word.map.front().first;
  expectation.arguments = word.map.front().second;
  expectation.place = word.map.front().second.key_place;
  return expectation;
}

std::vector<Expectation> expectations_of(Value const& expect) {
  std::vector<Expectation> all;
  for (auto const& [block, entries] : expect.map) {
    for (Value const& entry : entries.list) {
      if (block == "always") all.push_back(expectation_of(entry, Expectation::When::always));
      if (block == "never") all.push_back(expectation_of(entry, Expectation::When::never));
      if (block == "finally") all.push_back(expectation_of(entry, Expectation::When::finally));
      if (block == "cost") all.push_back(expectation_of(entry, Expectation::When::cost));
      if (block != "eventually") continue;
      Expectation one = expectation_of(*entry.find("that"), Expectation::When::eventually);
      one.within = entry.find("within")->duration;
      one.since = entry.find("since") ? text_of(entry, "since") : "heal";
      all.push_back(std::move(one));
    }
  }
  return all;
}

void set_seeds(Scenario& scenario, Value const& seeds) {
  if (seeds.kind == Value::Kind::integer) {
    scenario.seed_count = static_cast<std::uint64_t>(seeds.integer);
    return;
  }
  scenario.seed_from = static_cast<std::uint64_t>(seeds.find("from")->integer);
  scenario.seed_count = static_cast<std::uint64_t>(seeds.find("count")->integer);
}

void set_budget(Scenario& scenario, Value const* budget) {
  Value const* virtual_time = budget ? budget->find("virtual") : nullptr;
  Value const* wall_time = budget ? budget->find("wall") : nullptr;
  scenario.virtual_budget = virtual_time ? virtual_time->duration : std::chrono::hours(1);
  scenario.wall_budget = wall_time ? wall_time->duration : std::chrono::seconds(60);
}

}  // namespace

Scenario assemble(Value const& tree, std::string const& file) {
  Scenario scenario;
  scenario.file = file;
  scenario.id = text_of(tree, "id");
  scenario.title = text_of(tree, "title");
  scenario.why = text_of(tree, "why");
  scenario.origin = origin_of(*tree.find("origin"));
  scenario.tags = texts_of(tree.find("tags"), {});
  scenario.levels = levels_of(tree.find("levels"));
  scenario.profiles = texts_of(tree.find("profiles"), {"7.16", "7.21", "7.24"});
  if (Value const* seeds = tree.find("seeds")) set_seeds(scenario, *seeds);
  set_budget(scenario, tree.find("budget"));
  if (Value const* world = tree.find("world")) scenario.world = *world;
  scenario.world.kind = Value::Kind::map;
  if (Value const* given = tree.find("given")) scenario.given = given->list;
  if (Value const* load = tree.find("load")) scenario.load = load->list;
  if (Value const* timeline = tree.find("timeline")) {
    for (Value const& step : timeline->list) scenario.timeline.push_back(step_of(step));
  }
  scenario.expectations = expectations_of(*tree.find("expect"));
  return scenario;
}

}  // namespace scenario
