// LineEditor: the keyboard side of the plain interactive shell: bytes typed in, bytes to echo and whole lines
// out. Knows enter, backspace, Ctrl-C, Ctrl-D, Ctrl-U and history by arrow keys; drops other escape
// sequences. Pure: no I/O, no time. Used by Connection.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rdssim::ssh {

class LineEditor {
 public:
  // With `echo` typed characters come back; a shell without a pty has none.
  explicit LineEditor(bool echo) : echo_(echo) {}

  struct Step {
    enum class Kind { line, interrupt, end_of_input };
    Kind kind;
    std::string line;  // without its end
  };

  // Takes bytes as they come; appends to *echo what the terminal shows. A line is never split between steps.
  std::vector<Step> type(std::string_view bytes, std::string* echo);

  std::string const& pending() const { return line_; }

 private:
  void replace_line(std::string text, std::string* echo);
  bool escape(char c, std::string* echo);  // true: the character belongs to an escape sequence
  bool const echo_;
  std::string line_;
  std::string escape_;
  std::vector<std::string> history_;
  std::size_t recalled_ = 0;
  bool after_return_ = false;
};

}  // namespace rdssim::ssh
