// See control.h. One function for each request.
#include "simulator/program/control.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "simulator/faults/fault_file.h"
#include "simulator/faults/text.h"

namespace rdssim::program {

using faults::concat;
using Json = nlohmann::ordered_json;

namespace {

// What is wrong with a request, for its answer.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void refuse(rdscsi::base::Status const& status) {
  throw Refused(std::string(status.message()));
}

std::string text(Json const& request, char const* key, std::string fallback = {}) {
  auto const found = request.find(key);
  if (found == request.end()) return fallback;
  if (!found->is_string()) throw Refused(concat("`", key, "` is ", found->dump(), ", expected a text"));
  return found->get<std::string>();
}

std::string wanted(Json const& request, char const* key) {
  if (!request.contains(key)) throw Refused(concat("`", key, "` is missing"));
  return text(request, key);
}

// Fails for a fault that could never strike here.
void check_strikes(faults::FaultyDevice& device, faults::Fault const& fault) {
  bool const for_pool =
      fault.kind == faults::FaultKind::pool_full || fault.kind == faults::FaultKind::pool_unmounted;
  if (for_pool) {
    std::vector<std::string> slots;
    for (auto const& pool : device.with_device([](auto& router) { return router.pools(); }))
      slots.push_back(pool.slot);
    bool const there = fault.pool.empty() ? !slots.empty()
                                          : std::find(slots.begin(), slots.end(), fault.pool) != slots.end();
    if (there) return;
    throw Refused(slots.empty() ? std::string("the device has no pool")
                                : concat("no pool has the slot `", fault.pool, "`: there is ",
                                         faults::join(slots, ", ")));
  }
  bool const for_hosts = faults::to_string(fault.kind).starts_with("nvme_");
  if (for_hosts && !device.serves_nvme())
    throw Refused(concat("`", faults::to_string(fault.kind), "` strikes hosts, and --nvme-listen is off"));
}

Json inject(faults::FaultyDevice& device, std::vector<faults::Fault> const& faults) {
  for (auto const& fault : faults) check_strikes(device, fault);
  Json ids = Json::array();
  for (auto const& fault : faults) ids.push_back(device.inject(fault));
  return {{"ids", ids}};
}

faults::Fault declared(std::string_view kind, faults::Arguments const& arguments) {
  auto fault = faults::parse_fault(kind, arguments);
  if (!fault.ok()) refuse(fault.status());
  return std::move(*fault);
}

Json exports_of(nvme_tcp::Target const& target) {
  auto const state = target.state();
  Json exports = Json::array();
  for (auto const& one : state.exports) {
    Json entry = {{"slot", one.slot}, {"nqn", one.nqn}, {"port", one.port}};
    for (auto const& port : state.ports) {
      if (port.port != one.port) continue;
      entry["bound-port"] = port.bound;
      if (!port.error.empty()) entry["error"] = port.error;
    }
    entry["hosts"] = Json::array();
    for (auto const& controller : one.controllers) {
      entry["hosts"].push_back(
          {{"host", controller.association.host_nqn}, {"io-queues", controller.io_queues}});
    }
    exports.push_back(std::move(entry));
  }
  return exports;
}

}  // namespace

struct Control::Requests {
  Control& control;
  faults::FaultyDevice& device = control.device_;

  Json state(Json const& /*request*/) {
    Json reply;
    device.with_device([&](routeros::Device& router) {
      reply["profile"] = router.profile();
      reply["boot"] = routeros::to_string(router.boot_stage());
      reply["pools"] = Json::array();
      for (auto const& pool : router.pools()) {
        reply["pools"].push_back({{"slot", pool.slot},
                                  {"mount-point", pool.mount_point},
                                  {"mounted", pool.mounted},
                                  {"size", pool.size_bytes},
                                  {"free", pool.free_bytes}});
      }
      reply["disks"] = router.disks().size();
      reply["files"] = router.files().size();
    });
    auto const counters = device.counters();
    reply["sessions"] = counters.sessions;
    reply["half-open"] = device.half_open_sessions();
    reply["commands"] = counters.execs;
    reply["running"] = counters.running;
    auto const records = device.faults();
    reply["faults"] = std::count_if(records.begin(), records.end(),
                                    [](auto const& record) { return !record.healed.has_value(); });
    reply["exports"] = control.target_ == nullptr ? Json() : exports_of(*control.target_);
    return reply;
  }

  Json history(Json const& /*request*/) {
    auto const milliseconds = [&](rdscsi::base::TimePoint at) {
      return std::chrono::duration_cast<std::chrono::milliseconds>(at - control.began_).count();
    };
    Json commands = Json::array();
    for (auto const& record : device.history()) {
      Json entry = {{"id", record.id},
                    {"session", record.session},
                    {"user", record.user},
                    {"line", record.line},
                    {"started-ms", milliseconds(record.started)}};
      if (record.finished) {
        entry["finished-ms"] = milliseconds(*record.finished);
        entry["reply"] = faults::to_string(record.reply);
        entry["output"] = record.output;
      }
      entry["effects"] = record.effects;
      entry["faults"] = record.faults;
      commands.push_back(std::move(entry));
    }
    return {{"commands", std::move(commands)}};
  }

  Json save(Json const& /*request*/) {
    return {{"state", device.with_device([](auto& router) { return router.save_state(); })}};
  }

  Json load(Json const& request) {
    auto made = routeros::Device::from_state(wanted(request, "state"), control.setup_.seed);
    if (!made.ok()) refuse(made.status());
    (*made)->set_boot_timing(control.setup_.boot);
    if (!control.setup_.image_directory.empty()) {
      auto const status = (*made)->set_image_directory(control.setup_.image_directory);
      if (!status.ok()) refuse(status);
    }
    if (control.setup_.logins) {
      auto const status = control.setup_.logins(**made);
      if (!status.ok()) refuse(status);
    }
    device.replace_device(std::move(*made));
    return Json::object();
  }

  Json reboot(Json const& /*request*/) {
    device.reboot();
    return {{"boot", routeros::to_string(device.boot_stage())}};
  }

  // Both ways, for sessions and hosts there are, and for those that come.
  Json pull_cable(Json const& request) {
    faults::Arguments window;
    if (request.contains("for")) window.emplace_back("for", text(request, "for"));
    std::vector<faults::Fault> all = {declared("half_open", window), declared("hang_handshake", window)};
    if (device.serves_nvme()) all.push_back(declared("nvme_stall", window));
    return inject(device, all);
  }

  Json fill_pool(Json const& request) {
    return inject(
        device,
        {declared("pool_full", {{"pool", wanted(request, "slot")}, {"left", text(request, "left", "0")}})});
  }

  Json fault_add(Json const& request) {
    auto const faults = faults::read_faults(wanted(request, "faults"), text(request, "name", "faults"));
    if (!faults.ok()) refuse(faults.status());
    if (faults->empty()) throw Refused("the list of faults is empty");
    return inject(device, *faults);
  }

  Json fault_list(Json const& /*request*/) {
    device.expire();
    Json list = Json::array();
    for (auto const& record : device.faults()) {
      list.push_back({{"id", record.id},
                      {"fault", record.fault.description},
                      {"healed", record.healed.has_value()},
                      {"fired", record.fired}});
    }
    return {{"faults", std::move(list)}};
  }

  Json fault_heal(Json const& request) {
    std::string const which = wanted(request, "id");
    if (which == "all") {
      device.heal_all();
      return Json::object();
    }
    faults::FaultId id = 0;
    auto const count = device.faults().size();
    if (!faults::parse_number(which, &id) || id < 1 || id > count) {
      throw Refused(concat("no fault `", which, "`: ",
                           count == 0 ? std::string("none was added yet")
                                      : concat("it is `all` or 1 to ", std::to_string(count))));
    }
    device.heal(id);
    return Json::object();
  }

  using Handler = Json (Requests::*)(Json const&);
  struct Entry {
    std::string_view name;
    Handler handler;
  };
  static std::array<Entry, 10> const& all() {
    static constexpr std::array<Entry, 10> entries = {{{"state", &Requests::state},
                                                       {"history", &Requests::history},
                                                       {"save", &Requests::save},
                                                       {"load", &Requests::load},
                                                       {"reboot", &Requests::reboot},
                                                       {"pull-cable", &Requests::pull_cable},
                                                       {"fill-pool", &Requests::fill_pool},
                                                       {"fault add", &Requests::fault_add},
                                                       {"fault list", &Requests::fault_list},
                                                       {"fault heal", &Requests::fault_heal}}};
    return entries;
  }

  Json run(Json const& request) {
    if (!request.is_object()) throw Refused("a request is an object: {\"ctl\": \"state\"}");
    std::string const name = wanted(request, "ctl");
    for (auto const& entry : all()) {
      if (entry.name == name) return (this->*entry.handler)(request);
    }
    auto const names = requests();
    auto const near = faults::nearest_word(name, names);
    throw Refused(concat("unknown request `", name, "`: ",
                         near.empty() ? concat("it is one of ", faults::join(names, ", "))
                                      : concat("did you mean `", near, "`?")));
  }
};

Control::Control(faults::FaultyDevice& device, nvme_tcp::Target* target, DeviceSetup setup)
    : device_(device), target_(target), setup_(std::move(setup)), began_(rdscsi::base::now()) {}

std::string Control::answer(std::string_view request) {
  Json reply;
  try {
    device_.expire();
    reply = Requests{*this}.run(Json::parse(request));
    reply["ok"] = true;
  } catch (Refused const& refused) {
    reply = {{"ok", false}, {"error", refused.what()}};
  } catch (Json::exception const& error) {
    reply = {{"ok", false}, {"error", concat("not a request: ", error.what())}};
  }
  // Output of commands may hold any byte.
  return reply.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> Control::requests() {
  std::vector<std::string> names;
  for (auto const& entry : Requests::all()) names.emplace_back(entry.name);
  return names;
}

}  // namespace rdssim::program
