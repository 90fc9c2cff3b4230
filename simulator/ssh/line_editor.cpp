// What each key does.
#include "simulator/ssh/line_editor.h"

#include <utility>

namespace rdssim::ssh {
namespace {

constexpr char kCtrlC = 0x03;
constexpr char kCtrlD = 0x04;
constexpr char kBackspace = 0x08;
constexpr char kCtrlU = 0x15;
constexpr char kEscape = 0x1b;
constexpr char kDelete = 0x7f;

}  // namespace

void LineEditor::replace_line(std::string text, std::string* echo) {
  if (echo_) {
    for (std::size_t i = 0; i < line_.size(); ++i) echo->append("\b \b");
    echo->append(text);
  }
  line_ = std::move(text);
}

bool LineEditor::escape(char c, std::string* echo) {
  if (escape_.empty() && c != kEscape) return false;
  escape_ += c;
  if (escape_.size() == 2 && c != '[' && c != 'O') {
    escape_.clear();
  } else if (escape_.size() > 2 && c >= '@' && c <= '~') {
    if (c == 'A' && recalled_ > 0) replace_line(history_[--recalled_], echo);
    if (c == 'B' && recalled_ < history_.size()) {
      ++recalled_;
      replace_line(recalled_ == history_.size() ? "" : history_[recalled_], echo);
    }
    escape_.clear();
  }
  return true;
}

std::vector<LineEditor::Step> LineEditor::type(std::string_view bytes, std::string* echo) {
  std::vector<Step> steps;
  for (char const c : bytes) {
    bool const second_of_crlf = c == '\n' && after_return_;
    after_return_ = c == '\r';
    if (second_of_crlf || escape(c, echo)) continue;
    if (c == '\r' || c == '\n') {
      if (echo_) echo->append("\r\n");
      if (!line_.empty()) history_.push_back(line_);
      recalled_ = history_.size();
      steps.push_back({Step::Kind::line, std::exchange(line_, {})});
    } else if (c == kCtrlC) {
      line_.clear();
      steps.push_back({Step::Kind::interrupt, {}});
    } else if (c == kCtrlD) {
      if (line_.empty()) steps.push_back({Step::Kind::end_of_input, {}});
    } else if (c == kBackspace || c == kDelete) {
      if (!line_.empty()) {
        line_.pop_back();
        if (echo_) echo->append("\b \b");
      }
    } else if (c == kCtrlU) {
      replace_line({}, echo);
    } else if (static_cast<unsigned char>(c) >= ' ') {
      line_ += c;
      if (echo_) echo->push_back(c);
    }
  }
  return steps;
}

}  // namespace rdssim::ssh
