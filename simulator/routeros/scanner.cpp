// Character classes and positions. Which bytes an unquoted value may hold is FACTS 4 (inferred from CHR parse
// results); bytes above 127 are refused outside quotes, because `:local café` fails at the é on every
// version.
#include "simulator/routeros/scanner.h"

#include <algorithm>

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

std::string Scanner::place(std::size_t position) const {
  auto const before = text_.substr(0, std::min(position, text_.size()));
  auto const newline = before.rfind('\n');
  auto const column = newline == std::string_view::npos ? position + 1 : position - newline;
  return " (line " + std::to_string(line_of(position)) + " column " + std::to_string(column) + ")";
}

int Scanner::line_of(std::size_t position) const {
  auto const before = text_.substr(0, std::min(position, text_.size()));
  return 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
}

}  // namespace rdssim::routeros
