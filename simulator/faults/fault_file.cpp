// Fault lists over yaml-cpp.
#include "simulator/faults/fault_file.h"

#include <yaml-cpp/yaml.h>

#include <string>
#include <utility>

#include "base/reasons.h"
#include "simulator/faults/text.h"

namespace rdssim::faults {
namespace {

using rdscsi::base::Status;
using rdscsi::base::StatusOr;

Status bad(std::string_view name, YAML::Mark const& mark, std::string_view what) {
  return rdscsi::base::fail(
      rdscsi::base::Reason::invalid_argument, rdscsi::base::Effect::none,
      concat(name, ":", std::to_string(mark.line + 1), ":", std::to_string(mark.column + 1), ": ", what));
}

StatusOr<Fault> read_fault(YAML::Node const& node, std::string_view name) {
  if (!node.IsMap() || !node["fault"] || !node["fault"].IsScalar()) {
    return bad(name, node.Mark(), "a fault is a map with the key `fault`: {fault: reply_lost, command: add}");
  }
  Arguments arguments;
  for (auto const& entry : node) {
    if (!entry.first.IsScalar() || !entry.second.IsScalar()) {
      return bad(name, entry.first.Mark(), "an argument of a fault is one word and one value");
    }
    if (entry.first.Scalar() != "fault") arguments.emplace_back(entry.first.Scalar(), entry.second.Scalar());
  }
  auto fault = parse_fault(node["fault"].Scalar(), arguments);
  if (!fault.ok()) {
    auto const message = fault.status().message();
    return bad(name, node.Mark(), {message.data(), message.size()});
  }
  return fault;
}

}  // namespace

StatusOr<std::vector<Fault>> read_faults(std::string_view text, std::string_view name) {
  std::vector<Fault> faults;
  try {
    auto const list = YAML::Load(std::string(text));
    if (list.IsMap()) {
      auto fault = read_fault(list, name);
      if (!fault.ok()) return fault.status();
      return std::vector<Fault>{std::move(*fault)};
    }
    if (!list.IsSequence())
      return bad(name, list.Mark(), "faults are a list: `- fault: slow`, next line `  busy: 3s`");
    for (auto const& node : list) {
      auto fault = read_fault(node, name);
      if (!fault.ok()) return fault.status();
      faults.push_back(std::move(*fault));
    }
  } catch (YAML::Exception const& error) {
    return bad(name, error.mark, error.msg);
  }
  return faults;
}

}  // namespace rdssim::faults
