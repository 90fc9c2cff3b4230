// Script: one RouterOS console line put together from code written in our sources and values that come from
// outside. Code can only be a string literal; every value passes quote(), so nothing reaches the console
// unquoted (rule 9, incident 42.5). Used by rds/volume_scripts.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"

namespace rdscsi::rds {

// Longest line an exec is known to take (FACTS 9.10 asks the device; DESIGN "What the device forces on us").
inline constexpr std::size_t kLineBytesMax = 1023;

// Longest line that an exec has been seen to take on a device where the self-test for snapshots passed: it is
// sent as a line of just this length (rds/snapshot_support.h).
inline constexpr std::size_t kProvenLineBytesMax = 2047;

// A string literal of ours: cannot be made from anything read at run time.
class Code {
 public:
  consteval Code(char const* text) : text_(text) {}  // NOLINT(google-explicit-constructor): literals convert
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

// `value` as a RouterOS string literal in double quotes (FACTS 4). `"`, `\`, `$` and `?` are escaped, tab, LF
// and CR have escapes of their own, bytes above 0x7e are written in hexadecimal. Other control characters are
// refused: nobody knows what the console does with them. `what` names the value in the error
// (invalid_argument, effect none).
base::StatusOr<std::string> quote(std::string_view what, std::string_view value);

// A POSIX extended expression that matches exactly `text`, for the console's `~`.
std::string expression_for(std::string_view text);

// A piece of a string that the console puts together: a variable of the script, or text.
struct Variable {
  Code name;
};
using Piece = std::variant<Variable, std::string>;

// Not thread-safe; build, then finish() once. The first error is kept and returned by finish().
class Script {
 public:
  Script& code(Code text);
  Script& value(std::string_view what, std::string_view value);
  Script& number(std::int64_t value);
  // A string of variables and quoted text: "$m/metal-csi/$i.img". Text after a variable must not begin with a
  // letter or digit, which would become part of the variable's name: refused as internal.
  Script& joined(std::string_view what, std::vector<Piece> const& pieces);

  // The line; or invalid_argument when a value cannot be carried or the line is longer than `bytes_max` (the
  // message names the longest value).
  base::StatusOr<std::string> finish(std::size_t bytes_max = kLineBytesMax) const;

 private:
  void add(std::string_view what, base::StatusOr<std::string> const& quoted);

  std::string line_;
  std::string longest_what_;
  std::size_t longest_bytes_ = 0;
  base::Status error_ = absl::OkStatus();
};

}  // namespace rdscsi::rds
