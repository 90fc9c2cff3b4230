// Character classes and positions. Which bytes an unquoted value may hold is FACTS 4 (inferred from CHR parse
// results); bytes above 127 are refused outside quotes, because `:local café` fails at the é on every
// version.
#include "simulator/routeros/scanner.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>

namespace rdssim::routeros {

namespace {
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr std::string_view kNeedsQuotes = " \t\r\n;\"[](){}$=`<>!|&'\\";
}  // namespace

bool Scanner::is_word_char(char c) {
  return is_lower(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
}
bool Scanner::is_variable_char(char c) {
  return is_lower(c) || is_upper(c) || is_digit(c);
}
bool Scanner::is_value_char(char c) {
  return static_cast<unsigned char>(c) > ' ' && static_cast<unsigned char>(c) < 127 &&
         kNeedsQuotes.find(c) == std::string_view::npos;
}

char Scanner::peek(std::size_t ahead) const {
  return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
}

bool Scanner::take_if(std::string_view token) {
  if (!looking_at(token)) return false;
  position_ += token.size();
  return true;
}

bool Scanner::at_blank() const {
  return peek() == ' ' || peek() == '\t' || looking_at("\\\n") || looking_at("\\\r\n");
}

bool Scanner::at_line_end() const {
  return at_end() || peek() == '\n' || looking_at("\r\n");
}

void Scanner::skip_blanks() {
  while (!at_end()) {
    if (peek() == ' ' || peek() == '\t') {
      ++position_;
    } else if (!take_if("\\\n") && !take_if("\\\r\n")) {
      return;
    }
  }
}

void Scanner::skip_space() {
  skip_blanks();
  while (!at_end() && (peek() == '\n' || peek() == '\r')) {
    ++position_;
    skip_blanks();
  }
}

void Scanner::skip_comment() {
  while (!at_line_end()) ++position_;
}

std::string_view Scanner::take_word() {
  auto const start = position_;
  while (!at_end() && is_word_char(peek())) ++position_;
  return text_.substr(start, position_ - start);
}

std::string_view Scanner::take_variable_name() {
  auto const start = position_;
  while (!at_end() && is_variable_char(peek())) ++position_;
  return text_.substr(start, position_ - start);
}

std::string_view Scanner::take_value_word() {
  auto const start = position_;
  while (!at_end() && is_value_char(peek())) ++position_;
  return text_.substr(start, position_ - start);
}

std::string_view Scanner::take_argument_word() {
  auto const start = position_;
  while (!at_end() && (is_value_char(peek()) || peek() == '!' || peek() == '<' || peek() == '>')) ++position_;
  return text_.substr(start, position_ - start);
}

std::string_view Scanner::take_network() {
  auto const start = position_;
  auto const take_while = [this](auto accepts) {
    auto const from = position_;
    while (!at_end() && accepts(peek())) ++position_;
    return text_.substr(from, position_ - from);
  };
  auto const is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string const address(take_while([&](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
  }));
  std::array<unsigned char, 16> bytes{};
  bool const six = address.find(':') != std::string::npos;
  bool good = !address.empty() && inet_pton(six ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) == 1;
  if (good && peek() == '/' && is_digit(peek(1))) {
    ++position_;
    take_while(is_digit);
  } else {
    good = good && six;  // a lone IPv4 address is a word like others
  }
  if (!good) position_ = start;
  return text_.substr(start, position_ - start);
}

std::string Scanner::place(std::size_t position) const {
  auto const before = text_.substr(0, std::min(position, text_.size()));
  auto const newline = before.rfind('\n');
  auto const column = newline == std::string_view::npos ? position + 1 : position - newline;
  return " (line " + std::to_string(line_of(position)) + " column " + std::to_string(column) + ")";
}

int Scanner::line_of(std::size_t position) const {
  position = std::min(position, text_.size());
  // Statements ask in order: counting goes on where it stopped, or a long script would take its square.
  if (position < counted_) {
    counted_ = 0;
    lines_ = 1;
  }
  auto const more = text_.substr(counted_, position - counted_);
  lines_ += static_cast<int>(std::count(more.begin(), more.end(), '\n'));
  counted_ = position;
  return lines_;
}

}  // namespace rdssim::routeros
