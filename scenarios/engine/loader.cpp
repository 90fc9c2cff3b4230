// See loader.h.
#include "scenarios/engine/loader.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <tuple>

#include "scenarios/engine/assemble.h"
#include "scenarios/engine/check.h"
#include "scenarios/engine/file_rules.h"
#include "scenarios/engine/schema.h"
#include "scenarios/engine/vocabulary.h"
#include "scenarios/engine/yaml_tree.h"

namespace scenario {
namespace {

bool has_errors(std::vector<Complaint> const& complaints) {
  return std::any_of(complaints.begin(), complaints.end(),
                     [](Complaint const& complaint) { return !complaint.warning; });
}

std::optional<Scenario> load(std::string_view text, std::string const& file,
                             std::vector<Complaint>& complaints) {
  std::optional<Value> const raw = parse_yaml(text, file, complaints);
  if (!raw) return std::nullopt;
  Value tree = *raw;
  check_value(tree, file_shape(), "the file", complaints);
  if (has_errors(complaints)) return std::nullopt;  // the later checks rely on a sound shape
  check_against_schema(*raw, complaints);
  check_names(*raw, complaints);
  Scenario scenario = assemble(tree, file);
  check_rules(scenario, complaints);
  if (has_errors(complaints)) return std::nullopt;
  give_advice(scenario, complaints);
  return scenario;
}

}  // namespace

std::string Complaint::to_string() const {
  return place.to_string() + (warning ? ": warning: " : ": error: ") + message;
}

Loaded load_text(std::string_view text, std::string const& file) {
  Loaded loaded;
  loaded.scenario = load(text, file, loaded.complaints);
  std::stable_sort(loaded.complaints.begin(), loaded.complaints.end(),
                   [](Complaint const& a, Complaint const& b) {
                     return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
                   });
  return loaded;
}

Loaded load_file(std::string const& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string const text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (stream.bad() || !stream.is_open()) return {std::nullopt, {{{path, 0, 0}, "cannot be read", false}}};
  return load_text(text, path);
}

}  // namespace scenario
