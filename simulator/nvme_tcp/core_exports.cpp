// See core.h: exports as subsystems, what hosts learn of their changes, and the discovery log.
#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"
#include "simulator/nvme_tcp/core.h"

namespace rdssim::nvme_tcp {
namespace {

void warn(std::string_view message, Export const& what) {
  rdscsi::base::log(rdscsi::base::LogLevel::warn, rdscsi::base::Context::background(), message,
                    {{"nqn", what.nqn}, {"slot", what.slot}});
}

std::uint64_t blocks_in(Export const& what) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, what.image->size())) / what.block_bytes;
}

}  // namespace

void Core::apply_exports(std::vector<Export> exports) {
  std::set<std::string> wanted;
  std::vector<std::shared_ptr<Subsystem>> after;
  bool listed_differently = exports.size() != subsystems_.size();
  for (Export& one : exports) {
    if (!wanted.insert(one.nqn).second) {
      // EVIDENCE(unknown): What becomes of two disks with one NQN: here the first is served. [FACTS 9.8;
      // switch apply_exports]
      warn("another export has this NQN already; it is not served", one);
      continue;
    }
    auto const at = std::find_if(subsystems_.begin(), subsystems_.end(),
                                 [&](auto const& subsystem) { return subsystem->what.nqn == one.nqn; });
    bool const known = at != subsystems_.end();
    bool const same = known && (*at)->what.port == one.port && (*at)->what.uuid == one.uuid &&
                      (*at)->what.block_bytes == one.block_bytes;
    if (same) {
      change_export(**at, std::move(one));
      after.push_back(*at);
      continue;
    }
    if (known) cut(**at, "export changed");
    listed_differently = true;
    auto subsystem = std::make_shared<Subsystem>();
    subsystem->what = std::move(one);
    subsystem->generation = ++generation_;
    subsystem->blocks = blocks_in(subsystem->what);
    after.push_back(std::move(subsystem));
  }
  for (auto const& subsystem : subsystems_) {
    if (!wanted.contains(subsystem->what.nqn)) cut(*subsystem, "export removed");
  }
  subsystems_ = std::move(after);
  if (listed_differently) ++discovery_generation_;
  open_and_close_ports();
}

void Core::change_export(Subsystem& subsystem, Export wanted) {
  Export& what = subsystem.what;
  bool const changed =
      what.allow_host != wanted.allow_host || what.image != wanted.image || what.slot != wanted.slot;
  what = std::move(wanted);
  if (changed) subsystem.generation = ++generation_;
  if (options_.allow_host_cuts) {
    cut(subsystem, "host is no longer allowed", [&](Controller const& controller) {
      return !subsystem.what.allows(controller.association()->host_nqn);
    });
  }
  follow_image(subsystem);
}

void Core::follow_image(Subsystem& subsystem) {
  std::uint64_t const blocks = blocks_in(subsystem.what);
  if (blocks == subsystem.blocks || options_.resize_shows == ResizeShows::after_reexport) return;
  subsystem.blocks = blocks;
  subsystem.generation = ++generation_;
  if (options_.resize_shows != ResizeShows::with_event) return;
  for (auto const& [cntlid, controller] : controllers_) {
    if (&controller->subsystem() == &subsystem) controller->namespace_changed();
  }
}

void Core::set_allow_host_cuts(bool cuts) {
  options_.allow_host_cuts = cuts;
}

std::shared_ptr<Subsystem> Core::find_subsystem(std::uint16_t port, std::string const& nqn) const {
  if (nqn == kDiscoveryNqn) {
    auto const at = discovery_.find(port);
    return at == discovery_.end() ? nullptr : at->second;
  }
  for (auto const& subsystem : subsystems_) {
    if (subsystem->what.nqn == nqn && subsystem->what.port == port) return subsystem;
  }
  return nullptr;
}

// What a host may connect to; it is not told of others' exports (NVMe Base, Discovery Log Page).
// EVIDENCE(documented): A discovery log lists what the asking host may connect to. [spec NVMe Base 2.0,
// Discovery Log Page]
std::vector<DiscoveryEntry> Core::discovery_for(std::string const& host_nqn, std::uint16_t port,
                                                std::string const& address, bool ipv6) const {
  std::vector<DiscoveryEntry> entries;
  auto const bound = [&](std::uint16_t configured) {
    auto const at = ports_.find(configured);
    return at == ports_.end() || at->second.bound == 0 ? configured : at->second.bound;
  };
  if (options_.discovery_lists_itself)
    entries.push_back({kDiscoveryNqn, address, bound(port), port, ipv6, true});
  for (auto const& subsystem : subsystems_) {
    Export const& what = subsystem->what;
    if (!what.allows(host_nqn)) continue;
    entries.push_back({what.nqn, address, bound(what.port), what.port, ipv6, false});
  }
  return entries;
}

}  // namespace rdssim::nvme_tcp
