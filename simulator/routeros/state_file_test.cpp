// State files: a saved device is the same device, and what is wrong in a file is named with its path.
#include "simulator/routeros/state_file.h"

#include <gtest/gtest.h>

namespace rdssim::routeros {
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;

std::vector<std::string> questions() {
  return {"/disk print",
          "/disk print detail",
          "/disk print terse",
          ":put [/disk print detail as-value]",
          ":put [/disk find]",
          "/file print",
          "/file print detail",
          ":put [/file print as-value]",
          "/system resource print",
          "/system identity print",
          "/log print",
          "/disk print foo=1",
          "/disk remove nosuch"};
}

TEST(StateFile, ASavedDeviceAnswersTheSameUnderEveryProfile) {
  for (auto const& profile : Device::profile_names()) {
    auto device = *Device::make(profile, 10 * kGiB, 1);
    auto const run = [](Device& on, std::string const& line) { return on.execute({}, line, {}).output; };
    for (auto slot : {"a", "b", "c"}) {
      run(*device,
          std::string(
              "/disk add type=file file-size=1500000001 nvme-tcp-export=yes file-path=storage-pool/") +
              slot + " slot=" + slot + " comment=\"c;\\\"\\$ \xC3\xA9\"");
    }
    run(*device, "/disk remove b;/file remove storage-pool/b");
    run(*device, "/disk set 0 comment=pool;/system identity set name=\"a b\";/log info hello");
    device->reserve_pool_bytes("storage-pool", 12345);
    device->set_slot_limit(20);
    auto const saved = device->save_state();
    auto loaded = Device::from_state(saved, 2);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ((*loaded)->save_state(), saved) << profile;
    for (auto const& question : questions()) {
      EXPECT_EQ(run(**loaded, question), run(*device, question)) << profile << ": " << question;
    }
    auto const add = ":put [/disk add type=file file-path=storage-pool/z file-size=1M slot=z]";
    EXPECT_EQ(run(**loaded, add), run(*device, add)) << profile << ": ids go on growing";
    EXPECT_EQ((*loaded)->pools().at(0).free_bytes, device->pools().at(0).free_bytes);
  }
}

TEST(StateFile, AnUnmountedPoolStaysUnmounted) {
  auto device = *Device::make("7.21", 10 * kGiB, 1);
  device->set_pool_mounted("storage-pool", false);
  auto const loaded = *Device::from_state(device->save_state(), 1);
  EXPECT_FALSE(loaded->pools().at(0).mounted);
  EXPECT_EQ(loaded->execute({}, ":put [:len [/file find]]", {}).output, "0\r\n");
}

// What is empty is saved as empty: a key that is missing would mean what it means in a file.
TEST(StateFile, WhatWasEmptyIsEmptyAgain) {
  auto const device = *Device::from_state(R"({"resource": {}, "users": [], "user-groups": []})", 1);
  auto const saved = device->save_state();
  auto const loaded = Device::from_state(saved, 1);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ((*loaded)->save_state(), saved);
  EXPECT_NE(saved.find("\"resource\": {}"), std::string::npos) << saved;
}

// The largest ids a file may give can be saved and counted on from.
TEST(StateFile, LargestIdsAreSavedAndLoaded) {
  auto const device = Device::from_state(
      R"({"disks": [{"slot": "a", "id": "*4000000000000000"}], "next-file-id": 9223372036854775807})", 1);
  ASSERT_TRUE(device.ok()) << device.status();
  auto const saved = (*device)->save_state();
  auto const loaded = Device::from_state(saved, 1);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ((*loaded)->save_state(), saved);
}

struct Wrong {
  std::string json, message;
};
std::ostream& operator<<(std::ostream& out, Wrong const& wrong) {
  return out << wrong.json;
}

class WrongStates : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongStates, AreRefusedWithPathValueAndRemedy) {
  auto const state = read_state(GetParam().json);
  ASSERT_FALSE(state.ok());
  EXPECT_NE(state.status().message().find(GetParam().message), std::string::npos) << state.status();
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongStates,
    ::testing::Values(
        Wrong{"{", "state file: not JSON"}, Wrong{R"([])", "$ is []; expected an object"},
        Wrong{R"({"profil": "7.16"})",
              "$.profil is \"7.16\"; expected no such key; the keys here are profile"},
        Wrong{R"({"profile": "7.99"})", "$.profile is \"7.99\"; expected one of 7.16"},
        Wrong{R"({"disks": {}})", "$.disks is {}; expected an array"},
        Wrong{R"({"disks": [{"type": "raid"}]})", "$.disks[0] is {\"type\":\"raid\"}; expected a slot"},
        Wrong{R"({"disks": [{"slot": "a", "size": "1G"}]})",
              "$.disks[0].size is \"1G\"; expected a whole number"},
        Wrong{R"({"disks": [{"slot": "a", "swap": "yes"}]})",
              "$.disks[0].swap is \"yes\"; expected true or false"},
        Wrong{R"({"disks": [{"slot": "a", "sizes": 1}]})",
              "$.disks[0].sizes is 1; expected a property of /disk"},
        Wrong{R"({"disks": [{"slot": "a", "free": 1}]})", "a mounted filesystem is described in \"pool\""},
        Wrong{R"({"disks": [{"slot": "a", "id": "12"}]})", "$.disks[0].id is \"12\"; expected a star"},
        Wrong{R"({"disks": [{"slot": "a"}, {"slot": "a"}]})",
              "$.disks[1].slot is \"a\"; expected a slot no other"},
        Wrong{R"({"disks": [{"slot": "a", "pool": {"mounted": 1}}]})",
              "$.disks[0].pool.mounted is 1; expected true"},
        Wrong{R"({"files": [{"name": "/a"}]})", "$.files[0].name is \"/a\"; expected a name without a slash"},
        Wrong{R"({"files": [{"name": "a", "size": "1"}]})",
              "$.files[0].size is \"1\"; expected a whole number"},
        Wrong{R"({"slot-limit": 0})", "$.slot-limit is 0; expected a positive number or null"},
        Wrong{R"({"error-variants": {"pool-full": 99}})",
              "$.error-variants.pool-full is 99; expected a number from 0"},
        Wrong{R"({"rules": {"sparse": true}})", "$.rules.sparse is true; expected no such key"},
        Wrong{R"({"timing-ms": {"disk-add": "fast"}})",
              "$.timing-ms.disk-add is \"fast\"; expected a whole number"},
        // Numbers that fit JSON but not what they stand for (found by the state fuzzer).
        Wrong{R"({"timing-ms": {"disk-add": 5999999999999999999}})",
              "$.timing-ms.disk-add is 5999999999999999999; expected milliseconds from 0 to a year"},
        Wrong{R"({"timing-ms": {"boot-ssh": -1}})",
              "$.timing-ms.boot-ssh is -1; expected milliseconds from 0"},
        Wrong{R"({"slot-limit": 4294967297})",
              "$.slot-limit is 4294967297; expected a positive number or null"},
        Wrong{R"({"error-variants": {"pool-full": 4294967296}})",
              "$.error-variants.pool-full is 4294967296; expected a number from 0"},
        Wrong{R"({"disks": [{"slot": "a", "size": 18446744073709551615}]})",
              "$.disks[0].size is 18446744073709551615; expected a whole number up to 9223372036854775807"},
        Wrong{R"({"disks": [{"slot": "a", "id": "*4000000000000000"}, {"slot": "b"}]})",
              "$.disks[1].id is \"*4000000000000001\"; expected an id up to *4000000000000000"},
        Wrong{R"({"disks": [{"slot": "a", "fs": "btrfs", "size": 4096, "pool": {"mount-point": "a"}}],
                  "subvolumes": [{"fs": "a", "name": "s", "id": 4611686018427387905}]})",
              "$.subvolumes[0].id is 4611686018427387905; expected a number from 256 to 4611686018427387904"},
        // What a pool cannot hold (found by the state fuzzer).
        Wrong{R"({"disks": [{"slot": "a", "size": 1000, "pool": {"free": 1001}}]})",
              "$.disks[0].pool.free is 1001; expected a number of bytes from 0 to 1000"},
        Wrong{R"({"disks": [{"slot": "a", "size": 1000, "pool": {"overhead": 100, "free": 700}}],
                  "files": [{"name": "a/f", "size": 300}]})",
              "$.disks[0].pool.free is 700; expected a number of bytes from 0 to 600"},
        Wrong{R"({"disks": [{"slot": "a", "size": 1000, "pool": {"overhead": 1001}}]})",
              "$.disks[0].pool.overhead is 1001; expected a number of bytes from 0 to 1000"},
        Wrong{R"({"disks": [{"slot": "a", "size": 9007199254740993, "pool": {}}]})",
              "$.disks[0].pool.size is 9007199254740993; expected a number of bytes from 1 to "
              "9007199254740992"},
        Wrong{R"({"disks": [{"slot": "a", "size": -1}]})",
              "$.disks[0].size is -1; expected a number of bytes from 0"},
        Wrong{R"({"files": [{"name": "a", "size": -1}]})",
              "$.files[0].size is -1; expected a number of bytes from 0"},
        Wrong{R"({"files": [{"name": "a", "size": 9007199254740993}]})",
              "$.files[0].size is 9007199254740993; expected `allocated` beside it"},
        Wrong{R"({"files": [{"name": "a", "size": 1, "allocated": -1}]})",
              "$.files[0].allocated is -1; expected a number of bytes from 0"},
        Wrong{R"({"files": [{"name": "a", "size": 1, "extents": [[0, 9007199254740993, 1]]}]})",
              "$.files[0].extents[0] is [0,9007199254740993,1]; expected [first byte"},
        Wrong{R"({"next-disk-id": -1})", "$.next-disk-id is -1; expected 0 or more"},
        Wrong{R"({"resource": {"free-memory": 18446744073709551615}})",
              "$.resource.free-memory is 18446744073709551615; expected a whole number up to"}));

}  // namespace
}  // namespace rdssim::routeros
