// The standard error sink of the logging facade: the only file that knows spdlog. Lines arrive finished.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

#include "base/log.h"

namespace rdscsi::base::detail {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return spdlog::level::trace;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

LogSink make_stderr_sink() {
  // Not registered with spdlog's global registry: nothing outside this facade can change it.
  auto logger =
      std::make_shared<spdlog::logger>("rds-csi", std::make_shared<spdlog::sinks::stderr_sink_st>());
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  return [logger](LogRecord const& record) {
    // As an argument, never as the format: a line may contain braces.
    logger->log(to_spdlog(record.level), "{}", record.line);
  };
}

}  // namespace rdscsi::base::detail
