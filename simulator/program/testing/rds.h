// A device with its exports on NVMe/TCP ports of its own, and a session on its console. Shared by tests of
// this folder.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "simulator/nvme_tcp/testing/initiator.h"
#include "simulator/program/nvme_front.h"

namespace rdssim::program {

using faults::FaultyDevice;

inline constexpr char kAdd[] =
    "/disk add type=file slot=vol1 file-path=storage-pool/metal-csi/vol1.img file-size=16M "
    "mount-filesystem=no";

struct Rds {
  Rds()
      : device(*routeros::Device::make("7.21", std::int64_t{1} << 40, 1), options()),
        target(target_options()) {
    device.with_device([](routeros::Device& router) { router.set_timing({}); });
    front = std::make_unique<NvmeFront>(device, target);
    auto const connection = device.on_connect("test");
    session = connection.id;
    device.on_login(session, "admin");
  }
  static faults::FaultyDeviceOptions options() {
    faults::FaultyDeviceOptions options;
    options.latency.off = true;
    return options;
  }
  static nvme_tcp::Options target_options() {
    nvme_tcp::Options options;
    options.ephemeral_ports = true;
    return options;
  }
  void run(std::string const& line) {
    auto const verdict = device.exec(session, line);
    EXPECT_EQ(verdict.output, "") << line;
  }
  // The exports the target has, once it has `count`.
  std::vector<nvme_tcp::ExportState> wait_for_exports(std::size_t count) {
    for (;;) {
      auto state = target.state();
      if (state.exports.size() == count) return state.exports;
      rdscsi::base::sleep_for(std::chrono::milliseconds(1));
    }
  }

  // Makes vol1 and exports it; its NQN, once hosts can have it.
  std::string export_vol1() {
    run(kAdd);
    run("/disk set vol1 nvme-tcp-export=yes");
    return wait_for_exports(1)[0].nqn;
  }

  struct Connected {
    nvme_tcp::testing::AdminQueue admin;
    nvme_tcp::testing::Queue io;
  };
  Connected connect(std::string const& nqn) {
    std::uint16_t const port = target.bound_port(4420);
    auto admin = nvme_tcp::testing::associate(port, nqn);
    auto io = nvme_tcp::testing::io_queue(port, nqn, admin.cntlid);
    return {std::move(admin), std::move(io)};
  }
  std::shared_ptr<storage::Image> image() {
    return device.with_device(
        [](routeros::Device& router) { return router.image("storage-pool/metal-csi/vol1.img"); });
  }

  FaultyDevice device;
  nvme_tcp::Target target;
  std::unique_ptr<NvmeFront> front;
  faults::SessionId session = 0;
};

}  // namespace rdssim::program
