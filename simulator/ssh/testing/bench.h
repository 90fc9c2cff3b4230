// A device, a server in front of it and a key that may log in. For the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "simulator/faults/faulty_device.h"
#include "simulator/ssh/server.h"
#include "simulator/ssh/testing/test_client.h"

namespace rdssim::ssh {

struct Bench {
  explicit Bench(faults::FaultyDeviceOptions options = without_latency(), ServerOptions server_options = {}) {
    key = *load_host_key("", HostKeyType::ed25519);
    server_options.host_key_type = HostKeyType::ed25519;
    server_options.users.push_back({"csi", "", {public_line(*key)}});
    server_options.users.push_back({"admin", "secret", {}});
    device = std::make_unique<faults::FaultyDevice>(*routeros::Device::make("7.21", 100LL << 30, 1), options);
    device->with_device([](routeros::Device& router) { router.set_timing({}); });
    auto started = Server::start(*device, server_options);
    EXPECT_TRUE(started.ok()) << started.status();
    server = std::move(*started);
  }

  static faults::FaultyDeviceOptions without_latency() {
    faults::FaultyDeviceOptions options;
    options.latency.off = true;
    options.session_limit = 0;
    return options;
  }

  // Connected and logged in with the key.
  std::unique_ptr<TestClient> client(std::string const& login = "csi", int timeout_s = 10) {
    auto made = std::make_unique<TestClient>(server->port(), timeout_s);
    EXPECT_TRUE(made->connect()) << made->error();
    EXPECT_TRUE(made->log_in(login, key.get())) << made->error();
    return made;
  }

  faults::FaultId inject(std::string_view kind, faults::Arguments const& arguments = {}) {
    auto fault = faults::parse_fault(kind, arguments);
    EXPECT_TRUE(fault.ok()) << fault.status();
    return device->inject(*fault);
  }

  std::vector<std::string> slots() {
    return device->with_device([](routeros::Device& router) {
      std::vector<std::string> found;
      for (auto const& disk : router.disks()) {
        if (disk.slot.rfind("pvc-", 0) == 0) found.push_back(disk.slot);
      }
      return found;
    });
  }

  // Waits for what other threads bring about; the limit only ends a test that has failed.
  template <typename Condition>
  static bool eventually(Condition condition) {
    auto const end = rdscsi::base::now() + std::chrono::seconds(20);
    while (rdscsi::base::now() < end) {
      if (condition()) return true;
      rdscsi::base::sleep_for(std::chrono::milliseconds(5));
    }
    return condition();
  }

  bool nothing_held() {
    return eventually([this] {
      auto const counters = device->counters();
      auto const held = server->held();
      return counters.sessions == 0 && counters.channels == 0 && counters.running == 0 &&
             held.connections == 0 && held.channels == 0;
    });
  }

  Key key;
  std::unique_ptr<faults::FaultyDevice> device;
  std::unique_ptr<Server> server;  // stops before the device goes
};

inline std::string add_line(std::string const& slot) {
  return "/disk add type=file slot=" + slot + " file-path=/storage-pool/metal-csi/" + slot +
         ".img file-size=1G";
}

}  // namespace rdssim::ssh
