// Quoting and line building. Used through rds/script.h.
#include "rds/script.h"

#include "base/reasons.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::fail;
using base::Reason;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// What stands between the quotes.
base::StatusOr<std::string> escape(std::string_view what, std::string_view value) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    char const c = value[i];
    auto const byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        out += "\\\"";
        continue;
      case '\\':
        out += "\\\\";
        continue;
      case '$':
        out += "\\$";
        continue;
      case '?':
        out += "\\?";
        continue;
      case '\n':
        out += "\\n";
        continue;
      case '\r':
        out += "\\r";
        continue;
      case '\t':
        out += "\\t";
        continue;
      default:
        break;
    }
    if (byte < 0x20 || byte == 0x7f) {
      return fail(Reason::invalid_argument, Effect::none,
                  std::string(what) + " holds the control character 0x" + kHex[byte / 16] + kHex[byte % 16] +
                      " at byte " + std::to_string(i) +
                      "; RouterOS strings carry printable characters, tab and line ends");
    }
    if (byte > 0x7e) {
      out += '\\';
      out += kHex[byte / 16];
      out += kHex[byte % 16];
      continue;
    }
    out += c;
  }
  return out;
}

}  // namespace

base::StatusOr<std::string> quote(std::string_view what, std::string_view value) {
  auto inner = escape(what, value);
  if (!inner.ok()) return inner.status();
  return "\"" + *inner + "\"";
}

std::string expression_for(std::string_view text) {
  constexpr std::string_view kSpecial = ".[]{}()*+?^$|\\";
  std::string out;
  for (char const c : text) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

Script& Script::code(Code text) {
  line_ += text.text();
  return *this;
}

Script& Script::value(std::string_view what, std::string_view value) {
  add(what, quote(what, value));
  return *this;
}

Script& Script::number(std::int64_t value) {
  line_ += std::to_string(value);
  return *this;
}

Script& Script::joined(std::string_view what, std::vector<Piece> const& pieces) {
  std::string out = "\"";
  bool after_variable = false;
  for (Piece const& piece : pieces) {
    if (auto const* variable = std::get_if<Variable>(&piece)) {
      out += '$';
      out += variable->name.text();
      after_variable = true;
      continue;
    }
    auto const& text = std::get<std::string>(piece);
    auto const inner = escape(what, text);
    if (!inner.ok()) {
      add(what, inner.status());
      return *this;
    }
    if (after_variable && !text.empty() && is_alphanumeric(text.front())) {
      add(what, fail(Reason::internal, Effect::none,
                     std::string(what) + ": text after a script variable begins with a letter or digit"));
      return *this;
    }
    out += *inner;
    if (!text.empty()) after_variable = false;
  }
  add(what, out + "\"");
  return *this;
}

void Script::add(std::string_view what, base::StatusOr<std::string> const& quoted) {
  if (!quoted.ok()) {
    if (error_.ok()) error_ = quoted.status();
    return;
  }
  line_ += *quoted;
  if (quoted->size() > longest_bytes_) {
    longest_bytes_ = quoted->size();
    longest_what_ = what;
  }
}

base::StatusOr<std::string> Script::finish(std::size_t bytes_max) const {
  if (!error_.ok()) return error_;
  if (line_.size() <= bytes_max) return line_;
  return fail(Reason::invalid_argument, Effect::none,
              "the RouterOS command would be " + std::to_string(line_.size()) + " bytes long, " +
                  std::to_string(bytes_max) + " are safe; the longest value in it is " + longest_what_ +
                  " with " + std::to_string(longest_bytes_) + " bytes: shorten it by " +
                  std::to_string(line_.size() - bytes_max));
}

}  // namespace rdscsi::rds
