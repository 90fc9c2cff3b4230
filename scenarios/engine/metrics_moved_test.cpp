// Incident 55: a metric that no scenario ever moved is a metric nobody may rely on. Compares what the
// registered scenarios look for with the driver's list of names.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "scenarios/engine/loader.h"
#include "scenarios/engine/registry.h"

namespace scenario {
namespace {

// Histograms are looked at through the series they consist of.
std::string family_of(std::string series) {
  series = series.substr(0, series.find('{'));
  for (std::string const suffix : {"_count", "_bucket", "_sum"}) {
    if (series.ends_with(suffix)) series.resize(series.size() - suffix.size());
  }
  return series;
}

// Something above zero is wanted.
bool moves(Value const& count) {
  if (count.kind != Value::Kind::map) return count.integer > 0;
  Value const* min = count.find("min");
  return min != nullptr && min->integer > 0;
}

std::set<std::string> moved_by(Scenario const& scenario) {
  std::set<std::string> moved;
  for (Expectation const& expectation : scenario.expectations) {
    Value const* show = expectation.predicate == "metrics" ? expectation.arguments.find("show") : nullptr;
    if (show == nullptr) continue;
    for (auto const& [series, count] : show->map)
      if (moves(count)) moved.insert(family_of(series));
  }
  return moved;
}

std::set<std::string> served() {
  std::ifstream file("../../driver/metrics/testdata/names.tsv");
  EXPECT_TRUE(file.good());
  std::set<std::string> names;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name, fate;
    words >> name >> fate;
    if (fate == "kept" || fate == "new") names.insert(name);
  }
  return names;
}

TEST(Metrics, EachIsMovedByAScenario) {
  std::set<std::string> moved;
  Registry const registry = read_registry("..");
  ASSERT_GT(registry.files.size(), 30U);
  for (std::string const& file : registry.files) {
    Loaded const loaded = load_file(file);
    ASSERT_TRUE(loaded.ok()) << file;
    moved.merge(moved_by(*loaded.scenario));
  }
  std::set<std::string> const names = served();
  for (std::string const& name : names) EXPECT_TRUE(moved.contains(name)) << name << ": no scenario moves it";
  for (std::string const& name : moved)
    EXPECT_TRUE(names.contains(name)) << name << ": no metric of the driver";
  std::printf("metrics moved by scenarios: %zu of %zu\n", moved.size(), names.size());
}

}  // namespace
}  // namespace scenario
