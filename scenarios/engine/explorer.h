// Explorer: makes scenarios nobody thought of. A seed gives a world, random operations and random faults, and
// a last part in which everything is healed, given back and removed; the rules that every run must keep are
// the judge. What fails is shrunk to the steps it needs and written as a scenario file, ready to be committed
// with its fix. Used by main.cpp (`rds-scenario explore`).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "scenarios/engine/trace.h"

namespace scenario {

// One explored story: steps that stand for themselves, so that any of them can be left out.
struct Exploration {
  std::uint64_t seed = 1;
  std::string profile;             // the one RouterOS profile it is played under
  std::vector<std::string> steps;  // timeline entries in YAML, two blanks deep, in the order of their time

  std::string id() const;  // "explored-17"
};

// The same for the same seed, in every process.
Exploration explore(std::uint64_t seed);

// The whole file. With its last part, in which the world is put in order, appended to the steps.
std::string scenario_text(Exploration const& exploration);

// Names of the rules and expectations a run broke; a fault that found nothing to strike is none: what comes
// after it is random, too.
std::vector<std::string> broken_rules(RunResult const& result);

// The fewest steps, left out one by one and in halves, with which `fails` still holds. Calls it at most
// `tries_max` times.
Exploration shrink(Exploration exploration, std::function<bool(Exploration const&)> const& fails,
                   int tries_max = 300);

}  // namespace scenario
