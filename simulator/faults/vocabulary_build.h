// Short makers for the vocabulary's tables, so that they read as lists. Private to vocabulary.cpp and
// vocabulary_nvme.cpp.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "simulator/faults/fault.h"

namespace rdssim::faults::vocabulary {

inline ArgumentSpec argument(std::string name, ArgumentForm form, std::string meaning) {
  return {std::move(name), form, {}, false, std::move(meaning)};
}

inline ArgumentSpec choice(std::string name, std::vector<std::string> choices, std::string meaning) {
  return {std::move(name), ArgumentForm::choice, std::move(choices), false, std::move(meaning)};
}

inline ArgumentSpec required(ArgumentSpec spec) {
  spec.required = true;
  return spec;
}

inline std::vector<ArgumentSpec> window_only() {
  return {
      argument("for", ArgumentForm::duration, "heals itself so long after it was injected; default: never")};
}

inline std::vector<ArgumentSpec> counted() {
  auto specs = window_only();
  specs.push_back(argument("nth", ArgumentForm::count, "from this matching occurrence on; default 1"));
  specs.push_back(argument("times", ArgumentForm::count, "at most so many firings, 0: until healed"));
  specs.push_back(argument("chance", ArgumentForm::chance, "drawn per matching occurrence; default 100%"));
  specs.push_back(choice("while", {"booting", "busy", "pool_full", "pool_unmounted", "half_open"},
                         "only while the device boots, another command runs, or such a fault is in force"));
  return specs;
}

inline std::vector<ArgumentSpec> commands() {
  auto specs = counted();
  specs.push_back(argument("contains", ArgumentForm::text, "only lines that contain this text"));
  specs.push_back(argument("menu", ArgumentForm::text, "only lines that call this menu, e.g. /disk"));
  specs.push_back(argument("command", ArgumentForm::text, "only lines that call this command, e.g. add"));
  specs.push_back(argument("slot", ArgumentForm::text, "only lines that name this slot or file"));
  specs.push_back(argument("user", ArgumentForm::text, "only sessions of this user"));
  return specs;
}

inline std::vector<ArgumentSpec> with(std::vector<ArgumentSpec> specs, std::vector<ArgumentSpec> more) {
  specs.insert(specs.begin(), more.begin(), more.end());
  return specs;
}

std::vector<KindSpec> nvme_kinds();  // vocabulary_nvme.cpp

}  // namespace rdssim::faults::vocabulary
