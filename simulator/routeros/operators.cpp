// Operators of expressions on console values (HELP Scripting lists them; FACTS 4).
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

#include "simulator/routeros/console.h"
#include "simulator/routeros/regex_match.h"

namespace rdssim::routeros {

namespace {

using Kind = Value::Kind;

// Both as numbers, when both can be: 1 and "1" compare as numbers, as property values are often text.
bool as_numbers(Value const& left, Value const& right, std::int64_t& a, std::int64_t& b) {
  auto const convert = [](Value const& value, std::int64_t& number) {
    if (value.is(Kind::number) || value.is(Kind::time)) {
      number = value.as_number();
      return true;
    }
    return value.is(Kind::string) && parse_number(value.text(), number);
  };
  return (left.is(Kind::number) || right.is(Kind::number) || (left.is(Kind::time) && right.is(Kind::time))) &&
         convert(left, a) && convert(right, b);
}

int order(Value const& left, Value const& right) {
  std::int64_t a = 0;
  std::int64_t b = 0;
  if (as_numbers(left, right, a, b)) return a < b ? -1 : (a > b ? 1 : 0);
  auto const compared = left.text().compare(right.text());
  return compared < 0 ? -1 : (compared > 0 ? 1 : 0);
}

Value concatenate_arrays(Value const& left, Value const& right) {
  Value::Array joined;
  for (auto const* side : {&left, &right}) {
    if (side->is(Kind::array)) {
      for (auto const& element : side->as_array().list) joined.list.push_back(element);
      for (auto const& [key, element] : side->as_array().keyed) joined.keyed[key] = element;
    } else if (!side->is(Kind::nothing)) {
      joined.list.push_back(*side);
    }
  }
  return Value::array(std::move(joined));
}

Value element(Value const& container, Value const& index) {
  if (index.is(Kind::number)) {
    auto const& list = container.as_array().list;
    auto const at = index.as_number();
    if (at >= 0 && at < static_cast<std::int64_t>(list.size())) return list[static_cast<std::size_t>(at)];
    return {};
  }
  auto const& keyed = container.as_array().keyed;
  auto const found = keyed.find(index.text());
  return found == keyed.end() ? Value() : found->second;
}

std::int64_t number_of(Value const& value, std::string_view op) {
  std::int64_t number = 0;
  if (value.is(Kind::number) || value.is(Kind::time)) return value.as_number();
  if (value.is(Kind::string) && parse_number(value.text(), number)) return number;
  throw ScriptError{"cannot apply operator " + std::string(op) + " to " + std::string(value.type_name())};
}

Value arithmetic(std::string_view op, Value const& left, Value const& right) {
  auto const a = number_of(left, op);
  auto const b = number_of(right, op);
  auto const unsigned_a = static_cast<std::uint64_t>(a);
  auto const unsigned_b = static_cast<std::uint64_t>(b);
  auto const wrap = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  std::int64_t result = 0;
  if (op == "+") result = wrap(unsigned_a + unsigned_b);
  if (op == "-") result = wrap(unsigned_a - unsigned_b);
  if (op == "*") result = wrap(unsigned_a * unsigned_b);
  if (op == "/" || op == "%") {
    if (b == 0) throw ScriptError{"division by zero"};
    if (b == -1) {
      result = op == "/" ? wrap(0 - unsigned_a) : 0;
    } else {
      result = op == "/" ? a / b : a % b;
    }
  }
  if (op == "|") result = a | b;
  if (op == "&") result = a & b;
  if (op == "^") result = a ^ b;
  if (op == "<<") result = b >= 0 && b < 64 ? wrap(unsigned_a << unsigned_b) : 0;
  if (op == ">>") result = b >= 0 && b < 64 ? a >> b : 0;
  bool const times = left.is(Kind::time) || right.is(Kind::time);
  return times ? Value::time(result) : Value::number(result);
}

struct Network {
  int family = 0;
  std::array<unsigned char, 16> bytes{};
  int bits = 0;
};

// 10.0.0.0/8, 2001:db8::/32, or an address, which is a network of one.
std::optional<Network> network_of(std::string_view text) {
  Network network;
  auto const slash = text.find('/');
  auto const address = std::string(text.substr(0, slash));
  network.family = address.find(':') != std::string::npos ? AF_INET6 : AF_INET;
  int const most = network.family == AF_INET ? 32 : 128;
  std::int64_t bits = most;
  if (slash != std::string_view::npos && !parse_number(text.substr(slash + 1), bits)) return std::nullopt;
  if (bits < 0 || bits > most || inet_pton(network.family, address.c_str(), network.bytes.data()) != 1)
    return std::nullopt;
  network.bits = static_cast<int>(bits);
  return network;
}

// EVIDENCE(documented): `in` asks whether an address or a prefix lies in a prefix. [FACTS 4]
Value within(Value const& left, Value const& right) {
  auto const inner = network_of(left.text()), outer = network_of(right.text());
  if (!inner || !outer) {
    auto const& wrong = inner ? right : left;
    throw ScriptError{"cannot apply operator in to " + std::string(wrong.type_name())};
  }
  if (inner->family != outer->family || inner->bits < outer->bits) return Value::boolean(false);
  for (int bit = 0; bit < outer->bits; ++bit) {
    auto const at = static_cast<std::size_t>(bit / 8);
    int const mask = 0x80 >> (bit % 8);
    if (((inner->bytes[at] ^ outer->bytes[at]) & mask) != 0) return Value::boolean(false);
  }
  return Value::boolean(true);
}

bool is_comparison(std::string_view op) {
  return op == "=" || op == "!=" || op == "<" || op == ">" || op == "<=" || op == ">=";
}

}  // namespace

bool values_equal(Value const& left, Value const& right) {
  // A bool property compared with a word of the command line: where nvme-tcp-export=yes.
  auto const truth_of = [](Value const& value) -> int {
    auto const text = value.text();
    if (text == "yes" || text == "true") return 1;
    return text == "no" || text == "false" ? 0 : -1;
  };
  if (left.is(Kind::boolean) != right.is(Kind::boolean))
    return truth_of(left) >= 0 && truth_of(left) == truth_of(right);
  return order(left, right) == 0;
}

Value apply_unary(std::string_view op, Value const& operand) {
  if (op == "!") {
    if (!operand.is(Kind::boolean))
      throw ScriptError{"cannot apply operator ! to " + std::string(operand.type_name())};
    return Value::boolean(!operand.as_bool());
  }
  auto const number = number_of(operand, op);
  return Value::number(op == "-" ? static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(number))
                                 : ~number);
}

Value apply_binary(std::string_view op, Value const& left, Value const& right) {
  if (op == "=") return Value::boolean(values_equal(left, right));
  if (op == "!=") return Value::boolean(!values_equal(left, right));
  if (is_comparison(op)) {
    auto const sign = order(left, right);
    return Value::boolean((op == "<" && sign < 0) || (op == ">" && sign > 0) || (op == "<=" && sign <= 0) ||
                          (op == ">=" && sign >= 0));
  }
  if (op == "~") return Value::boolean(regex_matches(left.text(), right.text()));
  if (op == ".") return Value::string(left.text() + right.text());
  if (op == ",") return concatenate_arrays(left, right);
  if (op == "->") return element(left, right);
  if (op == "in") return within(left, right);
  return arithmetic(op, left, right);
}

}  // namespace rdssim::routeros
