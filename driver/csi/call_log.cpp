// The one log line of an RPC.
#include "csi/call_log.h"

#include "base/reasons.h"
#include "csi/driver.h"

namespace rdscsi::csi {

base::LogLevel call_level(CallRecord const& record) {
  if (record.status.ok())
    return record.kind == CallKind::change ? base::LogLevel::info : base::LogLevel::debug;
  return base::failure_of(record.status).reason == base::Reason::internal ? base::LogLevel::error
                                                                          : base::LogLevel::warn;
}

void log_call(base::Context const& ctx, CallRecord const& record) {
  base::LogLevel const level = call_level(record);
  if (!base::log_enabled(level)) return;
  // Milliseconds are what a person compares; nanoseconds would only make lines differ.
  base::Duration const elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(record.elapsed);
  if (record.status.ok()) {
    base::log(level, ctx, std::string(record.rpc) + " done", {{"code", "OK"}, {"took", elapsed}});
    return;
  }
  base::Failure const failure = base::failure_of(record.status);
  base::log(level, ctx, std::string(record.rpc) + " failed",
            {{"code", grpc_code_name(grpc_code(record.status))},
             {"effect", base::to_string(failure.effect)},
             {"error", std::string(record.status.message().data(), record.status.message().size())},
             {"reason", base::slug(failure.reason)},
             {"took", elapsed}});
}

}  // namespace rdscsi::csi
