// rds-sim ctl against a running rds-sim: what it does to the device is what OpenSSH and a host see.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <nlohmann/json.hpp>

#include "simulator/nvme_tcp/testing/initiator.h"
#include "simulator/program/control_socket.h"
#include "simulator/program/testing/running.h"

namespace rdssim::program {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

constexpr char kAdd[] =
    "/disk add type=file slot=vol1 file-path=storage-pool/metal-csi/vol1.img file-size=16M "
    "mount-filesystem=no nvme-tcp-export=yes";

class Ctl : public Running {
 protected:
  void serve(std::vector<std::string> flags = {}) {
    flags.insert(flags.end(), {"--authorized-key", dir_ + "/key.pub", "--latency", "off", "--nvme-free-ports",
                               "--boot-time", "450ms"});
    start(flags);
  }
  ChildResult ctl(std::vector<std::string> const& words) {
    std::vector<std::string> argv = {RDS_SIM_PROGRAM, "ctl", "--socket", dir_ + "/control"};
    argv.insert(argv.end(), words.begin(), words.end());
    return run(argv);
  }
  // Of a request that must succeed.
  std::string asked(std::vector<std::string> const& words) {
    auto const result = ctl(words);
    EXPECT_EQ(result.exit_code, 0) << result.stderr_bytes;
    EXPECT_EQ(result.stderr_bytes, "");
    return result.stdout_bytes;
  }
  std::string refused(std::vector<std::string> const& words) {
    auto const result = ctl(words);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_EQ(result.stdout_bytes, "");
    EXPECT_THAT(result.stderr_bytes, StartsWith("rds-sim ctl: "));
    return result.stderr_bytes;
  }
  Json state() { return Json::parse(asked({"state"})); }
  Json wait_for(std::function<bool(Json const&)> const& good) {
    for (;;) {
      Json now = state();
      if (good(now)) return now;
      rdscsi::base::sleep_for(std::chrono::milliseconds(10));
    }
  }
  std::string ssh_output(std::string const& line) { return ssh("admin", line).stdout_bytes; }
};

TEST_F(Ctl, AFaultSetAtRunTimeStrikesIsCountedAndHealed) {
  serve();
  EXPECT_EQ(
      asked({"fault", "add", "{fault: error_text, text: \"failure: told to\", contains: here, times: 0}"}),
      "{\"ids\":[1]}\n");
  EXPECT_EQ(ssh_output(":put here"), "failure: told to\r\n");
  EXPECT_EQ(asked({"fault", "list"}),
            "{\"id\":1,\"fault\":\"error_text text=failure: told to contains=here times=0\",\"healed\":false,"
            "\"fired\":1}\n");
  asked({"fault", "heal", "1"});
  EXPECT_EQ(ssh_output(":put here"), "here\r\n");
  std::ofstream(dir_ + "/faults.yaml") << "- fault: exit_status\n  status: 7\n- fault: nvme_stall\n";
  EXPECT_EQ(asked({"fault", "add", dir_ + "/faults.yaml"}), "{\"ids\":[2,3]}\n");
  EXPECT_EQ(ssh("admin", ":put x").exit_code, 7);
  asked({"fault", "heal", "all"});
  EXPECT_EQ(state()["faults"], 0);
  EXPECT_THAT(asked({"history"}), HasSubstr("\"line\":\":put here\""));
}

TEST_F(Ctl, RefusalsNameTheValueAndWhatWouldBeRight) {
  EXPECT_THAT(refused({"state"}), HasSubstr("no rds-sim serves `" + dir_ + "/control`"));
  serve();
  EXPECT_THAT(refused({"fault", "add", "{fault: slo, busy: 3s}"}), HasSubstr("did you mean `slow`?"));
  EXPECT_THAT(refused({"fault", "add", "no-such-file"}), HasSubstr("fault add `no-such-file`: no such file"));
  EXPECT_THAT(refused({"fault", "add", "{fault: pool_full, pool: other}"}),
              HasSubstr("there is storage-pool"));
  EXPECT_THAT(refused({"fault", "heal", "9"}), HasSubstr("no fault `9`: none was added yet"));
  EXPECT_THAT(refused({"fill-pool", "pool"}),
              HasSubstr("no pool has the slot `pool`: there is storage-pool"));
  EXPECT_THAT(refused({"fill-pool", "storage-pool", "left", "much"}), HasSubstr("`much` is not a size"));
  EXPECT_THAT(refused({"pull-cable", "for", "long"}), HasSubstr("`long` is not a duration"));
  EXPECT_THAT(refused({"load", dir_ + "/key.pub"}), HasSubstr("rds-sim ctl: "));
  EXPECT_THAT(refused({"save", "/no/such/folder/f"}),
              HasSubstr("save `/no/such/folder/f`: cannot be written"));
  auto const reply = ask(dir_ + "/control", R"({"ctl": "fil-pool"})");
  ASSERT_TRUE(reply.ok());
  EXPECT_THAT(*reply, HasSubstr("did you mean `fill-pool`?"));
  EXPECT_THAT(*ask(dir_ + "/control", "not json"), HasSubstr("not a request"));
  EXPECT_THAT(*ask(dir_ + "/control", R"({"ctl": 3})"), HasSubstr("`ctl` is 3, expected a text"));
  auto const second = run({RDS_SIM_PROGRAM, "--control", dir_ + "/control"});
  EXPECT_EQ(second.exit_code, 2);
  EXPECT_THAT(second.stderr_bytes, HasSubstr("another rds-sim serves there"));
}

TEST_F(Ctl, AReallyRebootedDeviceComesBackWithItsExport) {
  serve();
  EXPECT_EQ(ssh_output(kAdd), "");
  auto const before = wait_for([](Json const& now) { return now["exports"].size() == 1; });
  EXPECT_EQ(before["exports"][0]["slot"], "vol1");
  ChildResult waiting;
  rdscsi::base::Thread client("client", [&] { waiting = ssh("admin", ":delay 1h; :put late"); });
  wait_for([](Json const& now) { return now["running"] == 1; });
  asked({"reboot"});
  client.join();
  EXPECT_EQ(waiting.exit_code, 255) << "ssh's own: the connection ended";
  EXPECT_EQ(waiting.stdout_bytes, "");
  auto const after =
      wait_for([](Json const& now) { return now["boot"] == "up" && now["exports"].size() == 1; });
  EXPECT_EQ(after["exports"][0]["nqn"], before["exports"][0]["nqn"]);
  EXPECT_EQ(after["running"], 0);
  EXPECT_THAT(ssh_output(":put [/disk get vol1 slot]"), HasSubstr("vol1"));
}

TEST_F(Ctl, WhatRebootsOrShutsDownByItsOwnConsoleDoesSoOnTheWire) {
  serve();
  EXPECT_EQ(ssh("admin", "/system reboot").exit_code, 255);
  wait_for([](Json const& now) { return now["boot"] == "up"; });
  EXPECT_EQ(ssh_output(":put back"), "back\r\n");
  EXPECT_EQ(ssh("admin", "/system shutdown").exit_code, 255);
  EXPECT_EQ(state()["boot"], "down");
  EXPECT_NE(ssh("admin", ":put dark").exit_code, 0) << "nobody answers";
  asked({"reboot"});  // somebody powers it on
  wait_for([](Json const& now) { return now["boot"] == "up"; });
  EXPECT_EQ(ssh_output(":put back"), "back\r\n");
}

TEST_F(Ctl, APulledCableIsSilenceForSessionsAndHosts) {
  serve();
  EXPECT_EQ(ssh_output(kAdd), "");
  auto const found = wait_for([](Json const& now) {
    return now["exports"].size() == 1 && now["exports"][0].value("bound-port", 0) != 0;
  });
  std::string const nqn = found["exports"][0]["nqn"];
  auto const port = found["exports"][0]["bound-port"].get<std::uint16_t>();
  auto admin = nvme_tcp::testing::associate(port, nqn);
  auto io = nvme_tcp::testing::io_queue(port, nqn, admin.cntlid);
  std::atomic<bool> ended = false;
  ChildResult waiting;
  rdscsi::base::Thread client("client", [&] {
    waiting = ssh("admin", ":delay 1s; :put late");
    ended = true;
  });
  wait_for([](Json const& now) { return now["running"] == 1; });
  EXPECT_EQ(asked({"pull-cable"}), "{\"ids\":[1,2,3]}\n");
  auto read = io.sqe(nvme_tcp::kRead, 1);
  nvme_tcp::put16(read, 2, 77);
  nvme_tcp::put32(read, 32, 512);
  io.send_command(read);
  auto const silent = wait_for([](Json const& now) { return now["running"] == 0; });
  EXPECT_EQ(silent["half-open"], 1) << "the command ended on the device, its client hears nothing";
  EXPECT_EQ(silent["sessions"], 1);
  EXPECT_FALSE(ended);
  asked({"fault", "heal", "all"});
  client.join();
  EXPECT_EQ(waiting.exit_code, 255);
  EXPECT_EQ(waiting.stdout_bytes, "");
  EXPECT_EQ(io.wait(77).status, 0) << "the host's connection goes on";
  EXPECT_EQ(ssh_output(":put again"), "again\r\n");
}

TEST_F(Ctl, AFilledPoolTakesNoMoreDisks) {
  serve();
  EXPECT_EQ(asked({"fill-pool", "storage-pool", "left", "8MiB"}), "{\"ids\":[1]}\n");
  EXPECT_EQ(state()["pools"][0]["free"], 8 << 20);
  EXPECT_NE(ssh_output(kAdd), "");
  EXPECT_EQ(state()["disks"], 1) << "the pool itself";
  asked({"fault", "heal", "1"});
  EXPECT_EQ(ssh_output(kAdd), "");
}

TEST_F(Ctl, SavedAndLoadedIsTheSameByteForByte) {
  serve({"--data", dir_});
  EXPECT_EQ(ssh_output(kAdd), "");
  asked({"save", dir_ + "/a.json"});
  EXPECT_EQ(ssh_output("/disk set vol1 comment=changed"), "");
  asked({"save", dir_ + "/b.json"});
  EXPECT_NE(text_of(dir_ + "/a.json"), text_of(dir_ + "/b.json"));
  asked({"load", dir_ + "/a.json"});
  asked({"save", dir_ + "/c.json"});
  EXPECT_EQ(text_of(dir_ + "/a.json"), text_of(dir_ + "/c.json"));
  EXPECT_EQ(ssh_output(":put [/disk get vol1 slot]"), "vol1\r\n");
  wait_for([](Json const& now) { return now["exports"].size() == 1; });
}

TEST_F(Ctl, OneRunningDeviceNeedsNoSocketNamed) {
  std::map<std::string, std::string> const env = {{"XDG_RUNTIME_DIR", dir_}};
  auto const none = run({RDS_SIM_PROGRAM, "ctl", "state"}, env);
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.stderr_bytes, HasSubstr("no rds-sim is running here"));
  start({"--control", dir_ + "/rds-sim-1.sock"});
  auto const one = run({RDS_SIM_PROGRAM, "ctl", "state"}, env);
  EXPECT_EQ(one.exit_code, 0) << one.stderr_bytes;
  EXPECT_EQ(Json::parse(one.stdout_bytes)["boot"], "up");
}

// What rds-sim prints without arguments, typed as it stands.
TEST_F(Ctl, WithoutArgumentsItPrintsLinesThatWork) {
  start({"--authorized-key", dir_ + "/key.pub", "--latency", "off"}, dir_ + "/greeting");
  std::string const greeting = text_of(dir_ + "/greeting");
  auto const at = greeting.find("'/disk add");
  ASSERT_NE(at, std::string::npos) << greeting;
  std::string const line = greeting.substr(at + 1, greeting.find('\'', at + 1) - at - 1);
  EXPECT_EQ(ssh_output(line), "");
  auto const found = wait_for([](Json const& now) { return now["exports"].size() == 1; });
  EXPECT_EQ(found["exports"][0]["nqn"], "nqn.2000-02.com.mikrotik:vol1");
  EXPECT_THAT(greeting, HasSubstr("nvme connect -t tcp -a 127.0.0.1 -s "));
  EXPECT_THAT(greeting, HasSubstr(" -n nqn.2000-02.com.mikrotik:vol1"));
  EXPECT_THAT(greeting, HasSubstr("rds-sim ctl --socket " + dir_ + "/control state"));
}

}  // namespace
}  // namespace rdssim::program
