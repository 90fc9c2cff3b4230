// The part of the vocabulary that happens between hosts and the NVMe/TCP target. See vocabulary.cpp.
#include "simulator/faults/vocabulary_build.h"

namespace rdssim::faults {

// Opcodes of the NVM Express Base and NVM Command Set specifications.
std::vector<NvmeWord> const& nvme_commands() {
  static std::vector<NvmeWord> const words = {
      {"flush", 0x00},
      {"write", 0x01},
      {"read", 0x02},
      {"write_zeroes", 0x08},
      {"deallocate", 0x09},
      {"identify", 0x06, true},
      {"log_page", 0x02, true},
      {"keep_alive", 0x18, true},
      {"async_event", 0x0c, true},
  };
  return words;
}

// Generic, command specific, media and path related status values of the same.
std::vector<NvmeWord> const& nvme_statuses() {
  static std::vector<NvmeWord> const words = {
      {"unrecovered_read", 0x281}, {"write_fault", 0x280}, {"access_denied", 0x286},
      {"internal_error", 0x006},   {"not_ready", 0x082},   {"capacity_exceeded", 0x081},
      {"write_protected", 0x020},  {"path_error", 0x300},  {"aborted", 0x007},
  };
  return words;
}

namespace vocabulary {
namespace {

std::vector<std::string> names(std::vector<NvmeWord> const& words) {
  std::vector<std::string> all;
  for (auto const& word : words) all.emplace_back(word.name);
  return all;
}

// What selects connections, after the arguments of its own.
std::vector<ArgumentSpec> connections(std::vector<ArgumentSpec> own = {}) {
  return with(with(window_only(), {argument("slot", ArgumentForm::text, "only hosts of this disk"),
                                   argument("nqn", ArgumentForm::text, "only hosts of this subsystem"),
                                   argument("host", ArgumentForm::text, "only this host NQN"),
                                   argument("port", ArgumentForm::count, "only this nvme-tcp-server-port"),
                                   argument("queue", ArgumentForm::count, "only this queue; 0: admin")}),
              std::move(own));
}

// What selects commands.
std::vector<ArgumentSpec> commands_on_queues(std::vector<ArgumentSpec> own) {
  return with(
      connections({choice("command", names(nvme_commands()), "only this command"),
                   argument("range", ArgumentForm::blocks, "only commands that touch these blocks"),
                   argument("nth", ArgumentForm::count, "from this matching command on; default 1"),
                   argument("times", ArgumentForm::count, "at most so many firings, 0: until healed"),
                   argument("chance", ArgumentForm::chance, "drawn per matching command; default 100%")}),
      std::move(own));
}

std::vector<ArgumentSpec> ports() {
  return with(window_only(), {argument("port", ArgumentForm::count, "only this nvme-tcp-server-port")});
}

}  // namespace

std::vector<KindSpec> nvme_kinds() {
  constexpr auto kScope = FaultScope::nvme;
  return {
      {"nvme_refuse", FaultKind::nvme_refuse, kScope, 0, ports(),
       "hosts cannot connect over NVMe/TCP, those connected stay", "the target's service is down"},
      {"nvme_vanish", FaultKind::nvme_vanish, kScope, 0, ports(),
       "all NVMe/TCP connections reset, nobody can connect", "the device loses power or its address moves"},
      {"nvme_reset", FaultKind::nvme_reset, kScope, 1, connections(),
       "the connections of the matching hosts are reset, at once", "a firewall or switch drops the flows"},
      {"nvme_stall", FaultKind::nvme_stall, kScope, 0, connections(),
       "NVMe/TCP connections freeze and none gets an answer; healed they go on",
       "a cable or path is gone, the target is wedged"},
      {"nvme_slow", FaultKind::nvme_slow, kScope, 0,
       commands_on_queues({required(argument("delay", ArgumentForm::duration, "how much later it is done"))}),
       "a command takes effect and is answered late", "a rebuild, a scrub, a worn disk"},
      {"nvme_drop_queue", FaultKind::nvme_drop_queue, kScope, 1, commands_on_queues({}),
       "the connection of one queue is reset, its command is not done", "one flow of many is dropped"},
      {"nvme_error", FaultKind::nvme_error, kScope, 1,
       commands_on_queues({choice("code", names(nvme_statuses()), "default unrecovered_read"),
                           choice("retry", {"allowed", "forbidden"}, "Do Not Retry; default allowed")}),
       "a command fails, nothing was done", "a bad block, a full pool under a sparse file"},
      {"nvme_short_read", FaultKind::nvme_short_read, kScope, 1,
       commands_on_queues({argument("bytes", ArgumentForm::count, "that arrive; default 1")}),
       "a read succeeds with fewer bytes than asked for", "a target that breaks the protocol"},
      {"nvme_lost_write", FaultKind::nvme_lost_write, kScope, 1, commands_on_queues({}),
       "a write succeeds and changes nothing", "a volatile cache that lost power"},
      {"nvme_resize", FaultKind::nvme_resize, kScope, 0,
       with(window_only(), {required(choice("shows", {"silently", "with_event", "after_reexport"},
                                            "in Identify only, with an event, or not before a new export"))}),
       "how hosts learn of a resize while this is in force",
       "nobody has asked a device yet (FACTS 7.4, 9.3)"},
  };
}

}  // namespace vocabulary
}  // namespace rdssim::faults
