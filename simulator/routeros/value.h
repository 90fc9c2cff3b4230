// Value: what a RouterOS expression yields, with the console's own types and its text forms.
// Used by the parser (literals), the evaluator, the menus and the printers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rdssim::routeros {

struct Block;  // ast.h: a parsed { ... }

class Value {
 public:
  enum class Kind { nothing, nil, boolean, number, time, string, ip, id, array, code };

  // List elements come first, then keyed ones in alphabetical order: so `.id` precedes every property
  // (FACTS 1.6).
  struct Array {
    std::vector<Value> list;
    std::map<std::string, Value, std::less<>> keyed;
    std::size_t size() const { return list.size() + keyed.size(); }
  };

  Value() = default;  // nothing
  static Value nil() { return Value(Kind::nil); }
  static Value boolean(bool value);
  static Value number(std::int64_t value);
  static Value time(std::int64_t nanoseconds);
  static Value string(std::string text);
  static Value ip(std::string text);
  static Value id(std::string text);  // with the star
  static Value array(Array value);
  static Value code(std::shared_ptr<Block const> block);

  // What an unquoted word means: 12 and 0x1F num, true/false bool, *1A id, 1d2h or 00:00:05 time, 1.2.3.4 ip,
  // anything else str.
  static Value of_word(std::string_view word);

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool empty() const { return kind_ == Kind::nothing || kind_ == Kind::nil; }
  bool as_bool() const { return number_ != 0; }
  std::int64_t as_number() const { return number_; }
  Array const& as_array() const;  // an empty one unless this is an array
  std::shared_ptr<Block const> const& as_code() const { return code_; }

  // The text :put prints: arrays joined by ';' with key=value, flattened (FACTS 1.6), bool true/false.
  std::string text() const;
  // How much it holds: bytes of text, and one for every element at every depth. Values are shared, so a short
  // script can hold more than any memory has; the console asks before it turns one into text. Saturates.
  std::uint64_t weight() const;
  int depth() const { return depth_; }  // arrays inside arrays; 0 unless this is an array
  // The word :typeof answers.
  std::string_view type_name() const;

 private:
  explicit Value(Kind kind) : kind_(kind) {}
  Kind kind_ = Kind::nothing;
  std::int64_t number_ = 0;  // boolean, number, time (ns)
  std::string text_;         // string, ip, id
  std::shared_ptr<Array const> array_;
  std::uint64_t array_weight_ = 0;
  int depth_ = 0;
  std::shared_ptr<Block const> code_;
};

// "5w3d20m51s", "48s149ms", "0ms" (FACTS 1.4).
std::string format_time(std::int64_t nanoseconds);
// `12`, `-3`, `0x1F`; false when it is none of these or too large.
bool parse_number(std::string_view text, std::int64_t& value);
// `1d2h3m4s5ms`, `00:01:02`, `1d00:00:05`; false when it is none of these. Bare digits are no time.
bool parse_time(std::string_view text, std::int64_t& nanoseconds);

}  // namespace rdssim::routeros
