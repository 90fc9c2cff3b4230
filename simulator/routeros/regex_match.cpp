// A backtracking matcher over a small tree: patterns come from one-line scripts, so clarity beats speed. The
// step bound keeps pathological patterns from hanging the device.
#include "simulator/routeros/regex_match.h"

#include <bitset>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rdssim::routeros {

namespace {

constexpr int kUnbounded = -1;
constexpr int kMaxSteps = 200'000;
constexpr int kMaxDepth = 500;  // groups inside groups, and repetitions of a group

struct Node {
  enum class Kind { set, begin, end, group } kind = Kind::set;
  std::bitset<256> bytes;                       // set
  std::vector<std::vector<Node>> alternatives;  // group
  int least = 1, most = 1;
};
using Sequence = std::vector<Node>;

std::size_t index_of(char c) {
  return static_cast<unsigned char>(c);
}

class PatternParser {
 public:
  explicit PatternParser(std::string_view pattern) : rest_(pattern) {}

  std::optional<std::vector<Sequence>> parse() {
    auto alternatives = parse_alternatives();
    if (!rest_.empty()) valid_ = false;
    if (!valid_) return std::nullopt;
    return alternatives;
  }

 private:
  std::vector<Sequence> parse_alternatives() {
    std::vector<Sequence> alternatives(1);
    while (valid_ && !rest_.empty() && rest_.front() != ')') {
      if (rest_.front() == '|') {
        rest_.remove_prefix(1);
        alternatives.emplace_back();
        continue;
      }
      Node node = parse_atom();
      parse_repetition(node);
      alternatives.back().push_back(std::move(node));
    }
    return alternatives;
  }

  char take() {
    char const c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  Node parse_atom() {
    Node node;
    char const c = take();
    switch (c) {
      case '^':
        node.kind = Node::Kind::begin;
        break;
      case '$':
        node.kind = Node::Kind::end;
        break;
      case '.':
        node.bytes.set();
        break;
      case '[':
        parse_class(node);
        break;
      case '(':
        if (++depth_ > kMaxDepth) valid_ = false;
        node.kind = Node::Kind::group;
        node.alternatives = parse_alternatives();
        if (rest_.empty()) {
          valid_ = false;
        } else {
          take();
        }
        --depth_;
        break;
      case '*':
      case '+':
      case '?':
        valid_ = false;
        break;
      case '\\':
        if (rest_.empty()) {
          valid_ = false;
        } else {
          node.bytes.set(index_of(take()));
        }
        break;
      default:
        node.bytes.set(index_of(c));
    }
    return node;
  }

  static void add_named_class(std::string_view name, std::bitset<256>& bytes) {
    for (int c = 0; c < 128; ++c) {
      bool const digit = c >= '0' && c <= '9';
      bool const upper = c >= 'A' && c <= 'Z';
      bool const lower = c >= 'a' && c <= 'z';
      bool const xdigit = digit || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
      if ((name == "digit" && digit) || (name == "upper" && upper) || (name == "lower" && lower) ||
          (name == "alpha" && (upper || lower)) || (name == "alnum" && (upper || lower || digit)) ||
          (name == "xdigit" && xdigit) || (name == "space" && (c == ' ' || (c >= 9 && c <= 13)))) {
        bytes.set(static_cast<std::size_t>(c));
      }
    }
  }

  void parse_class(Node& node) {
    bool const negated = !rest_.empty() && rest_.front() == '^';
    if (negated) take();
    bool first = true;
    while (!rest_.empty() && (rest_.front() != ']' || first)) {
      first = false;
      if (rest_.starts_with("[:")) {
        auto const close = rest_.find(":]");
        if (close == std::string_view::npos) break;
        add_named_class(rest_.substr(2, close - 2), node.bytes);
        rest_.remove_prefix(close + 2);
        continue;
      }
      auto const low = index_of(take());
      if (rest_.size() > 1 && rest_.front() == '-' && rest_[1] != ']') {
        take();
        auto const high = index_of(take());
        for (auto c = low; c <= high; ++c) node.bytes.set(c);
      } else {
        node.bytes.set(low);
      }
    }
    if (rest_.empty()) {
      valid_ = false;
      return;
    }
    take();
    if (negated) node.bytes.flip();
  }

  int parse_count() {
    int count = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9' && count < 1000) {
      count = count * 10 + (take() - '0');
    }
    return count;
  }

  void parse_repetition(Node& node) {
    while (!rest_.empty() && valid_) {
      char const c = rest_.front();
      if (c == '*' || c == '+' || c == '?') {
        take();
        node.least = c == '+' ? 1 : 0;
        node.most = c == '?' ? 1 : kUnbounded;
      } else if (c == '{') {
        take();
        node.least = parse_count();
        node.most = node.least;
        if (!rest_.empty() && rest_.front() == ',') {
          take();
          node.most = !rest_.empty() && rest_.front() != '}' ? parse_count() : kUnbounded;
        }
        valid_ = !rest_.empty() && take() == '}';
      } else {
        return;
      }
    }
  }

  std::string_view rest_;
  bool valid_ = true;
  int depth_ = 0;
};

class Matcher {
 public:
  explicit Matcher(std::string_view text) : text_(text) {}

  bool match_any(std::vector<Sequence> const& alternatives, std::size_t at,
                 std::function<bool(std::size_t)> const& then) {
    for (auto const& sequence : alternatives) {
      if (match_sequence(sequence, 0, at, then)) return true;
    }
    return false;
  }

 private:
  bool match_sequence(Sequence const& sequence, std::size_t index, std::size_t at,
                      std::function<bool(std::size_t)> const& then) {
    if (index == sequence.size()) return then(at);
    return match_repeated(sequence, index, 0, at, then);
  }

  // Greedy: one more repetition first, then the rest of the sequence.
  bool match_repeated(Sequence const& sequence, std::size_t index, int done, std::size_t at,
                      std::function<bool(std::size_t)> const& then) {
    if (++steps_ > kMaxSteps) return false;
    Node const& node = sequence[index];
    if (node.kind == Node::Kind::set) return match_run(sequence, index, at, then);
    if (depth_ > kMaxDepth) return false;
    struct Deeper {
      int& depth;
      explicit Deeper(int& d) : depth(d) { ++depth; }
      ~Deeper() { --depth; }
    } const deeper(depth_);
    if (node.most == kUnbounded || done < node.most) {
      auto const again = [&](std::size_t next) {
        // An empty match repeated would never end.
        if (next == at && done >= node.least) return false;
        return match_repeated(sequence, index, done + 1, next, then);
      };
      if (match_once(node, at, again)) return true;
    }
    return done >= node.least && match_sequence(sequence, index + 1, at, then);
  }

  // The common case without recursion per byte: take as many bytes as fit, then give them back one by one.
  bool match_run(Sequence const& sequence, std::size_t index, std::size_t at,
                 std::function<bool(std::size_t)> const& then) {
    Node const& node = sequence[index];
    auto const least = static_cast<std::size_t>(node.least);
    std::size_t count = 0;
    while ((node.most == kUnbounded || count < static_cast<std::size_t>(node.most)) &&
           at + count < text_.size() && node.bytes.test(index_of(text_[at + count]))) {
      ++count;
    }
    for (; count >= least; --count) {
      if (++steps_ > kMaxSteps) return false;
      if (match_sequence(sequence, index + 1, at + count, then)) return true;
      if (count == 0) return false;
    }
    return false;
  }

  bool match_once(Node const& node, std::size_t at, std::function<bool(std::size_t)> const& then) {
    switch (node.kind) {
      case Node::Kind::begin:
        return at == 0 && then(at);
      case Node::Kind::end:
        return at == text_.size() && then(at);
      case Node::Kind::group:
        return match_any(node.alternatives, at, then);
      case Node::Kind::set:
        break;
    }
    return at < text_.size() && node.bytes.test(index_of(text_[at])) && then(at + 1);
  }

  std::string_view text_;
  int steps_ = 0;
  int depth_ = 0;
};

}  // namespace

bool regex_matches(std::string_view text, std::string_view pattern) {
  auto const alternatives = PatternParser(pattern).parse();
  if (!alternatives) return false;
  Matcher matcher(text);
  for (std::size_t start = 0; start <= text.size(); ++start) {
    if (matcher.match_any(*alternatives, start, [](std::size_t) { return true; })) return true;
  }
  return false;
}

}  // namespace rdssim::routeros
