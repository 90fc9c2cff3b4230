// Subsystem and Controller: what a host talks to once it is connected. A Subsystem is one export as it is
// shown (or the discovery subsystem of a port); a Controller is one host's association with it. Both live on
// the loop's thread and are owned by the Core. Sources: NVMe Base 2.0 sections 3 and 5, NVMe over Fabrics in
// it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simulator/nvme_tcp/command.h"
#include "simulator/nvme_tcp/export.h"
#include "simulator/nvme_tcp/loop.h"
#include "simulator/nvme_tcp/record.h"

namespace rdssim::nvme_tcp {

class Connection;

struct Subsystem {
  Export what;
  std::uint64_t generation = 0;  // when it last appeared or changed
  std::uint64_t blocks = 0;      // as shown to hosts; may lag behind the image (ResizeShows::after_reexport)
  bool discovery = false;

  std::uint64_t bytes() const { return blocks * what.block_bytes; }
};

// What the discovery controller lists, made anew for each look.
struct DiscoveryEntry {
  std::string nqn, address;
  std::uint16_t port = 0;     // the one hosts must connect to
  std::uint16_t port_id = 0;  // PORTID: the one that was configured
  bool ipv6 = false, itself = false;
};

class Controller {
 public:
  struct Surroundings {
    Options const* options = nullptr;
    Loop* loop = nullptr;
    std::function<std::vector<DiscoveryEntry>()> discovery;  // for this controller's host
    std::function<std::uint64_t()> discovery_generation;
    std::function<void(std::string const& reason)> cut;  // ends the association with all its queues
  };
  Controller(Surroundings surroundings, std::shared_ptr<Subsystem> subsystem,
             std::shared_ptr<Association const> association, std::array<std::byte, 16> host_id,
             std::uint32_t kato_ms);
  ~Controller();
  Controller(Controller const&) = delete;
  Controller& operator=(Controller const&) = delete;

  Subsystem& subsystem() { return *subsystem_; }
  Subsystem const& subsystem() const { return *subsystem_; }
  std::shared_ptr<Association const> const& association() const { return association_; }
  std::array<std::byte, 16> const& host_id() const { return host_id_; }
  bool enabled() const { return (cc_ & 1U) != 0; }
  std::uint32_t kato_ms() const { return kato_ms_; }
  std::uint16_t io_queues_max() const;

  // Queues by number; 0 is the admin queue. Connections enter and leave by themselves.
  std::map<std::uint16_t, Connection*> queues;

  // --- commands of the admin queue ---
  Outcome property_get(Command const& command) const;
  Outcome property_set(Command const& command);
  Outcome admin(Command const& command);

  // The namespace changed its size: tells the host if it asked to be told (NVMe Base, Asynchronous Events).
  void namespace_changed();

 private:
  Outcome identify(Command const& command);
  Outcome get_log_page(Command const& command);
  Outcome set_features(Command const& command);
  Outcome get_features(Command const& command) const;
  Outcome async_event_request(Command const& command);

  Buffer identify_controller() const;
  Buffer identify_namespace() const;
  Buffer identify_descriptors() const;
  Buffer log_page(std::uint8_t page, bool retain_event);  // empty: no such page
  Buffer discovery_log() const;

  void enable(std::uint32_t cc);
  void restart_keep_alive();
  void send_event();

  Surroundings around_;
  std::shared_ptr<Subsystem> subsystem_;
  std::shared_ptr<Association const> association_;
  std::array<std::byte, 16> host_id_;
  std::uint32_t cc_ = 0, csts_ = 0;
  std::uint32_t kato_ms_;
  Loop::Timer keep_alive_ = 0;
  std::uint32_t async_config_ = 0;
  std::deque<std::uint16_t> async_requests_;  // command ids that wait for an event
  bool changed_ = false;                      // the Changed Namespace List names NSID 1
  bool event_due_ = false, event_masked_ = false;
};

}  // namespace rdssim::nvme_tcp
