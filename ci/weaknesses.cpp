// A reader of test names; knows no more C++ than that.
#include "ci/weaknesses.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace weaknesses {
namespace {

bool digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

// "W19" and "W_19" where a W begins the name or a word of it and exactly two digits follow.
std::set<std::string> numbers_in(std::string_view name) {
  std::set<std::string> found;
  for (std::size_t at = name.find('W'); at != std::string_view::npos; at = name.find('W', at + 1)) {
    std::size_t const first = at + (at + 1 < name.size() && name[at + 1] == '_' ? 2 : 1);
    bool const two = first + 1 < name.size() && digit(name[first]) && digit(name[first + 1]);
    bool const third = first + 2 < name.size() && digit(name[first + 2]);
    if (two && !third) found.insert(std::string(name.substr(first, 2)));
  }
  return found;
}

// The two arguments of a TEST macro that begins `text`, as "Suite.Name"; empty when there is none.
std::string test_name(std::string_view text) {
  for (std::string_view const macro : {"TEST(", "TEST_F(", "TEST_P(", "TYPED_TEST("}) {
    if (text.substr(0, macro.size()) != macro) continue;
    std::size_t const close = text.find(')');
    if (close == std::string_view::npos) return {};
    std::string name(text.substr(macro.size(), close - macro.size()));
    std::erase_if(name, [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; });
    std::replace(name.begin(), name.end(), ',', '.');
    return name;
  }
  return {};
}

}  // namespace

void add_file(std::string const& text, Named& named) {
  // A macro that begins a line: what stands in a comment or a string does not.
  for (std::size_t begin = 0; begin < text.size();) {
    std::string const name = test_name(std::string_view(text).substr(begin));
    for (auto const& number : numbers_in(name)) named[number].insert(name);
    std::size_t const end = text.find('\n', begin);
    if (end == std::string::npos) return;
    begin = end + 1;
  }
}

Named read_tree(std::filesystem::path const& root, int& files) {
  namespace fs = std::filesystem;
  Named named;
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::recursive_directory_iterator();
       ++entry) {
    std::string const name = entry->path().filename().string();
    if (entry->is_directory() && (name == "build" || name == ".git")) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file() && name.ends_with("_test.cpp")) {
      std::ifstream stream(entry->path(), std::ios::binary);
      add_file(std::string(std::istreambuf_iterator<char>(stream), {}), named);
      ++files;
    }
  }
  return named;
}

std::map<std::string, std::string> read_list(std::string const& text) {
  std::map<std::string, std::string> list;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.empty() || line.front() == '#') continue;
    bool const good =
        line.size() > 5 && line.starts_with("W-") && digit(line[2]) && digit(line[3]) && line[4] == ' ';
    if (!good || !list.emplace(line.substr(2, 2), line.substr(5)).second) {
      throw std::runtime_error("`" + line +
                               "`: expected a new number and what it is, such as `W-19 exit status 0`");
    }
  }
  return list;
}

}  // namespace weaknesses
