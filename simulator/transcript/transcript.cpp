// Writing recordings, and reading them back.
#include "simulator/transcript/transcript.h"

#include <charconv>
#include <utility>

#include "base/reasons.h"
#include "simulator/transcript/capture.h"

namespace rdssim::transcript {
namespace {

using rdscsi::base::Effect;
using rdscsi::base::fail;
using rdscsi::base::Reason;
using rdscsi::base::StatusOr;

constexpr char kHex[] = "0123456789abcdef";

// Cuts `text` behind `prefix`; false: it begins otherwise.
bool take(std::string_view* text, std::string_view prefix) {
  if (text->substr(0, prefix.size()) != prefix) return false;
  text->remove_prefix(prefix.size());
  return true;
}

template <typename Number>
bool take_number(std::string_view* text, Number* number) {
  auto const [end, error] = std::from_chars(text->data(), text->data() + text->size(), *number);
  if (error != std::errc()) return false;
  text->remove_prefix(static_cast<std::size_t>(end - text->data()));
  return true;
}

int hex_digit(char c) {
  for (int value = 0; value < 16; ++value) {
    if (kHex[value] == c) return value;
  }
  return -1;
}

// Reads what quoted() wrote, up to its closing quote.
bool take_quoted(std::string_view* text, std::string* value) {
  if (!take(text, "\"")) return false;
  while (!text->empty()) {
    char const c = text->front();
    text->remove_prefix(1);
    if (c == '"') return true;
    if (c != '\\') {
      *value += c;
      continue;
    }
    if (text->empty()) return false;
    char const escaped = text->front();
    text->remove_prefix(1);
    if (escaped == 'x') {
      int const high = text->empty() ? -1 : hex_digit((*text)[0]);
      int const low = text->size() < 2 ? -1 : hex_digit((*text)[1]);
      if (high < 0 || low < 0) return false;
      *value += static_cast<char>(high * 16 + low);
      text->remove_prefix(2);
    } else {
      constexpr std::string_view kNames = "rnt\"\\", kValues = "\r\n\t\"\\";
      auto const at = kNames.find(escaped);
      if (at == std::string_view::npos) return false;
      *value += kValues[at];
    }
  }
  return false;
}

bool take_terminal(std::string_view* text, std::optional<Terminal>* pty) {
  pty->emplace();
  return take_number(text, &(*pty)->width) && take(text, "x") && take_number(text, &(*pty)->height);
}

// Reads a recording line by line, knowing where it is.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  // Empty: all is well.
  std::string read(Transcript* transcript);
  int line() const { return line_; }

 private:
  std::string_view next_line() {
    auto const end = rest_.find('\n');
    std::string_view const found = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++line_;
    return found;
  }
  std::string read_session(std::string_view text, Transcript* transcript);
  std::string read_command(std::string_view text, Entry* entry);
  std::string read_bytes(std::string_view size_text, std::string* bytes);
  std::string read_end(std::string_view text, Entry* entry);

  std::string_view rest_;
  int line_ = 0;
};

std::string Reader::read_session(std::string_view text, Transcript* transcript) {
  bool good = take_number(&text, &transcript->session) && take(&text, "; login: ");
  auto const end = text.find("; recording: ");
  good = good && end != std::string_view::npos;
  if (!good) return "expected `# session: NUMBER; login: LOGIN; recording: ID`";
  transcript->login = std::string(text.substr(0, end));
  transcript->recording = std::string(text.substr(end + std::string_view("; recording: ").size()));
  return {};
}

std::string Reader::read_command(std::string_view text, Entry* entry) {
  constexpr char kExpected[] = "expected `# command: NUMBER; exec \"...\"` or `exec pty 80x24 \"...\"`";
  if (!take_number(&text, &entry->number) || !take(&text, "; exec ")) return kExpected;
  bool const pty = take(&text, "pty ");
  if (pty && (!take_terminal(&text, &entry->pty) || !take(&text, " "))) return kExpected;
  if (!take_quoted(&text, &entry->command) || !text.empty()) return kExpected;
  return {};
}

std::string Reader::read_bytes(std::string_view size_text, std::string* bytes) {
  std::size_t size = 0;
  if (!take_number(&size_text, &size) || size_text != " bytes") return "expected a number and `bytes`";
  if (size > rest_.size()) return "the file ends before the bytes it announces";
  *bytes = std::string(rest_.substr(0, size));
  rest_.remove_prefix(size);
  for (char const c : *bytes) line_ += c == '\n' ? 1 : 0;
  if (size > 0 && bytes->back() != '\n') {
    if (!take(&rest_, "\n")) return "expected a line feed behind the announced bytes";
    ++line_;
  }
  return {};
}

std::string Reader::read_end(std::string_view text, Entry* entry) {
  if (take(&text, "exit ")) {
    entry->end = Entry::End::exit;
    if (take_number(&text, &entry->exit_status) && text.empty()) return {};
  } else if (text == "no exit status") {
    entry->end = Entry::End::no_status;
    return {};
  } else if (text == "lost" || text == "refused" || text == "left") {
    entry->end = text == "lost"      ? Entry::End::lost
                 : text == "refused" ? Entry::End::refused
                                     : Entry::End::left;
    return {};
  }
  return "expected `# end: exit 0`, `no exit status`, `lost`, `refused` or `left`";
}

std::string Reader::read(Transcript* transcript) {
  Entry* open = nullptr;  // its `# end:` has not come
  bool has_session = false;
  while (!rest_.empty()) {
    std::string_view line = next_line();
    int const at = line_;
    std::string wrong;
    if (take(&line, "# session: ") && !has_session) {
      has_session = true;
      wrong = read_session(line, transcript);
    } else if (take(&line, "# command: ") && open == nullptr) {
      open = &transcript->entries.emplace_back();
      open->line = at;
      wrong = read_command(line, open);
    } else if (take(&line, "# stdout: ") && open != nullptr) {
      wrong = read_bytes(line, &open->output);
    } else if (take(&line, "# stderr: ") && open != nullptr) {
      wrong = read_bytes(line, &open->errors);
    } else if (take(&line, "# end: ") && open != nullptr) {
      wrong = read_end(line, open);
      open = nullptr;
    } else {
      wrong = "this line does not belong here";
    }
    if (!wrong.empty()) {
      line_ = at;
      return wrong;
    }
  }
  return open == nullptr ? std::string() : "the file ends inside a command: no `# end:`";
}

bool read_head(std::string_view line, Transcript* transcript) {
  constexpr std::string_view kDevice = "; device/version: ", kCommand = "; command: ";
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (!take(&line, "# source: ")) return false;
  auto const device = line.find(kDevice);
  auto const command = line.rfind(kCommand);
  if (device == std::string_view::npos || command == std::string_view::npos || command < device) return false;
  transcript->source = std::string(line.substr(0, device));
  std::size_t const begin = device + kDevice.size();
  transcript->device = std::string(line.substr(begin, command - begin));
  transcript->commands = std::string(line.substr(command + kCommand.size()));
  return true;
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char const c : text) {
    constexpr std::string_view kNames = "rnt\"\\", kValues = "\r\n\t\"\\";
    auto const byte = static_cast<unsigned char>(c);
    if (auto const at = kValues.find(c); at != std::string_view::npos) {
      out += '\\';
      out += kNames[at];
    } else if (byte < ' ' || byte == 0x7f) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string write_head(Transcript const& transcript) {
  return "# source: " + transcript.source + "; device/version: " + transcript.device +
         "; command: " + transcript.commands + "\n# session: " + std::to_string(transcript.session) +
         "; login: " + transcript.login + "; recording: " + transcript.recording + "\n";
}

std::string write_entry(Entry const& entry) {
  auto const bytes = [](std::string_view name, std::string const& text) {
    std::string out = "# " + std::string(name) + ": " + std::to_string(text.size()) + " bytes\n" + text;
    return text.empty() || text.back() == '\n' ? out : out + '\n';
  };
  std::string const size =
      entry.pty ? "pty " + std::to_string(entry.pty->width) + "x" + std::to_string(entry.pty->height) + " "
                : "";
  std::string out =
      "# command: " + std::to_string(entry.number) + "; exec " + size + quoted(entry.command) + "\n";
  out += bytes("stdout", entry.output);
  if (!entry.errors.empty()) out += bytes("stderr", entry.errors);
  switch (entry.end) {
    case Entry::End::exit:
      return out + "# end: exit " + std::to_string(entry.exit_status) + "\n";
    case Entry::End::no_status:
      return out + "# end: no exit status\n";
    case Entry::End::lost:
      return out + "# end: lost\n";
    case Entry::End::left:
      return out + "# end: left\n";
    case Entry::End::refused:
      break;
  }
  return out + "# end: refused\n";
}

StatusOr<Transcript> read_transcript(std::string_view text, std::string_view name) {
  Transcript transcript;
  auto const bad = [&](int line, std::string const& what) {
    return fail(Reason::invalid_argument, Effect::none,
                std::string(name) + ":" + std::to_string(line) + ": " + what);
  };
  auto const end = text.find('\n');
  std::string_view const first = text.substr(0, end);
  if (!read_head(first, &transcript)) {
    return bad(1, "expected `# source: ...; device/version: ...; command: ...`");
  }
  std::string_view const body = end == std::string_view::npos ? "" : text.substr(end + 1);
  transcript.recorded = body.substr(0, std::string_view("# session: ").size()) == "# session: ";
  if (!transcript.recorded) {
    read_terminal(first, &transcript);
    std::string const why = read_capture_body(body, &transcript);
    if (!why.empty()) return bad(1, why);
    return transcript;
  }
  Reader reader(body);
  std::string const wrong = reader.read(&transcript);
  if (!wrong.empty()) return bad(reader.line() + 1, wrong);
  for (auto& entry : transcript.entries) ++entry.line;  // the first line is not the reader's
  return transcript;
}

}  // namespace rdssim::transcript
