// The simulator's faults as words of the scenario format: taken from its own vocabulary, so that the two
// cannot drift apart. `for` and `chance` stand beside the fault in a step, everything else below `with`. See
// vocabulary.h.
#include "scenarios/engine/vocabulary.h"
#include "scenarios/engine/vocabulary_build.h"
#include "simulator/faults/fault.h"

namespace scenario {
namespace {

using rdssim::faults::ArgumentForm;
using rdssim::faults::ArgumentSpec;

Type type_of(ArgumentSpec const& argument) {
  switch (argument.form) {
    case ArgumentForm::duration:
      return make::duration();
    case ArgumentForm::count:
      return make::integer();
    case ArgumentForm::bytes:
      return make::bytes();
    case ArgumentForm::text:
    case ArgumentForm::blocks:
      return make::text();
    case ArgumentForm::chance:
      return make::percent();
    case ArgumentForm::choice:
      return make::choice(argument.choices);
  }
  return make::text();
}

std::vector<Field> make_faults() {
  std::vector<Field> all;
  for (auto const& kind : rdssim::faults::fault_vocabulary()) {
    std::vector<Field> arguments;
    for (auto const& argument : kind.arguments) {
      if (argument.name == "for" || argument.name == "chance") continue;
      arguments.push_back({argument.name, type_of(argument), argument.meaning, argument.required});
    }
    all.push_back(make::may(kind.name, make::map(std::move(arguments)),
                            kind.client_sees + "; in production: " + kind.cause));
  }
  return all;
}

}  // namespace

std::vector<Field> const& faults() {
  static std::vector<Field> const table = make_faults();
  return table;
}

}  // namespace scenario
