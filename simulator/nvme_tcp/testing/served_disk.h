// ServedDisk: a target with one exported disk on a free port, as most tests of this folder begin.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "simulator/nvme_tcp/target.h"
#include "simulator/nvme_tcp/testing/initiator.h"
#include "simulator/nvme_tcp/testing/memory_image.h"

namespace rdssim::nvme_tcp::testing {

inline constexpr char kNqn[] = "nqn.2000-02.com.mikrotik:pvc-1";
inline constexpr std::uint16_t kPort = 4420;

struct ServedDisk {
  static Options options_of(Options options) {
    options.ephemeral_ports = true;
    return options;
  }
  explicit ServedDisk(Options options = {}, std::int64_t bytes = 8 << 20)
      : image(std::make_shared<MemoryImage>(bytes)), target(options_of(std::move(options))) {
    serve();
  }

  Export disk() const {
    Export what;
    what.nqn = kNqn;
    what.port = kPort;
    what.allow_host = allow_host;
    what.uuid = uuid_from(kNqn);
    what.image = image;
    what.slot = "pvc-1";
    return what;
  }
  // After a change of `image` or `allow_host`.
  void serve() {
    auto const status = target.set_exports({disk()});
    if (!status.ok()) throw std::runtime_error(std::string(status.message()));
    auto const settled = target.settle();
    if (!settled.ok()) throw std::runtime_error(std::string(settled.message()));
  }
  std::uint16_t port() const { return target.bound_port(kPort); }

  AdminQueue associate(Host host = {}, std::uint32_t kato_ms = 0) {
    return testing::associate(port(), kNqn, std::move(host), kato_ms);
  }
  // Events of the connection records, oldest first.
  std::vector<std::string> events() const {
    std::vector<std::string> words;
    for (ConnectionRecord const& record : target.connections()) words.emplace_back(to_string(record.event));
    return words;
  }
  std::uint64_t count(ConnectionEvent event) const {
    auto const records = target.connections();
    return static_cast<std::uint64_t>(std::count_if(
        records.begin(), records.end(), [&](auto const& record) { return record.event == event; }));
  }

  std::string allow_host;
  std::shared_ptr<MemoryImage> image;
  Target target;
};

// A host with an admin queue and one I/O queue.
struct ConnectedHost {
  explicit ConnectedHost(ServedDisk& served, Host host = {})
      : association(served.associate(host)), io(io_queue(served.port(), kNqn, association.cntlid, host)) {}
  AdminQueue association;
  Queue io;
};

}  // namespace rdssim::nvme_tcp::testing
