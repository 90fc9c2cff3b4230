// The logging facade: configuration, levels and the two line formats. See log.h.
#include "base/log.h"

#include <atomic>
#include <mutex>
#include <utility>

namespace rdscsi::base {
namespace {

// A value longer than this is cut: one bad reply must not flood the log.
constexpr std::size_t kValueBytesMax = 2048;

struct Logging {
  std::atomic<LogLevel> level{LogLevel::info};
  std::mutex mutex;  // held around the sink: no scheduling point, so a std::mutex, also at L1
  LogFormat format = LogFormat::text;
  LogSink sink;
};

// Never destroyed: threads may still log while static objects are torn down.
Logging& logging() {
  static auto* const instance = new Logging;
  return *instance;
}

thread_local bool inside_sink = false;

// --- Characters ---

// Length of the well-formed UTF-8 sequence that starts at `at`, 0 when there is none (RFC 3629).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  auto const byte = [&](std::size_t index) -> unsigned {
    return at + index < text.size() ? static_cast<unsigned char>(text[at + index]) : 0U;
  };
  auto const continues = [&](std::size_t index) { return (byte(index) & 0xC0U) == 0x80U; };
  unsigned const first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    bool const overlong = first == 0xE0 && byte(1) < 0xA0;
    bool const surrogate = first == 0xED && byte(1) > 0x9F;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    bool const overlong = first == 0xF0 && byte(1) < 0x90;
    bool const too_high = first == 0xF4 && byte(1) > 0x8F;
    return continues(1) && continues(2) && continues(3) && !overlong && !too_high ? 4 : 0;
  }
  return 0;
}

// Characters that some viewer takes for the end of a line or that steer a terminal: U+0080..U+009F, U+2028,
// U+2029, and the marks that turn the reading direction (U+202A..U+202E, U+2066..U+2069).
bool steers_a_viewer(std::string_view character) {
  if (character.size() == 2) return character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0;
  if (character.size() != 3 || character[0] != '\xE2') return false;
  auto const third = static_cast<unsigned char>(character[2]);
  return (character[1] == '\x80' && third >= 0xA8 && third <= 0xAE) ||
         (character[1] == '\x81' && third >= 0xA6 && third <= 0xA9);
}

void append_hex(std::string& out, std::string_view lead, unsigned value, int digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out.append(lead);
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) out.push_back(kDigits[(value >> shift) & 0xFU]);
}

// The code point of a well-formed sequence of 2 or 3 bytes.
unsigned code_point(std::string_view character) {
  auto const bits = [&](std::size_t index, unsigned mask) {
    return static_cast<unsigned>(static_cast<unsigned char>(character[index])) & mask;
  };
  if (character.size() == 2) return (bits(0, 0x1FU) << 6U) | bits(1, 0x3FU);
  return (bits(0, 0x0FU) << 12U) | (bits(1, 0x3FU) << 6U) | bits(2, 0x3FU);
}

// `text` in double quotes; the escapes are those of JSON, bytes that are no UTF-8 become \xHH in text (not
// JSON, and meant to be seen) and U+FFFD in JSON.
void append_quoted(std::string& out, std::string_view text, LogFormat format) {
  out.push_back('"');
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const length = utf8_length(text, at);
    std::string_view const character = text.substr(at, length == 0 ? 1 : length);
    auto const byte = static_cast<unsigned char>(character[0]);
    at += character.size();
    if (length == 0) {
      if (format == LogFormat::json) {
        out.append("\\ufffd");
      } else {
        append_hex(out, "\\x", byte, 2);
      }
    } else if (byte == '"' || byte == '\\') {
      out.push_back('\\');
      out.append(character);
    } else if (byte == '\n') {
      out.append("\\n");
    } else if (byte == '\r') {
      out.append("\\r");
    } else if (byte == '\t') {
      out.append("\\t");
    } else if (byte < 0x20 || byte == 0x7F) {
      append_hex(out, "\\u", byte, 4);
    } else if (length > 1 && steers_a_viewer(character)) {
      append_hex(out, "\\u", code_point(character), 4);
    } else {
      out.append(character);
    }
  }
  out.push_back('"');
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Text format only: words that need no quotes.
bool is_plain(std::string_view value) {
  if (value.empty()) return false;
  constexpr std::string_view kAlso = "_-./:@+,%";
  for (char const c : value) {
    if (!is_alphanumeric(c) && kAlso.find(c) == std::string_view::npos) return false;
  }
  return true;
}

std::string shortened(std::string_view value) {
  if (value.size() <= kValueBytesMax) return std::string(value);
  std::string cut(value.substr(0, kValueBytesMax));
  return cut.append("...(").append(std::to_string(value.size() - kValueBytesMax)).append(" bytes more)");
}

// Keys are ours, but a map of parameters may one day be logged: anything odd becomes '_', and the names of
// the fixed parts of a JSON line are not available.
std::string safe_key(std::string_view key) {
  std::string safe;
  for (char const c : key) safe.push_back(is_alphanumeric(c) || c == '_' || c == '-' || c == '.' ? c : '_');
  if (safe.empty() || safe == "time" || safe == "level" || safe == "message") safe.insert(0, "field_");
  return safe;
}

}  // namespace

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return "trace";
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

std::optional<LogLevel> parse_log_level(std::string_view word) {
  for (auto const level :
       {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error}) {
    if (word == to_string(level)) return level;
  }
  return std::nullopt;
}

std::optional<LogFormat> parse_log_format(std::string_view word) {
  if (word == "text") return LogFormat::text;
  if (word == "json") return LogFormat::json;
  return std::nullopt;
}

std::string format_log_line(LogFormat format, LogRecord const& record) {
  bool const json = format == LogFormat::json;
  std::string line;
  if (json) line.append("{\"time\":\"");
  line.append(format_wall_time(record.unix_ns)).append(json ? "\",\"level\":\"" : " ");
  line.append(to_string(record.level)).append(json ? "\",\"message\":" : " ");
  append_quoted(line, shortened(record.message), format);
  for (auto const& [key, value] : record.fields) {
    if (json) {
      line.append(",\"").append(safe_key(key)).append("\":");
    } else {
      line.append(" ").append(safe_key(key)).append("=");
    }
    std::string const text = shortened(value);
    if (!json && is_plain(text)) {
      line.append(text);
    } else {
      append_quoted(line, text, format);
    }
  }
  if (json) line.push_back('}');
  return line;
}

void configure_logging(LogOptions options) {
  if (!options.sink) options.sink = detail::make_stderr_sink();
  Logging& state = logging();
  std::lock_guard guard(state.mutex);
  state.level.store(options.level);
  state.format = options.format;
  state.sink.swap(options.sink);
}

bool log_enabled(LogLevel level) {
  return level >= logging().level.load(std::memory_order_relaxed);
}

void log(LogLevel level, Context const& ctx, std::string_view message,
         std::initializer_list<LogField> fields) {
  if (!log_enabled(level) || inside_sink) return;
  LogRecord record{level, wall_now_ns(), std::string(message), ctx.fields(), {}};
  for (auto const& field : fields) record.fields.insert_or_assign(field.key, field.value);
  Logging& state = logging();
  std::lock_guard guard(state.mutex);
  if (!state.sink) state.sink = detail::make_stderr_sink();
  record.line = format_log_line(state.format, record);
  inside_sink = true;
  try {
    state.sink(record);
  } catch (...) {  // a full disk or a broken test sink must not take the call down that logged
  }
  inside_sink = false;
}

}  // namespace rdscsi::base
