// See registry.h.
#include "scenarios/engine/registry.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

namespace scenario {
namespace {

namespace fs = std::filesystem;

constexpr char const* kListName = "registered.txt";

std::string find_root() {
  std::error_code ignored;
  for (fs::path at = fs::current_path(ignored); !at.empty(); at = at.parent_path()) {
    if (fs::exists(at / "scenarios" / kListName, ignored))
      return fs::relative(at / "scenarios", ignored).string();
    if (fs::exists(at / kListName, ignored)) return fs::relative(at, ignored).string();
    if (at == at.root_path()) break;
  }
  return "";
}

bool is_scenario_folder(fs::path const& relative) {
  static std::set<std::string> const kOthers = {"mutants", "engine", "testdata"};
  return std::none_of(relative.begin(), relative.end(),
                      [](fs::path const& part) { return kOthers.contains(part.string()); });
}

std::set<std::string> yaml_files_below(fs::path const& root) {
  std::set<std::string> found;
  for (auto const& entry : fs::recursive_directory_iterator(root)) {
    fs::path const relative = entry.path().lexically_relative(root);
    bool const yaml = relative.extension() == ".yaml" || relative.extension() == ".yml";
    if (entry.is_regular_file() && yaml && is_scenario_folder(relative))
      found.insert(relative.generic_string());
  }
  return found;
}

std::vector<std::string> listed(fs::path const& list) {
  std::vector<std::string> names;
  std::ifstream stream(list);
  for (std::string line; std::getline(stream, line);) {
    while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.pop_back();
    if (!line.empty() && line.front() != '#') names.push_back(line);
  }
  return names;
}

}  // namespace

Registry read_registry(std::string const& root) {
  Registry registry;
  registry.root = root.empty() ? find_root() : root;
  fs::path const folder(registry.root);
  if (registry.root.empty() || !fs::exists(folder / kListName)) {
    registry.problems.push_back(
        root.empty() ? "no folder scenarios/ with a registered.txt from here upwards; say --root DIR"
                     : root + "/registered.txt does not exist");
    return registry;
  }
  auto unnamed = yaml_files_below(folder);
  std::set<std::string> seen;
  for (std::string const& name : listed(folder / kListName)) {
    std::string const list = (folder / kListName).string();
    if (!seen.insert(name).second) registry.problems.push_back(list + ": " + name + " stands there twice");
    if (unnamed.erase(name) == 0 && !fs::exists(folder / name))
      registry.problems.push_back(list + ": " + name + " does not exist");
    registry.files.push_back((folder / name).string());
  }
  for (std::string const& name : unnamed) {
    registry.problems.push_back((folder / name).string() +
                                " is not named in registered.txt: nobody would run it");
  }
  return registry;
}

}  // namespace scenario
