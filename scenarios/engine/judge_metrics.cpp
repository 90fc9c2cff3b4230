// The judge's predicate over a page of metrics. See judge.h.
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>

#include "scenarios/engine/judge.h"

namespace scenario {
namespace {

using Labels = std::map<std::string, std::string>;

// "name{a=1,b=2}", as a scenario writes it; "name{a=\"1\",b=\"2\"}", as Prometheus' text format does. Values
// of the driver's labels hold neither commas nor braces.
struct Series {
  std::string name;
  Labels labels;
};

Series read_series(std::string const& text) {
  Series series;
  auto const brace = text.find('{');
  series.name = text.substr(0, brace);
  if (brace == std::string::npos) return series;
  std::istringstream pairs(text.substr(brace + 1, text.rfind('}') - brace - 1));
  for (std::string pair; std::getline(pairs, pair, ',');) {
    auto const equals = pair.find('=');
    std::string value = equals == std::string::npos ? "" : pair.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    series.labels[pair.substr(0, equals)] = value;
  }
  return series;
}

bool has_labels(Series const& sample, Labels const& wanted) {
  for (auto const& [label, value] : wanted) {
    auto const found = sample.labels.find(label);
    if (found == sample.labels.end() || found->second != value) return false;
  }
  return true;
}

// The sum of what a page shows under this name with these labels, whatever other labels there are; absent:
// nothing.
std::optional<double> shown(std::string const& page, std::string const& wanted_text) {
  Series const wanted = read_series(wanted_text);
  std::optional<double> sum;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    auto const blank = line.rfind(' ');
    if (line.starts_with('#') || blank == std::string::npos) continue;
    Series const sample = read_series(line.substr(0, blank));
    if (sample.name != wanted.name || !has_labels(sample, wanted.labels)) continue;
    sum = sum.value_or(0) + std::strtod(line.c_str() + blank + 1, nullptr);
  }
  return sum;
}

}  // namespace

Look judge_metrics(Answer const& answer, Value const& arguments) {
  std::string misfit;
  auto const wrong = [&](std::string const& what) { misfit += (misfit.empty() ? "" : "; ") + what; };
  int looked = 0;
  if (Value const* wanted = arguments.find("show")) {
    for (auto const& [name, count] : wanted->map) {
      ++looked;
      auto const value = shown(answer.page, name);
      if (!value) {
        wrong(name + " is absent, expected " + describe_count(count));
        continue;
      }
      // What is more than none is one at least.
      auto const whole = static_cast<std::int64_t>(std::ceil(*value));
      if (!count_fits(count, whole))
        wrong(name + " is " + std::to_string(whole) + ", expected " + describe_count(count));
    }
  }
  for (std::string const& name : texts_of(arguments.find("absent"))) {
    ++looked;
    if (auto const value = shown(answer.page, name))
      wrong(name + " is " + std::to_string(*value) + ", expected absent");
  }
  return decided(misfit.empty(), misfit.empty() ? std::to_string(looked) + " metrics" : misfit);
}

}  // namespace scenario
