// What a scenario can expect: predicates and cost counts. See vocabulary.h.
// The harness rules (DESIGN "Rules the driver keeps", incidents.md "Checked after every scenario") are not
// here: they are checked without being written.
#include "scenarios/engine/vocabulary.h"
#include "scenarios/engine/vocabulary_build.h"

namespace scenario {

using namespace make;  // NOLINT(google-build-using-namespace): a table of one-word makers

namespace {

std::vector<std::string> const kCodes = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

Type code() {
  return some(choice(kCodes));
}
Type outcome() {
  return some(choice({"ok", "fail", "unknown"}));
}
Type rpc() {
  std::vector<std::string> names;
  for (Field const& call : calls()) names.push_back(call.name);
  return choice(std::move(names));
}
Type level() {
  return choice({"debug", "info", "warning", "error"});
}

std::vector<Field> result_predicates() {
  return {
      may("result",
          map({must("of", call_reference(),
                    "a call's name; with retry: its last answer; with parallel: every answer"),
               may("is", outcome(),
                   "ok | fail (final code) | unknown (a code that may still be in progress)"),
               may("code", code(), "one of these gRPC codes")}),
          "how a named call ended; say is, code or both"),
      may("results",
          map({may("of", call_reference(), "one call's answers, all attempts and copies"),
               may("call", rpc(), "all answers of this RPC; neither of nor call: every answer"),
               may("is", outcome(), "which of them are meant"),
               may("code", code(), "which of them are meant"), must("count", count(), "how many there are")}),
          "how many answers of a kind there were"),
      may("same_answer",
          map({must("of", list(call_reference()), "calls that all answered OK with equal content")}),
          "idempotent calls: equal volume id, size and context"),
      may("attempts",
          map({must("of", call_reference(), "a call with retry"), must("count", count(), "attempts made")}),
          "how often the orchestrator had to call"),
      may("listed",
          map({must("of", reference({"list_volumes", "list_snapshots"}), "a list_volumes or list_snapshots"),
               may("count", count(), "entries"),
               may("includes", some(image_reference()), "volumes or snapshots that must be among them"),
               may("excludes", some(image_reference()), "volumes or snapshots that must not be")}),
          "what ListVolumes or ListSnapshots answered; a failed call never satisfies it"),
      may("answered_source",
          map({must("of", reference({"create_volume"}), "a create_volume"),
               must("is", some(image_reference()), "the snapshot or volume it was made from")}),
          "the content source CreateVolume answered: without it external-provisioner deletes the volume"),
      may("capacity",
          map({must("of", reference({"get_capacity"}), "a get_capacity"),
               may("min", bytes(), "available at least"), may("max", bytes(), "available at most")}),
          "what GetCapacity answered"),
      may("confirmed",
          map({must("of", reference({"validate_volume_capabilities"}), "a validate_volume_capabilities"),
               must("is", boolean(), "whether it was confirmed")}),
          "what ValidateVolumeCapabilities answered"),
      may("publish_context",
          map({must("of", reference({"publish_volume"}), "a publish_volume"),
               must("has", dictionary(text()), "keys and values that must be in it")}),
          "what ControllerPublishVolume answered"),
      may("expansion",
          map({must("of", reference({"expand_volume"}), "an expand_volume"),
               may("size", bytes(), "capacity_bytes it answered"),
               may("node", boolean(), "node_expansion_required")}),
          "what ControllerExpandVolume answered"),
      may("ready", map({must("of", reference({"probe"}), "a probe"), must("is", boolean(), "what it said")}),
          "what Probe answered"),
      may("status",
          map({must("of", reference({"get_volume"}), "a get_volume"),
               may("nodes", list(text()), "published_node_ids, in any order"),
               may("abnormal", boolean(), "volume_condition.abnormal")}),
          "what ControllerGetVolume answered"),
      may("message",
          map({must("of", call_reference(), "a failed call"),
               must("has", some(text()), "texts it must contain")}),
          "the error message names what it should"),
  };
}

std::vector<Field> device_predicates() {
  Type counted = either({integer(), map({must("count", count(), "how many"),
                                         may("whose", choice({"ours", "foreign", "all"}), "default ours")})});
  return {
      may("disks", counted,
          "disk entries on the device; ours = below the base path, pool itself not counted"),
      may("files", counted, "backing files on the device; ours = below the base path"),
      may("volume",
          map({must("of", volume_reference(), "a volume's name"),
               may("disk", choice({"present", "absent"}), "its disk entry"),
               may("file", choice({"present", "absent"}), "its backing file"),
               may("size", bytes(), "exact disk size"), may("exported", boolean(), "nvme-tcp-export"),
               may("answered_size", bytes(), "capacity_bytes CreateVolume answered")}),
          "what the device really holds for a volume"),
      may("snapshot",
          map({must("of", snapshot_reference(), "a snapshot's name"),
               must("device", choice({"present", "absent"}), "its read-only subvolume")}),
          "what the device really holds for a snapshot"),
      may("snapshot_count", count(), "snapshots on the device, of this cluster or not"),
      may("bytes",
          map({must("of", image_reference(), "a volume or snapshot"),
               must("text", text(), "what must be there"), may("at", bytes(), "offset; default 0")}),
          "what a host would read"),
      may("lets_in",
          map({must("of", volume_reference(), "a volume's name"),
               must("node", text(), "a node of world.nodes"),
               must("is", boolean(), "whether its host could connect now")}),
          "the volume is exported, and to this node's host"),
      may("orphans", count(),
          "of ours: disk without file, file without disk, volume no OK answer stands for"),
      may("foreign_untouched", boolean(), "every foreign disk and file is as it was put there"),
      may("pool_free", map({may("min", bytes(), "at least"), may("max", bytes(), "at most")}),
          "free bytes in the pool"),
      may("effects",
          map({may("menu", text(), "for example /disk"), may("command", text(), "add, set, remove"),
               must("count", count(), "how many")}),
          "changes of the device's state the driver caused"),
      may("sent_text",
          map({must("text", text(), "substring"), may("count", count(), "exec lines; default at least 1")}),
          "exec lines containing this; use it below never against injection"),
  };
}

std::vector<Field> driver_predicates() {
  return {
      may("probe_ready", boolean(), "what Probe of every living controller says now"),
      may("connection", choice({"connecting", "up", "down", "turned-away", "refused"}),
          "state of every living controller's connection"),
      may("metrics",
          map({must("of", reference({"scrape"}), "a scrape"),
               may("show", dictionary(count()),
                   "what it shows: `name` or `name{label=value}` and the sum of all there are, rounded up"),
               may("absent", some(text()), "what it must not show")}),
          "a page of metrics"),
      may("swept",
          map({may("orphans", count(), "reported now, of the kind or all"),
               may("kind",
                   choice({"volume", "snapshot", "disk-without-file", "file-without-disk",
                           "subvolume-without-disk", "scratch"}),
                   "default all"),
               may("cleaned", count(), "removed since the start"),
               may("rounds", count(), "looks that went through"),
               may("aborted", count(), "looks that were given up"),
               may("foreign", count(), "disks of other clusters it has seen")}),
          "what the look for orphans of every living controller came to"),
      may("log_lines",
          map({may("level", level(), "this level or above; default any"),
               may("text", text(), "substring; default any"),
               may("count", count(), "how many; default at least 1")}),
          "lines the driver logged"),
      may("secret_visible", map({must("text", text(), "what must stay secret")}),
          "in a log line, an error message or an exec line; use it below never"),
      may("reconnect_spread",
          map({must("min", duration(), "between the first and the last controller's arrival"),
               may("attempt", integer(), "which attempt after the loss, from 1; default 1")}),
          "controllers do not come back at one instant"),
      may("reconnect_gap", map({may("min", duration(), "shortest"), may("max", duration(), "longest")}),
          "time between two connection attempts of one controller while the RDS is away"),
      may("fired",
          map({must("of", fault_reference(), "a fault's name"),
               must("count", count(), "how often it struck")}),
          "how often a fault struck (a fault that never fired fails the run anyway)"),
  };
}

std::vector<Field> make_predicates() {
  std::vector<Field> all = result_predicates();
  for (Field& field : device_predicates()) all.push_back(std::move(field));
  for (Field& field : driver_predicates()) all.push_back(std::move(field));
  return all;
}

std::vector<Field> make_costs() {
  return {
      may("execs", count(), "exec requests of all controllers, heartbeats and self-tests not counted"),
      may("heartbeats", count(), "heartbeat execs"),
      may("handshakes", count(), "SSH handshakes finished"),
      may("connects", count(), "TCP connection attempts"),
      may("channels_peak", count(), "most channels open at once on the device"),
      may("channels_refused", count(), "channels the device refused"),
      may("execs_per_call",
          map({may("call", rpc(), "default: every RPC"), may("min", integer(), "at least"),
               may("max", integer(), "at most")}),
          "exec requests one RPC attempt caused; the worst attempt is judged"),
      may("log_lines",
          map({may("level", level(), "this level or above; default any"), must("count", count(), "lines")}),
          "lines the driver logged"),
      may("effects", count(), "changes of the device's state"),
  };
}

}  // namespace

std::vector<Field> const& predicates() {
  static std::vector<Field> const table = make_predicates();
  return table;
}
std::vector<Field> const& costs() {
  static std::vector<Field> const table = make_costs();
  return table;
}

}  // namespace scenario
