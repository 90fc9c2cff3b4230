// The closed list of reasons a call can fail for. One table in driver/csi/reason_table.cpp gives each its CSI
// code. Adding a reason here without a row there does not compile (the switch has no default).
#pragma once

#include <string_view>

#include "base/status.h"

namespace rdscsi::base {

enum class Reason {
  internal,            // a bug of ours; carries a reference id
  invalid_argument,    // the request breaks a rule of CSI or of a parameter
  out_of_range,        // size limits, or a size that can never be met
  not_found,           // proven absent while the pool was visible
  already_exists,      // same name, different content
  volume_in_use,       // a node has it: another may not, and it is not deleted
  not_ours,            // the object exists but carries no mark of ours, or another cluster's
  in_progress,         // another operation holds this volume; the message names it
  cancelled,           // the caller went away
  deadline,            // the caller's time is up
  overloaded,          // a bounded queue of ours is full
  shutting_down,       // the process is stopping
  rds_unreachable,     // no session: refused, reset, timed out, handshake hung
  rds_host_key,        // the device's host key is not the pinned one
  rds_auth,            // the device refused our user or key
  rds_turned_away,     // it takes our connections and hangs up before it says anything
  rds_session_lost,    // the session died under a command
  rds_timeout,         // no answer to a command in time
  rds_reply_damaged,   // a reply that does not account for every byte
  rds_command_failed,  // RouterOS answered an error we have no better name for
  rds_permission,      // RouterOS: not enough permissions
  rds_unsupported,     // this RouterOS lacks what the operation needs; the message names it
  pool_not_visible,    // the pool's row is missing, so absence proves nothing (incident 19)
  pool_full,           // no space for the volume
  unsupported,         // a part of CSI this driver does not implement; the message says so
  nodes_unknown,       // what nodes there are cannot be read at the moment
  stale_token,         // a page token this driver did not hand out: the list has to be started again
};

// "pool-full" and so on: used in logs, events, metrics labels.
std::string_view slug(Reason reason);

}  // namespace rdscsi::base
