// Construction, classification and text forms of console values.
#include "simulator/routeros/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace rdssim::routeros {

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMillisecond;

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
constexpr std::array<Unit, 7> kUnits{{{"w", std::int64_t{7} * 86400 * kSecond},
                                      {"d", 86400 * kSecond},
                                      {"h", 3600 * kSecond},
                                      {"ms", kMillisecond},
                                      {"m", 60 * kSecond},
                                      {"s", kSecond},
                                      {"us", 1000}}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  auto const digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

// What a time cannot hold is no time.
bool add_span(std::int64_t& nanoseconds, std::int64_t count, std::int64_t unit) {
  std::int64_t span = 0;
  return !__builtin_mul_overflow(count, unit, &span) &&
         !__builtin_add_overflow(nanoseconds, span, &nanoseconds);
}

bool looks_like_ip(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (text.empty() || text.front() != '.') return false;
      text.remove_prefix(1);
    }
    std::int64_t value = 0;
    auto const digits = take_digits(text);
    if (digits.empty() || !parse_number(digits, value) || value > 255) return false;
  }
  return text.empty();
}

bool is_id(std::string_view text) {
  auto const hex = [](char c) { return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); };
  return text.size() > 1 && text.front() == '*' && std::all_of(text.begin() + 1, text.end(), hex);
}

// hh:mm or hh:mm:ss at the end of a time.
bool parse_clock(std::string_view text, std::int64_t& nanoseconds) {
  std::int64_t total = 0;
  int fields = 0;
  while (true) {
    std::int64_t value = 0;
    auto const digits = take_digits(text);
    if (digits.empty() || digits.size() > 9 || !parse_number(digits, value)) return false;
    ++fields;
    if (fields > 3) return false;
    total = total * 60 + value;
    if (text.empty()) break;
    if (text.front() != ':') return false;
    text.remove_prefix(1);
  }
  if (fields < 2) return false;
  if (fields == 2) total *= 60;
  return add_span(nanoseconds, total, kSecond);
}

}  // namespace

Value Value::boolean(bool value) {
  Value result(Kind::boolean);
  result.number_ = value ? 1 : 0;
  return result;
}

Value Value::number(std::int64_t value) {
  Value result(Kind::number);
  result.number_ = value;
  return result;
}

Value Value::time(std::int64_t nanoseconds) {
  Value result(Kind::time);
  result.number_ = nanoseconds;
  return result;
}

Value Value::string(std::string text) {
  Value result(Kind::string);
  result.text_ = std::move(text);
  return result;
}

Value Value::ip(std::string text) {
  Value result(Kind::ip);
  result.text_ = std::move(text);
  return result;
}

Value Value::id(std::string text) {
  Value result(Kind::id);
  result.text_ = std::move(text);
  return result;
}

Value Value::array(Array value) {
  Value result(Kind::array);
  auto const add = [&](std::uint64_t weight) {
    bool const room = result.array_weight_ <= std::numeric_limits<std::uint64_t>::max() - weight;
    result.array_weight_ = room ? result.array_weight_ + weight : std::numeric_limits<std::uint64_t>::max();
  };
  auto const hold = [&](Value const& element) {
    add(1);
    add(element.weight());
    result.depth_ = std::max(result.depth_, element.depth_);
  };
  for (auto const& element : value.list) hold(element);
  for (auto const& [key, element] : value.keyed) {
    add(key.size());
    hold(element);
  }
  ++result.depth_;
  result.array_ = std::make_shared<Array const>(std::move(value));
  return result;
}

Value Value::code(std::shared_ptr<Block const> block) {
  Value result(Kind::code);
  result.code_ = std::move(block);
  return result;
}

Value Value::of_word(std::string_view word) {
  std::int64_t parsed = 0;
  if (word == "true" || word == "false") return boolean(word == "true");
  if (parse_number(word, parsed)) return number(parsed);
  if (is_id(word)) return id(std::string(word));
  if (parse_time(word, parsed)) return time(parsed);
  if (looks_like_ip(word)) return ip(std::string(word));
  return string(std::string(word));
}

Value::Array const& Value::as_array() const {
  static Array const kEmpty;
  return array_ == nullptr ? kEmpty : *array_;
}

std::uint64_t Value::weight() const {
  return kind_ == Kind::array ? array_weight_ : text_.size();
}

std::string Value::text() const {
  switch (kind_) {
    case Kind::nothing:
    case Kind::nil:
      return "";
    case Kind::boolean:
      return number_ != 0 ? "true" : "false";
    case Kind::number:
      return std::to_string(number_);
    case Kind::time:
      return format_time(number_);
    case Kind::string:
    case Kind::ip:
    case Kind::id:
      return text_;
    case Kind::code:
      return "(code)";
    case Kind::array:
      break;
  }
  std::string joined;
  bool first = true;
  auto const separate = [&] {
    if (!first) joined += ';';
    first = false;
  };
  for (auto const& element : array_->list) {
    separate();
    joined += element.text();
  }
  for (auto const& [key, element] : array_->keyed) {
    separate();
    joined += key + "=" + element.text();
  }
  return joined;
}

std::string_view Value::type_name() const {
  switch (kind_) {
    case Kind::nothing:
      return "nothing";
    case Kind::nil:
      return "nil";
    case Kind::boolean:
      return "bool";
    case Kind::number:
      return "num";
    case Kind::time:
      return "time";
    case Kind::string:
      return "str";
    case Kind::ip:
      return "ip";
    case Kind::id:
      return "id";
    case Kind::array:
      return "array";
    case Kind::code:
      return "code";
  }
  return "nothing";
}

std::string format_time(std::int64_t nanoseconds) {
  std::string text;
  auto rest = nanoseconds;
  for (auto const& [name, size] : {kUnits[0], kUnits[1], kUnits[2], kUnits[4], kUnits[5], kUnits[3]}) {
    if (rest >= size) {
      text += std::to_string(rest / size) + std::string(name);
      rest %= size;
    }
  }
  return text.empty() ? "0ms" : text;
}

bool parse_number(std::string_view text, std::int64_t& value) {
  int base = 10;
  auto digits = text;
  if (text.starts_with("0x") && text.size() > 2) {
    digits.remove_prefix(2);
    base = 16;
  }
  auto const first_digit = digits.starts_with("-") ? digits.substr(1) : digits;
  if (first_digit.empty() || (base == 16 && digits.size() != first_digit.size())) return false;
  auto const end = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  return end.ec == std::errc() && end.ptr == digits.data() + digits.size();
}

bool parse_time(std::string_view text, std::int64_t& nanoseconds) {
  std::int64_t total = 0;
  if (text.empty() || !is_digit(text.front())) return false;
  while (!text.empty()) {
    auto rest = text;
    std::int64_t count = 0;
    auto const digits = take_digits(rest);
    if (digits.empty() || digits.size() > 9 || !parse_number(digits, count)) return false;
    if (rest.starts_with(":")) {
      if (!parse_clock(text, total)) return false;
      break;
    }
    auto const unit =
        std::find_if(kUnits.begin(), kUnits.end(), [&](Unit const& u) { return rest.starts_with(u.name); });
    if (unit == kUnits.end()) return false;
    rest.remove_prefix(unit->name.size());
    if (!add_span(total, count, unit->nanoseconds)) return false;
    text = rest;
  }
  nanoseconds = total;
  return true;
}

}  // namespace rdssim::routeros
