// Fault: one thing that goes wrong between a client and the RDS, declared by data: a kind and its arguments.
// Scenario files, rds-sim's --faults file and tests make faults from (key, value) pairs; FaultyDevice plays
// them. The vocabulary is closed and lives here: the scenario schema and its lint are checked against it.
// Source: incidents.md "Fault primitives", incidents 19, 20, 21, 22, 36, 37, 38.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/time.h"

namespace rdssim::faults {

using rdscsi::base::Duration;
using rdscsi::base::TimePoint;

enum class FaultKind {
  pool_full,
  pool_unmounted,
  slow,
  trickle,
  reply_lost,
  session_dies,
  reset,
  half_open,
  refuse,
  hang_handshake,
  session_limit,
  connect_rate,
  channel_refused,
  host_key_changed,
  auth_refused,
  output_cut,
  output_garbled,
  log_line,
  error_text,
  error_but_done,
  done_but_error,
  exit_status,
  nvme_refuse,
  nvme_vanish,
  nvme_reset,
  nvme_stall,
  nvme_slow,
  nvme_drop_queue,
  nvme_error,
  nvme_short_read,
  nvme_lost_write,
  nvme_resize,
};

// Where a fault strikes, and what one "firing" is.
enum class FaultScope {
  command,     // at a console command that matches; fired = commands hit
  connection,  // at a connection or a login; fired = connections hit
  channel,     // when a channel is opened; fired = channels hit
  state,       // changes the device or its listening socket at once; fired = 1 when applied
  link,        // established sessions, at once or at a matching command; fired = sessions hit
  nvme,        // what hosts have over NVMe/TCP; played by NvmeControl; fired = commands or connections hit
};

enum class ReplyHow { close, hang, reset };  // close: an orderly end of the channel
enum class LinkAt {
  now,
  command,
  reply
};  // at once; before a matching command is read; instead of its reply
// EVIDENCE(unknown): Whether a script goes on when its session dies. [FACTS 9.10; switch ScriptFate]
enum class ScriptFate { seeded, stops, goes_on };
// A state of the device that a fault needs in order to strike.
enum class During {
  always,
  booting,    // since a reboot not all exports are back
  busy,       // another command is under way
  pool_full,  // a fault of this kind is in force; likewise below
  pool_unmounted,
  half_open,
};
// What a host learns of a resize (nvme_resize); see nvme_tcp/export.h.
enum class ResizeNews { silently, with_event, after_reexport };

// Blocks of a namespace, both ends included.
struct BlockSpan {
  std::uint64_t first = 0, last = 0;
};

// Which hosts, queues and commands an NVMe/TCP fault strikes, beside Match::slot, nth, times and chance.
struct NvmeMatch {
  std::string nqn, host;           // of the subsystem; host NQN as announced
  std::optional<int> port, queue;  // port as configured; queue 0: the admin queue
  std::string command;             // `read`, `identify` ...: nvme_commands()
  std::optional<BlockSpan> range;  // the command touches it
};

// Which commands (or logins) a fault strikes. All that is given must hold.
struct Match {
  std::string contains;  // the line contains this text
  std::string menu;  // with `command`: the line calls it: `/disk add` or `/disk/add`, anywhere in a script
  std::string command;
  std::string slot;                // the line names this slot or file, as a whole word
  std::string user;                // login name without modifiers
  int nth = 1;                     // from this matching occurrence on, counted since the injection
  int times = 0;                   // at most so many firings; 0: until healed
  double chance = 1.0;             // drawn for each matching occurrence from `nth` on (seeded)
  During during = During::always;  // `while`: what does not strike for this is no occurrence
};

struct Fault {
  FaultKind kind{};
  Match match;
  std::optional<Duration> window;  // heals itself so long after the injection

  Duration busy{};                         // slow
  bool busy_after = false;                 // slow: the effect first, then busy
  ReplyHow how = ReplyHow::hang;           // reply_lost, output_cut, channel_refused (close = refused)
  LinkAt at = LinkAt::now;                 // reset, half_open
  ScriptFate script = ScriptFate::seeded;  // session_dies
  int after_effect = 0;                    // session_dies (at least 1), error_text (0: nothing was done)
  int limit = 0;                           // session_limit, connect_rate
  Duration within{};                       // connect_rate: `limit` connections per so much time
  std::optional<std::int64_t> at_byte;     // output_cut; absent: seeded
  std::optional<int> line;                 // log_line: before this output line (1 = first); absent: seeded
  int bytes = 1;                           // output_garbled: how many bytes change
  std::int64_t rate = 0;                   // trickle: bytes per second
  std::string text;                        // log_line, error_text, error_but_done: without line end
  int status = 0;                          // exit_status, error_text, error_but_done
  std::string pool;                        // pool_full, pool_unmounted: slot of the pool; empty: the first
  std::int64_t left = 0;                   // pool_full: bytes that stay free

  NvmeMatch nvme;                          // nvme_*
  Duration delay{};                        // nvme_slow
  std::uint16_t code = 0;                  // nvme_error: SCT << 8 | SC
  bool retry_forbidden = false;            // nvme_error: Do Not Retry
  ResizeNews news = ResizeNews::silently;  // nvme_resize

  std::string description;  // `reply_lost how=hang command=add`: the pairs it was made from, for reports
};

enum class ArgumentForm {
  duration,
  count,
  bytes,
  text,
  chance,
  choice,
  blocks  // `100-109`, both ends included
};

struct ArgumentSpec {
  std::string name;
  ArgumentForm form;
  std::vector<std::string> choices;  // form == choice only
  bool required = false;
  std::string meaning;  // one line, with the default
};

struct KindSpec {
  std::string name;  // as written in files: "reply_lost"
  FaultKind kind;
  FaultScope scope;
  int default_times;                    // 0: until healed
  std::vector<ArgumentSpec> arguments;  // all it takes, matching arguments and `for` included
  std::string client_sees;
  std::string cause;  // what does this in production
};

// Every kind, in the order of the enum. Thread-safe.
std::vector<KindSpec> const& fault_vocabulary();

std::string_view to_string(FaultKind kind);

// A command or a status of NVMe by the word that declarations use.
struct NvmeWord {
  std::string_view name;
  std::uint16_t value;
  bool admin = false;  // commands: it comes on the admin queue
};
std::vector<NvmeWord> const& nvme_commands();  // value: the opcode
std::vector<NvmeWord> const& nvme_statuses();  // value: SCT << 8 | SC

using Arguments = std::vector<std::pair<std::string, std::string>>;

// Makes the fault `kind` from its arguments. Fails with invalid_argument for an unknown kind or argument
// (naming the nearest word), a missing or doubled one, or a bad value (naming the form wanted). Durations
// carry a unit (150ms, 3s, 2m, 1h), sizes may (4GiB), chances are `30%` or `0.3`.
rdscsi::base::StatusOr<Fault> parse_fault(std::string_view kind, Arguments const& arguments);

// The word of `candidates` that `word` was probably meant to be; empty when none is near.
std::string nearest_word(std::string_view word, std::vector<std::string> const& candidates);

// "150ms" and so on; invalid_argument otherwise. For rds-sim's flags too.
rdscsi::base::StatusOr<Duration> parse_duration(std::string_view text);
rdscsi::base::StatusOr<std::int64_t> parse_bytes(std::string_view text);

}  // namespace rdssim::faults
