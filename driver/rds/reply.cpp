// The reader of framed replies. Used through rds/reply.h.
#include "rds/reply.h"

#include <charconv>

namespace rdscsi::rds {
namespace {

// A position in the output; each take_*() moves it or reports false and leaves the rest alone.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  std::size_t offset() const { return offset_; }
  std::string_view rest() const { return text_.substr(offset_); }
  bool at_end() const { return offset_ == text_.size(); }

  bool take(std::string_view expected) {
    if (!rest().starts_with(expected)) return false;
    offset_ += expected.size();
    return true;
  }

  // CRLF as RouterOS sends it (FACTS 1.1), or LF.
  bool take_line_end() { return take("\r\n") || take("\n"); }

  // Plain decimal without leading zeros, below a billion.
  bool take_number(std::size_t& value) {
    std::string_view const digits = rest().substr(0, rest().find_first_not_of("0123456789"));
    if (digits.empty() || digits.size() > 9 || (digits.size() > 1 && digits.front() == '0')) return false;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    offset_ += digits.size();
    return true;
  }

  // `bytes` bytes as they are.
  bool take_exactly(std::size_t bytes, std::string& value) {
    if (rest().size() < bytes) return false;
    value = rest().substr(0, bytes);
    offset_ += bytes;
    return true;
  }

  // As take_exactly(), on a channel that turned each LF of the value into CRLF: CRLF counts, and reads, as
  // one LF.
  bool take_unfolded(std::size_t bytes, std::string& value) {
    value.clear();
    std::size_t at = offset_;
    while (value.size() < bytes) {
      if (at >= text_.size()) return false;
      if (text_.substr(at).starts_with("\r\n")) ++at;
      value.push_back(text_[at++]);
    }
    offset_ = at;
    return true;
  }

 private:
  std::string_view text_;
  std::size_t offset_ = 0;
};

using Take = bool (Cursor::*)(std::size_t, std::string&);

// `<text> <text>` and the line end, both copies equal.
bool take_twice(Cursor& cursor, std::size_t bytes, Take take, std::string& text) {
  Cursor attempt = cursor;
  std::string second;
  bool const whole = (attempt.*take)(bytes, text) && attempt.take(" ") && (attempt.*take)(bytes, second) &&
                     text == second && attempt.take_line_end();
  if (whole) cursor = attempt;
  return whole;
}

// `<section> <row> <key> <value>`
struct Pair {
  std::size_t section = 0;
  std::size_t row = 0;
  std::string key;
  std::string value;
};

bool split(std::string const& text, Pair& pair) {
  Cursor cursor(text);
  if (!cursor.take_number(pair.section) || !cursor.take(" ") || !cursor.take_number(pair.row) ||
      !cursor.take(" ")) {
    return false;
  }
  std::size_t const end = cursor.rest().find(' ');
  if (end == std::string_view::npos || end == 0) return false;
  pair.key = cursor.rest().substr(0, end);
  pair.value = cursor.rest().substr(end + 1);
  return true;
}

// Puts pairs into records: sections ascend, rows of a section count from 0 without a gap, keys appear once.
class Assembler {
 public:
  bool add(Pair pair) {
    bool const same_row = !records_.empty() && pair.section == section_ && pair.row == row_;
    if (!same_row) {
      bool const next_row = !records_.empty() && pair.section == section_ && pair.row == row_ + 1;
      bool const new_section = (records_.empty() || pair.section > section_) && pair.row == 0;
      if (!next_row && !new_section) return false;
      records_.push_back({static_cast<int>(pair.section), {}});
      section_ = pair.section;
      row_ = pair.row;
    }
    return records_.back().fields.emplace(std::move(pair.key), std::move(pair.value)).second;
  }

  std::vector<Record> take() { return std::move(records_); }

 private:
  std::vector<Record> records_;
  std::size_t section_ = 0;
  std::size_t row_ = 0;
};

// The text of `rest` if it is exactly one non-empty line, perhaps with empty lines around it.
std::string lone_line(std::string_view rest) {
  constexpr std::string_view kEnds = "\r\n";
  std::size_t const start = rest.find_first_not_of(kEnds);
  if (start == std::string_view::npos) return {};
  rest.remove_prefix(start);
  rest = rest.substr(0, rest.find_last_not_of(kEnds) + 1);
  return rest.find_first_of(kEnds) == std::string_view::npos ? std::string(rest) : std::string();
}

ReplyReading damaged(Cursor const& cursor, bool begun, std::string const& what) {
  ReplyReading reading;
  reading.damage = what + " at byte " + std::to_string(cursor.offset());
  reading.begun = begun;
  reading.error_line = lone_line(cursor.rest());
  return reading;
}

}  // namespace

std::optional<std::string> Record::get(std::string_view key) const {
  auto const found = fields.find(key);
  if (found == fields.end()) return std::nullopt;
  return found->second;
}

ReplyReading read_reply(std::string_view output, std::string_view nonce) {
  Cursor cursor(output);
  Cursor const start = cursor;
  if (!cursor.take(nonce) || !cursor.take_line_end()) {
    // A frame that begins later means something in front of it, not a device that refused the line.
    auto reading = damaged(start, false, "no frame begins");
    if (output.find(nonce) != std::string_view::npos) reading.error_line.clear();
    return reading;
  }
  Assembler assembler;
  for (std::size_t expected = 1;; ++expected) {
    Cursor const line = cursor;
    std::size_t count = 0;
    if (cursor.take(nonce)) {
      if (!cursor.take(" ") || !cursor.take_number(count) || !cursor.take_line_end()) {
        return damaged(line, true, "the frame's last line is not whole");
      }
      if (count != expected - 1) return damaged(line, true, "the frame's last line counts other lines");
      if (!cursor.at_end()) return damaged(cursor, true, "something follows the frame");
      break;
    }
    std::size_t index = 0;
    std::size_t bytes = 0;
    if (!cursor.take_number(index) || index != expected || !cursor.take(" ") || !cursor.take_number(bytes) ||
        !cursor.take(" ")) {
      return damaged(line, true, "line " + std::to_string(expected) + " of the frame does not begin");
    }
    std::string text;
    if (!take_twice(cursor, bytes, &Cursor::take_exactly, text) &&
        !take_twice(cursor, bytes, &Cursor::take_unfolded, text)) {
      return damaged(line, true,
                     "line " + std::to_string(expected) + " of the frame does not hold its text twice");
    }
    Pair pair;
    if (!split(text, pair) || !assembler.add(std::move(pair))) {
      return damaged(line, true, "line " + std::to_string(expected) + " of the frame is out of order");
    }
  }
  ReplyReading reading;
  reading.begun = true;
  reading.reply = Reply{assembler.take()};
  return reading;
}

}  // namespace rdscsi::rds
