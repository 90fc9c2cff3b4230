// Finding values of secret arguments.
#include "simulator/transcript/redact.h"

#include <algorithm>
#include <cctype>

namespace rdssim::transcript {
namespace {

constexpr std::size_t kKnownMin = 4;  // shorter ones are everywhere by chance

// The name that ends `text`: letters, digits, dashes; its closing quote does not count ("password"=x).
std::string_view name_at_end(std::string_view text) {
  if (!text.empty() && text.back() == '"') text.remove_suffix(1);
  std::size_t begin = text.size();
  auto const part = [](char c) { return c == '-' || std::isalnum(static_cast<unsigned char>(c)) != 0; };
  while (begin > 0 && part(text[begin - 1])) --begin;
  return text.substr(begin);
}

bool is_secret(std::string_view name) {
  if (name.empty()) return false;
  if (name.ends_with("-key")) return !name.ends_with("public-key");
  for (std::string_view const ending : {"password", "passphrase", "secret"}) {
    if (name.ends_with(ending)) return true;
  }
  auto const dash = name.rfind('-');
  std::string_view const last = dash == std::string_view::npos ? name : name.substr(dash + 1);
  // `p` alone is an abbreviation of `port` and others only behind a dash.
  if (last.size() < 2 && dash != std::string_view::npos) return false;
  if (last.empty()) return false;
  return std::string_view("password").starts_with(last) || std::string_view("passphrase").starts_with(last);
}

struct Span {
  std::size_t begin, end;
};

// The bytes of the value that begins at `at`, without quotes.
Span value_at(std::string_view text, std::size_t at) {
  if (at < text.size() && text[at] == '"') {
    std::size_t end = ++at;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    return {at, std::min(end, text.size())};
  }
  std::size_t end = at;
  while (end < text.size() && std::string_view(" ;\r\n])}").find(text[end]) == std::string_view::npos) ++end;
  return {at, end};
}

// What stands behind the name that ends at `end`: `=value`, or blanks and a quoted one (`:local name "x"`).
// An empty span: neither, or no value of its own but a variable or an expression.
Span secret_behind(std::string_view text, std::size_t end) {
  if (end < text.size() && text[end] == '"') ++end;
  std::size_t at = end;
  if (at < text.size() && text[at] == '=') {
    ++at;
  } else {
    while (at < text.size() && text[at] == ' ') ++at;
    if (at == end || at >= text.size() || text[at] != '"') return {0, 0};
  }
  Span const found = value_at(text, at);
  bool const expression = found.begin < found.end && found.begin == at &&
                          std::string_view("$([").find(text[found.begin]) != std::string_view::npos;
  return expression ? Span{0, 0} : found;
}

// A quoted text as the console prints it: `\"` is `"`.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    out += text[i];
  }
  return out;
}

}  // namespace

void Redactor::add_secret(std::string_view secret) {
  bool const stars = secret.find_first_not_of('*') == std::string_view::npos;
  if (secret.size() < kKnownMin || stars) return;
  if (std::find(secrets_.begin(), secrets_.end(), secret) != secrets_.end()) return;
  secrets_.emplace_back(secret);
  std::stable_sort(secrets_.begin(), secrets_.end(),
                   [](auto const& a, auto const& b) { return a.size() > b.size(); });
}

std::string Redactor::without_known(std::string text) const {
  for (auto const& secret : secrets_) {
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(at), secret.size(), '*');
    }
  }
  return text;
}

std::string Redactor::clean(std::string_view text) {
  std::string out(text);
  for (std::size_t end = 1; end < out.size(); ++end) {
    if (out[end] != '=' && out[end] != ' ' && out[end] != '"') continue;
    if (!is_secret(name_at_end(std::string_view(out).substr(0, end)))) continue;
    auto const [begin, stop] = secret_behind(out, end);
    if (begin == stop) continue;
    std::string_view const value = std::string_view(out).substr(begin, stop - begin);
    add_secret(unescaped(value));
    add_secret(value);
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(begin),
              out.begin() + static_cast<std::ptrdiff_t>(stop), '*');
  }
  return without_known(std::move(out));
}

}  // namespace rdssim::transcript
