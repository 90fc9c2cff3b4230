// Logging facade: one line per event, as text or JSON, with the fields of the Context it happened in. Used by
// every room; no spdlog header leaves log_spdlog.cpp.
//
// A line can be trusted: keys, message and values are escaped, so that nothing that came from a device, a
// request or an error text can begin a line or a field of its own (W-83). Secrets are never
// passed to it.
//
// Threads: every function may be called from any thread. Writing a line is no scheduling point at L1, and no
// sink may wait on anything of base/sync.h. Log text is never part of a run's digest.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"

namespace rdscsi::base {

enum class LogLevel { trace, debug, info, warn, error };
enum class LogFormat { text, json };

std::string_view to_string(LogLevel level);
std::optional<LogLevel> parse_log_level(std::string_view word);    // "trace" ... "error"
std::optional<LogFormat> parse_log_format(std::string_view word);  // "text", "json"

// std::string, std::string_view and abseil's own string_view, which Debian's build does not make std's.
template <typename Text>
concept TextLike = requires(Text const& text) {
  { text.data() } -> std::convertible_to<char const*>;
  { text.size() } -> std::convertible_to<std::size_t>;
};

// One key and its value, given at the call. A key of the same name in the Context is replaced by it.
struct LogField {
  LogField(std::string_view field_key, TextLike auto const& text)
      : key(field_key), value(text.data(), text.size()) {}
  LogField(std::string_view field_key, char const* text) : key(field_key), value(text) {}
  LogField(std::string_view field_key, std::integral auto number)
      : key(field_key), value(std::to_string(number)) {}
  LogField(std::string_view field_key, bool truth) : key(field_key), value(truth ? "true" : "false") {}
  LogField(std::string_view field_key, Duration duration)
      : key(field_key), value(format_duration(duration)) {}
  LogField(std::string_view field_key, Status const& status)
      : key(field_key), value(status.message().data(), status.message().size()) {}

  std::string key;
  std::string value;
};

// What a callback sink receives. `line` is the finished line without its newline.
struct LogRecord {
  LogLevel level = LogLevel::info;
  std::int64_t unix_ns = 0;
  std::string message;
  std::map<std::string, std::string> fields;
  std::string line;
};

using LogSink = std::function<void(LogRecord const&)>;

struct LogOptions {
  LogLevel level = LogLevel::info;  // what is below is dropped before anything is formatted
  LogFormat format = LogFormat::text;
  LogSink sink =
      {};  // empty: standard error. Called by one thread at a time; a log() from within it is dropped.
};

// Replaces the process-wide configuration; lines being written by other threads end first.
void configure_logging(LogOptions options);

bool log_enabled(LogLevel level);

void log(LogLevel level, Context const& ctx, std::string_view message,
         std::initializer_list<LogField> fields = {});

// The line for a record (its `line` is ignored), fields in order of their keys; what the golden tests pin.
std::string format_log_line(LogFormat format, LogRecord const& record);

namespace detail {
LogSink make_stderr_sink();  // log_spdlog.cpp
}  // namespace detail

}  // namespace rdscsi::base
