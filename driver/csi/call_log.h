// The one log line of an RPC (Rule 8), and what it may contain: never parameters, contexts or secrets. Used
// by the gRPC edge; testdata/call_log.golden shows one line of each kind.
#pragma once

#include <string>
#include <string_view>

#include "base/context.h"
#include "base/log.h"

namespace rdscsi::csi {

// How loud an RPC is when it worked.
enum class CallKind {
  chatter,  // debug: Probe, plugin info, capabilities, lists, statistics
  change,   // info: something was made, changed or removed (or found done)
};

struct CallRecord {
  std::string_view rpc;  // "CreateVolume"
  CallKind kind = CallKind::chatter;
  base::Status status;
  base::Duration elapsed{};
};

// debug or info when it worked, warn with code, reason and effect when it failed, error for a bug of ours.
base::LogLevel call_level(CallRecord const& record);

// Writes the line; `ctx` gives rpc, volume and so on as fields.
void log_call(base::Context const& ctx, CallRecord const& record);

}  // namespace rdscsi::csi
