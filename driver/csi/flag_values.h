// FlagValues: the flags as text, judged one by one; the first mistake is kept. Private to flags.cpp and
// rds_flags.cpp.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "csi/arguments.h"
#include "csi/flags.h"
#include "csi/text.h"

namespace rdscsi::csi {

// Not thread-safe.
class FlagValues {
 public:
  FlagValues() {
    for (auto const& flag : flag_table()) texts_[std::string(flag.name)] = std::string(flag.fallback);
  }

  std::string& slot(std::string const& flag) { return texts_.at(flag); }
  std::string const& text(std::string const& flag) const { return texts_.at(flag); }
  void mark_given(std::string const& flag) { given_.insert(flag); }
  bool given(std::string const& flag) const { return given_.contains(flag); }
  // Where a value comes from that was no flag of its own: "--rds-config: 'f': line 3: address". `flag` is
  // called so from now on.
  void call(std::string const& flag, std::string name) { names_[flag] = std::move(name); }
  // What a mistake that names no flag begins with.
  void set_origin(std::string origin) { origin_ = std::move(origin); }

  // "--flag: 'value': expected ..."
  void refuse(std::string const& flag, std::string_view expected) {
    auto const named = names_.find(flag);
    keep((named == names_.end() ? "--" + flag : named->second) + ": " + in_quotes(text(flag)) + ": " +
         std::string(expected));
  }
  void refuse_as(std::string const& message) { keep(origin_ + message); }
  std::string const& mistake() const { return mistake_; }

  bool truth(std::string const& flag) {
    auto const value = parse_go_bool(text(flag));
    if (!value) refuse(flag, "expected true or false");
    return value.value_or(false);
  }

  std::int64_t number(std::string const& flag, std::int64_t low, std::int64_t high) {
    auto const value = parse_integer(text(flag));
    if (value && *value >= low && *value <= high) return *value;
    refuse(flag, "expected a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return low;
  }

  base::Duration duration(std::string const& flag, base::Duration low, base::Duration high) {
    auto const value = parse_go_duration(text(flag));
    if (value && *value >= low && *value <= high) return *value;
    refuse(flag, "expected a duration from " + base::format_duration(low) + " to " +
                     base::format_duration(high) + ", such as 30s or 1h30m");
    return low;
  }

  template <typename T>
  T one_of(std::string const& flag, std::vector<std::pair<std::string_view, T>> const& words) {
    std::vector<std::string_view> known;
    for (auto const& [word, value] : words) {
      if (text(flag) == word) return value;
      known.push_back(word);
    }
    refuse(flag, "expected one of " + comma_list(known));
    return words.front().second;
  }

 private:
  void keep(std::string message) {
    if (mistake_.empty()) mistake_ = std::move(message);
  }

  std::map<std::string, std::string> texts_;
  std::map<std::string, std::string> names_;
  std::set<std::string> given_;
  std::string origin_;
  std::string mistake_;
};

}  // namespace rdscsi::csi
