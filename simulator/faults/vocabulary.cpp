// The closed vocabulary of faults: each kind with its arguments, what a client sees and what causes it in
// production. Read by parse_fault(), by the scenario lint and by the README's table (fault_test.cpp compares
// them).
#include "simulator/faults/fault.h"
#include "simulator/faults/vocabulary_build.h"

namespace rdssim::faults {

using namespace vocabulary;  // NOLINT(google-build-using-namespace): the words this table is made of

namespace {

ArgumentSpec exit_code() {
  return argument("status", ArgumentForm::count, "exit status sent with it; default 0, as the device does");
}

std::vector<KindSpec> device_kinds() {
  auto const pool = argument("pool", ArgumentForm::text, "slot of the pool; default: the first one");
  return {
      {"pool_full", FaultKind::pool_full, FaultScope::state, 1,
       with(window_only(), {pool, argument("left", ArgumentForm::bytes, "bytes that stay free; default 0")}),
       "`/disk add` fails for lack of space, free space reads near zero",
       "other clients of the array, snapshots or a rebuild took the space (incident 21)"},
      {"pool_unmounted", FaultKind::pool_unmounted, FaultScope::state, 1, with(window_only(), {pool}),
       "the pool's row and all files on it are missing, SSH works",
       "after a reboot SSH is back before the pool is mounted (incident 19)"},
      {"slow", FaultKind::slow, FaultScope::command, 0,
       with(commands(),
            {required(argument("busy", ArgumentForm::duration, "how much longer it takes")),
             choice("when", {"before", "after"}, "before its effects or after them; default before")}),
       "the answer comes late, the session is occupied meanwhile",
       "allocation of a large file, a rebuild, a scrub (incidents 20, 38)"},
      {"trickle", FaultKind::trickle, FaultScope::command, 1,
       with(commands(), {required(argument("rate", ArgumentForm::bytes, "bytes per second"))}),
       "output arrives byte by byte", "a link with heavy loss (incident 37)"},
  };
}

std::vector<KindSpec> reply_kinds() {
  return {
      {"reply_lost", FaultKind::reply_lost, FaultScope::command, 1,
       with(commands(), {choice("how", {"hang", "reset"}, "silence or a reset; default hang")}),
       "the command took effect, its answer never comes",
       "timeout or cut link after the commit (incident 20)"},
      {"session_dies", FaultKind::session_dies, FaultScope::command, 1,
       with(commands(), {argument("after_effect", ArgumentForm::count,
                                  "the session dies after this effect of it; default 1"),
                         choice("script", {"seeded", "stops", "goes_on"},
                                "what the rest of the script does; default seeded")}),
       "the connection is reset in the middle of a script; half of it may be done",
       "device or firewall drops the flow; whether scripts survive their session is unknown (FACTS 9.10)"},
      {"reset", FaultKind::reset, FaultScope::link, 1,
       with(commands(),
            {choice("at", {"now", "command", "reply"},
                    "at once; before a matching command is read; instead of its reply; default: now, "
                    "or command when something is to be matched")}),
       "connection reset by peer", "reboot of the device, restart of its SSH service (incidents 1, 20)"},
      {"half_open", FaultKind::half_open, FaultScope::link, 1,
       with(commands(),
            {choice("at", {"now", "command", "reply"}, "as for reset; healing resets what was half-open")}),
       "the session looks alive, bytes vanish both ways, no error ever comes",
       "a firewall forgot the flow, the device lost power (incident 37)"},
  };
}

std::vector<KindSpec> connection_kinds() {
  auto user = argument("user", ArgumentForm::text, "only logins of this user");
  return {
      {"refuse", FaultKind::refuse, FaultScope::state, 1, window_only(), "connection refused",
       "SSH service down, device booting (incidents 1, 36)"},
      {"hang_handshake", FaultKind::hang_handshake, FaultScope::connection, 0, counted(),
       "TCP connects, no SSH banner ever comes", "overloaded or wedged SSH service (incident 37)"},
      {"session_limit", FaultKind::session_limit, FaultScope::connection, 0,
       with(counted(), {required(argument("limit", ArgumentForm::count, "sessions open at once"))}),
       "connection closed before the banner",
       "`/ip service max-sessions` reached by other clients (incident 38)"},
      {"connect_rate", FaultKind::connect_rate, FaultScope::connection, 0,
       with(counted(), {required(argument("limit", ArgumentForm::count, "connections per `within`")),
                        argument("within", ArgumentForm::duration, "default 1s")}),
       "connection closed before the banner", "all clients return at once, a small box (incident 36)"},
      {"channel_refused", FaultKind::channel_refused, FaultScope::channel, 0,
       with(counted(), {choice("how", {"close", "hang"}, "refused or never answered; default close")}),
       "the session lives, a channel cannot be opened", "session limit per connection (incidents 37, 38)"},
      {"host_key_changed", FaultKind::host_key_changed, FaultScope::connection, 0, counted(),
       "the host key is not the pinned one",
       "reinstalled device, another device at the address (incident 36)"},
      {"auth_refused", FaultKind::auth_refused, FaultScope::connection, 0, with(counted(), {user}),
       "key and password are refused", "account disabled, key removed (incident 36)"},
  };
}

std::vector<KindSpec> output_kinds() {
  auto const text = argument("text", ArgumentForm::text, "the error; default `failure: unknown error`");
  return {
      {"output_cut", FaultKind::output_cut, FaultScope::command, 1,
       with(commands(), {argument("at_byte", ArgumentForm::count, "bytes that arrive; default seeded"),
                         choice("how", {"close", "hang", "reset"}, "what follows the cut; default close")}),
       "output ends early", "console buffer overrun, session killed while printing (incident 22)"},
      {"output_garbled", FaultKind::output_garbled, FaultScope::command, 1,
       with(commands(), {argument("bytes", ArgumentForm::count, "how many bytes change; default 1")}),
       "some bytes of the output are others",
       "another console's output mixed in, terminal codes (incident 22)"},
      {"log_line", FaultKind::log_line, FaultScope::command, 1,
       with(commands(), {argument("text", ArgumentForm::text, "the line; default a login failure"),
                         argument("line", ArgumentForm::count, "before this output line; default seeded")}),
       "a log line stands between two lines of output", "RouterOS echoes critical log lines into consoles"},
      {"error_text", FaultKind::error_text, FaultScope::command, 1,
       with(commands(), {text, exit_code(),
                         argument("after_effect", ArgumentForm::count,
                                  "fails after this effect; default 0: nothing was done")}),
       "an error text, nothing (or a part) was done", "wording differs between versions (incident 22)"},
      {"error_but_done", FaultKind::error_but_done, FaultScope::command, 1,
       with(commands(), {text, exit_code()}), "an error text, all was done",
       "the export failed after the disk was added (incident 20)"},
      {"done_but_error", FaultKind::done_but_error, FaultScope::command, 1, commands(),
       "the answer of a success, nothing was done",
       "configuration not yet written when the device lost power"},
      // EVIDENCE(documented): The manual promises non-zero exit codes for ssh-exec; no capture shows one.
      // [FACTS 5.5]
      {"exit_status", FaultKind::exit_status, FaultScope::command, 1,
       with(commands(), {required(argument("status", ArgumentForm::count, "exit status instead of 0"))}),
       "success text with a non-zero exit status", "ssh-exec documentation promises such codes (FACTS 5.5)"},
  };
}

}  // namespace

std::vector<KindSpec> const& fault_vocabulary() {
  static auto const& all = *new std::vector<KindSpec>([] {
    std::vector<KindSpec> kinds;
    for (auto& group : {device_kinds(), reply_kinds(), connection_kinds(), output_kinds(), nvme_kinds()}) {
      kinds.insert(kinds.end(), group.begin(), group.end());
    }
    return kinds;
  }());
  return all;
}

std::string_view to_string(FaultKind kind) {
  for (auto const& spec : fault_vocabulary()) {
    if (spec.kind == kind) return spec.name;
  }
  return "unknown";
}

}  // namespace rdssim::faults
