// Scanner: a byte cursor over console text with the character classes of the grammar, and the exceptions by
// which the parser leaves a line. Private to the parser.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rdssim::routeros {

// Thrown for an error that stops parsing at once; `position` is the byte it names.
struct HardError {
  std::string text;
  std::size_t position;
};
// Thrown when the text ends inside a quote or bracket.
struct Incomplete {};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  static bool is_word_char(char c);      // menus, commands, argument names
  static bool is_variable_char(char c);  // $name
  static bool is_value_char(char c);     // unquoted values (FACTS 4)

  std::size_t position() const { return position_; }
  std::string_view between(std::size_t from, std::size_t to) const { return text_.substr(from, to - from); }
  void move_to(std::size_t position) { position_ = position; }
  bool at_end() const { return position_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const;  // '\0' at the end
  char take() { return text_[position_++]; }
  bool take_if(std::string_view token);
  bool looking_at(std::string_view token) const { return text_.substr(position_).starts_with(token); }

  void skip_blanks();  // blanks, and a backslash that joins two lines
  void skip_space();   // blanks and line ends
  bool at_blank() const;
  bool at_line_end() const;      // end of text, newline or CRLF
  void skip_comment();           // to the end of the line
  std::string_view take_word();  // may be empty
  std::string_view take_variable_name();
  std::string_view take_value_word();
  std::string_view take_argument_word();  // of a named argument
  // `10.0.0.0/8`, `2001:db8::1`: what in parentheses would else be taken for divisions and times. Empty, and
  // nothing taken: no such thing is here.
  std::string_view take_network();

  // " (line 1 column 7)" for a byte offset.
  std::string place(std::size_t position) const;
  int line_of(std::size_t position) const;

 private:
  std::string_view text_;
  std::size_t position_ = 0;
  mutable std::size_t counted_ = 0;  // up to here there are
  mutable int lines_ = 1;            // so many lines
};

}  // namespace rdssim::routeros
