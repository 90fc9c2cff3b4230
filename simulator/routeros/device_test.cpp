// The device as its owner sees it: rules of disks and files through the console, effects and hooks, profiles,
// switches.
#include "simulator/routeros/device.h"

#include <gtest/gtest.h>

#include <set>

#include "simulator/routeros/error_texts.h"

namespace rdssim::routeros {
namespace {

constexpr std::int64_t kGiB = std::int64_t{1} << 30;

struct Bench {
  explicit Bench(std::string_view profile = "7.16") : device(*Device::make(profile, 10 * kGiB, 1)) {}
  std::string run(std::string_view line, ExecutionHooks const& hooks = {}) {
    return device->execute(session, line, hooks).output;
  }
  // Adds a file disk of 1 GiB.
  std::string add(std::string const& slot, std::string const& more = "") {
    return run("/disk add type=file file-path=/storage-pool/metal-csi/" + slot +
               ".img file-size=1G slot=" + slot + " " + more);
  }
  std::int64_t free() const { return device->pools().at(0).free_bytes; }

  SessionOptions session;
  std::unique_ptr<Device> device;
};

TEST(Disks, AddSetAndRemoveAreSilentAndRemoveKeepsTheFile) {
  Bench bench;
  EXPECT_EQ(bench.add("a"), "");
  EXPECT_EQ(bench.run("/disk set a comment=\"x y\" mount-filesystem=no"), "");
  EXPECT_FALSE(bench.device->disks().at(1).mount_filesystem);
  EXPECT_EQ(bench.run("/disk remove a"), "");
  EXPECT_EQ(bench.device->disks().size(), 1U);
  EXPECT_EQ(bench.run(":put [/file get storage-pool/metal-csi/a.img size]"), "1073741824\r\n");
  EXPECT_EQ(bench.free(), 9 * kGiB);
  EXPECT_EQ(bench.run("/file remove storage-pool/metal-csi/a.img"), "");
  EXPECT_EQ(bench.free(), 10 * kGiB);
}

TEST(Disks, AddInBracketsGivesTheIdWhichGrows) {
  Bench bench;
  EXPECT_EQ(bench.run(":put [/disk add type=file file-path=storage-pool/a.img file-size=1M]"), "*2\r\n");
  bench.run("/disk remove *2");
  EXPECT_EQ(bench.run(":put [/disk add type=file file-path=storage-pool/a.img file-size=1M]"), "*3\r\n");
  EXPECT_EQ(bench.run(":put [/disk get *3 slot]"), "file-storage-pool-a.img\r\n") << "FACTS 1.7";
}

TEST(Disks, MountFilesystemDefaultsToYes) {
  Bench bench;
  bench.add("a");
  EXPECT_TRUE(bench.device->disks().at(1).mount_filesystem);
}

TEST(Disks, WhatIsRefusedLeavesNothingBehind) {
  Bench bench;
  bench.add("a");
  EXPECT_EQ(bench.add("a"), "failure: already have such entry\r\n");
  EXPECT_EQ(bench.run("/disk add type=file file-path=storage-pool/metal-csi/a.img slot=b"),
            "failure: file already in use\r\n");
  EXPECT_EQ(bench.run("/disk add type=file file-path=/storage-pool/metal-csi/b.img file-size=10G slot=b"),
            "failure: not enough space\r\n");
  EXPECT_EQ(bench.run("/disk add type=file file-path=/nowhere/b.img file-size=1G slot=b"),
            "failure: could not open file\r\n");
  EXPECT_EQ(bench.run("/disk add type=file file-path=storage-pool/b.img slot=b"),
            "failure: file-size must be specified\r\n");
  EXPECT_EQ(bench.run("/disk add slot=b"), "missing value(s) of argument(s) type\r\n");
  EXPECT_EQ(bench.run("/disk add type=flie"), "input does not match any value of type\r\n");
  EXPECT_EQ(bench.run("/disk add type=file file-path=x file-size=1X"),
            "invalid value for argument file-size\r\n");
  EXPECT_EQ(bench.run("/disk set a nvme-tcp-server-port=0"),
            "value of nvme-tcp-server-port is out of range (1 .. 65535)\r\n");
  EXPECT_EQ(bench.run("/disk set a nvme-tcp-export=true"),
            "input does not match any value of nvme-tcp-export\r\n")
      << "the command line takes yes and no (FACTS 4)";
  EXPECT_EQ(bench.run("/disk remove nosuch"), "no such item\r\n");
  EXPECT_EQ(bench.run("/disk remove [find slot=nosuch]"), "");
  EXPECT_EQ(bench.device->disks().size(), 2U);
  EXPECT_EQ(bench.device->effects().size(), 1U);
}

TEST(Disks, ItemsAreNamedByIdSlotNumberAndInLists) {
  Bench bench;
  for (auto slot : {"a", "b", "c", "d", "e"}) bench.add(slot);
  EXPECT_EQ(bench.run("/disk remove a,b"), "");
  EXPECT_EQ(bench.run("/disk remove [find slot=c]"), "");
  EXPECT_EQ(bench.run("/disk remove {\"d\"}"), "");
  EXPECT_EQ(bench.run("/disk remove 1"), "") << "the print number of e";
  EXPECT_EQ(bench.device->disks().size(), 1U);
  bench.add("f");
  EXPECT_EQ(bench.run("/disk remove f,nosuch"), "no such item\r\n");
  EXPECT_EQ(bench.device->disks().size(), 2U) << "all items are looked up before the first goes";
}

TEST(Disks, GrowingTakesSpaceAndStopsAtThePool) {
  Bench bench;
  bench.add("a");
  EXPECT_EQ(bench.run("/disk set a file-size=3G"), "");
  EXPECT_EQ(bench.free(), 7 * kGiB);
  EXPECT_EQ(bench.device->disks().at(1).size_bytes, 3 * kGiB);
  EXPECT_EQ(bench.run("/disk set a file-size=11G"), "failure: not enough space\r\n");
}

TEST(Disks, PrintFormsAgreeWithEachOther) {
  Bench bench;
  bench.add("a", "comment=\"WAN uplink;slot=forged\"");
  EXPECT_EQ(bench.run("/disk print count-only"), "2\r\n");
  auto const value = bench.run(":put [/disk print as-value proplist=slot,size where slot=a]");
  EXPECT_EQ(value, ".id=*2;comment=WAN uplink;slot=forged;size=1073741824;slot=a\r\n")
      << "unescaped, as captured on 7.20.8";
  EXPECT_EQ(bench.run("/disk print terse proplist=slot,size where slot=a"),
            " 1 B          comment=WAN uplink;slot=forged slot=a size=1 073 741 824 \r\n");
  EXPECT_EQ(bench.run("/disk print where slot=nosuch"), "");
  EXPECT_NE(bench.run("/disk print detail where slot=nosuch").find("Flags: X - disabled"), std::string::npos);
  EXPECT_EQ(Bench("7.24").run("/disk print detail where slot=nosuch"), "");
}

TEST(Disks, LongNamesAreCutHardAtTheMargin) {
  Bench bench;
  std::string const slot(70, 'x');
  bench.run("/disk add type=file file-path=storage-pool/a.img file-size=1G slot=" + slot);
  auto const output = bench.run("/disk print detail where type=file");
  EXPECT_EQ(output.find("slot=\"" + slot), std::string::npos) << "79 columns cannot hold it";
  std::size_t start = 0;
  for (auto end = output.find("\r\n"); end != std::string::npos;
       start = end + 2, end = output.find("\r\n", start)) {
    EXPECT_LE(end - start, 80U);
  }
  bench.session.width = 9999;
  EXPECT_NE(bench.run("/disk print detail where type=file").find("slot=\"" + slot), std::string::npos);
}

TEST(Pools, WhatIsNotMountedCannotBeSeen) {
  Bench bench;
  bench.add("a");
  bench.device->set_pool_mounted("storage-pool", false);
  EXPECT_EQ(bench.run(":put [:len [/disk find where mounted]]"), "0\r\n");
  EXPECT_EQ(bench.run(":put [:len [/disk find mount-point=storage-pool]]"), "0\r\n");
  EXPECT_EQ(bench.run(":put [:len [/file find]]"), "0\r\n");
  EXPECT_EQ(bench.add("b"), "failure: could not open file\r\n");
  EXPECT_EQ(bench.run(":put [/disk get a file-path]"), "/storage-pool/metal-csi/a.img\r\n");
  bench.device->set_pool_mounted("storage-pool", true);
  EXPECT_EQ(bench.run(":put [:len [/file find]]"), "3\r\n");
}

TEST(Pools, SpaceCanGoBehindEverybodysBack) {
  Bench bench;
  bench.device->reserve_pool_bytes("storage-pool", 10 * kGiB - 100);
  EXPECT_EQ(bench.free(), 100);
  EXPECT_EQ(bench.add("a"), "failure: not enough space\r\n");
  bench.device->reserve_pool_bytes("storage-pool", -kGiB);
  EXPECT_EQ(bench.add("a"), "");
}

TEST(Effects, AreRecordedInOrderWithWhatChanged) {
  Bench bench;
  bench.session.user = "csi";
  bench.add("a", "nvme-tcp-export=yes");
  bench.run("/disk set a comment=hello;/disk remove a;/file remove storage-pool/metal-csi/a.img");
  auto const& effects = bench.device->effects();
  ASSERT_EQ(effects.size(), 4U);
  EXPECT_EQ(effects[0].sequence, 1U);
  EXPECT_EQ(effects[0].menu + " " + effects[0].command + " " + effects[0].target, "/disk add a");
  EXPECT_EQ(
      effects[0].detail,
      "file-path=/storage-pool/metal-csi/a.img file-size=1073741824 nvme-tcp-export=yes slot=a type=file");
  EXPECT_EQ(effects[1].detail, "comment=hello");
  EXPECT_EQ(effects[2].command, "remove");
  EXPECT_EQ(effects[3].menu + effects[3].target, "/filestorage-pool/metal-csi/a.img");
  EXPECT_EQ(effects[3].user, "csi");
}

TEST(Effects, BusyComesFirstThenTheEffectThenTheHook) {
  Bench bench;
  std::vector<std::string> story;
  ExecutionHooks hooks;
  hooks.busy = [&](Duration duration) {
    story.push_back("busy " + std::to_string(duration / std::chrono::milliseconds(1)) + " disks " +
                    std::to_string(bench.device->disks().size()));
  };
  hooks.after_effect = [&](EffectRecord const& effect) {
    story.push_back(effect.command + " disks " + std::to_string(bench.device->disks().size()));
    return true;
  };
  bench.run("/disk add type=file file-path=storage-pool/a.img file-size=1M slot=a;:delay 2;/disk remove a",
            hooks);
  EXPECT_EQ(story, (std::vector<std::string>{"busy 500 disks 1", "add disks 2", "busy 2000 disks 2",
                                             "busy 300 disks 2", "remove disks 1"}));
}

TEST(Effects, TheScriptDiesBetweenTwoEffectsWhenTheHookSaysSo) {
  Bench bench;
  ExecutionHooks hooks;
  hooks.after_effect = [](EffectRecord const&) { return false; };
  auto const result = bench.device->execute(
      {}, ":put before;:do {/disk set 0 comment=a;:put no;/disk set 0 comment=b} on-error={:put no};:put no",
      hooks);
  EXPECT_TRUE(result.killed);
  EXPECT_EQ(result.output, "before\r\n");
  EXPECT_EQ(bench.device->disks().at(0).comment, "a");
}

TEST(Effects, AnotherLineMayRunWhileOneIsBusyAndTheRulesHold) {
  Bench bench;
  std::string inner;
  ExecutionHooks hooks;
  hooks.busy = [&](Duration) { inner = bench.add("a"); };
  auto const outer =
      bench.run("/disk add type=file file-path=/storage-pool/metal-csi/a.img file-size=1G slot=a", hooks);
  EXPECT_EQ(inner, "");
  EXPECT_EQ(outer, "failure: already have such entry\r\n")
      << "checked when the effect takes place, not before";
  EXPECT_EQ(bench.device->disks().size(), 2U);
  hooks.busy = [&](Duration) { inner = bench.run("/disk remove a"); };
  EXPECT_EQ(bench.run("/disk remove a", hooks), "no such item\r\n");
  EXPECT_EQ(inner, "");
}

TEST(Profiles, UnknownArgumentsAnswerInTheVersionsWords) {
  EXPECT_EQ(Bench("7.16").run("/disk print foo=1"), "expected end of command (line 1 column 13)\r\n");
  EXPECT_EQ(Bench("7.21").run("/disk print foo=1"), "expected end of command (line 1 column 13)\r\n");
  EXPECT_EQ(Bench("7.24").run("/disk print foo=1"), "bad parameter foo (line 1 column 16)\r\n");
}

TEST(Profiles, AStock7_16LacksFileDisks) {
  Bench bench("7.16-stock");
  EXPECT_EQ(bench.run("/disk add type=file file-path=x file-size=1G"),
            "expected end of command (line 1 column 21)\r\n");
  EXPECT_EQ(bench.run("/disk add type=file slot=a"), "input does not match any value of type\r\n");
  EXPECT_EQ(bench.run("/disk set 0 nvme-tcp-server-nqn=a"), "expected end of command (line 1 column 13)\r\n");
  EXPECT_EQ(bench.run("/disk/btrfs/subvolume/print"), "syntax error (line 1 column 12)\r\n");
  EXPECT_EQ(bench.run("/disk btrfs subvolume print"), "bad command name btrfs (line 1 column 7)\r\n");
  EXPECT_EQ(bench.run("/disk set storage-pool nvme-tcp-export=yes"), "");
  EXPECT_EQ(bench.device->disks().at(0).nqn, "storage-pool") << "before 7.21 the NQN is the slot";
}

TEST(Profiles, SlotLimitFollowsTheProfileUntilSet) {
  std::string const slot = "pvc-" + std::string(36, 'f');
  EXPECT_EQ(Bench("7.16").add(slot), "");
  EXPECT_EQ(Bench("7.21").add(slot), "");
  Bench newest("7.24");
  EXPECT_EQ(newest.add(slot), "value of slot is too long (/disk/add; line 1)\r\n");
  EXPECT_EQ(newest.add(slot.substr(0, 32)), "");
  newest.device->set_slot_limit(std::nullopt);
  EXPECT_EQ(newest.add(slot), "");
  newest.device->set_slot_limit(10);
  EXPECT_NE(newest.add("elevenchars"), "");
}

TEST(Profiles, SuffixesFollowTheVersionAndTheConsole) {
  EXPECT_EQ(Bench("7.16").run("/disk remove x"), "no such item\r\n");
  EXPECT_EQ(Bench("7.21").run(":put a;/disk remove x"), "a\r\nno such item (/disk/remove; line 1)\r\n");
  Bench interactive("7.21");
  interactive.session.interactive = true;
  EXPECT_EQ(interactive.run("/disk remove x"), "no such item\r\n");
}

TEST(Profiles, AllAreListedAndUnknownOnesAreRefusedByName) {
  EXPECT_EQ(Device::profile_names(), (std::vector<std::string>{"7.16", "7.16-stock", "7.21", "7.24"}));
  auto const wrong = Device::make("7.17", kGiB, 1);
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(
      wrong.status().message().find("$.profile is \"7.17\"; expected one of 7.16, 7.16-stock, 7.21, 7.24"),
      std::string::npos)
      << wrong.status();
}

TEST(Switches, EveryUnknownErrorTextHasSelectableVariants) {
  Bench bench;
  ASSERT_FALSE(error_text_keys().empty());
  for (auto const& key : error_text_keys()) EXPECT_GT(error_variant_count(key), 1) << key;
  EXPECT_FALSE(bench.device->set_error_variant("no-such-key", 0));
  std::set<std::string> seen;
  for (int variant = 0; variant < error_variant_count("pool-full"); ++variant) {
    ASSERT_TRUE(bench.device->set_error_variant("pool-full", variant));
    seen.insert(bench.run("/disk add type=file file-path=storage-pool/a.img file-size=11G"));
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(error_variant_count("pool-full")));
}

TEST(Switches, SparseFilesAndFilesInUse) {
  Bench bench;
  bench.device->set_sparse_files(true);
  EXPECT_EQ(bench.run("/disk add type=file file-path=storage-pool/a.img file-size=100G slot=a"), "");
  bench.device->set_remove_files_in_use(false);
  EXPECT_EQ(bench.run("/file remove storage-pool/a.img"), "failure: file in use\r\n");
  bench.device->set_share_files(true);
  EXPECT_EQ(bench.run("/disk add type=file file-path=storage-pool/a.img slot=b"), "");
}

TEST(Print, OrdersByPropertiesFrom724On) {
  Bench bench("7.24");
  for (std::string const disk : {"b size=2G", "c size=1G", "a size=2G"}) {
    auto const slot = disk.substr(0, 1);
    EXPECT_EQ(bench.run("/disk add type=file file-path=storage-pool/" + slot + ".img file-" + disk.substr(2) +
                        " slot=" + slot),
              "");
  }
  auto const slots = [&](std::string const& order) {
    return bench.run(":foreach d in=[/disk print as-value order-by=" + order +
                     " where type=file] do={:put ($d->\"slot\")}");
  };
  EXPECT_EQ(slots("slot"), "a\r\nb\r\nc\r\n");
  EXPECT_EQ(slots("size,slot"), "c\r\na\r\nb\r\n");
  EXPECT_EQ(slots("colour"), "input does not match any value of order-by\r\n");
}

TEST(Print, FollowingNeverEnds) {
  Bench bench;
  for (std::string const option : {"follow", "follow-only", "interval=1"}) {
    auto const result = bench.device->execute({}, "/disk print terse " + option, {});
    EXPECT_TRUE(result.hangs) << option;
    EXPECT_EQ(result.output.empty(), option == "follow-only") << option;
  }
  EXPECT_TRUE(bench.device->gaps().empty());
}

TEST(Gaps, AreWhatTheRealDeviceHasAndThisOneLacks) {
  Bench bench("7.24");
  EXPECT_EQ(bench.run("/disk smart-info x"), "bad command name smart-info (line 1 column 7)\r\n");
  bench.run("/ip route print");
  bench.run("/disk bogus");
  bench.run("/disk btrfs transfer print");
  EXPECT_EQ(bench.device->gaps(),
            (std::vector<std::string>{"/disk smart-info", "/disk/btrfs transfer", "/ip route"}));
  Bench old("7.16");
  old.run("/disk btrfs subvolume print");
  EXPECT_TRUE(old.device->gaps().empty()) << "7.16 has no btrfs menus: the right answer, no gap";
}

// A command comes to an item that is gone: it was named twice, or another session took it away after the
// first effect. Found by the exec fuzzer with /user remove.
TEST(Targets, AnItemThatIsGoneWhenItsTurnComesIsNoSuchItem) {
  struct Story {
    std::string make, menu, command, take_away;  // `a` and `b` are made; the command names both
  };
  std::string const disks =
      "/disk add type=file file-path=storage-pool/a.img file-size=1M slot=a;"
      "/disk add type=file file-path=storage-pool/b.img file-size=1M slot=b";
  std::string const subvolumes =
      "/disk btrfs subvolume add fs=storage-pool name=a;"
      "/disk btrfs subvolume add fs=storage-pool name=b";
  for (auto const& story : std::vector<Story>{
           {"/user add name=a group=read password=x;/user add name=b group=read password=x", "/user",
            "remove %", "/user remove b"},
           {"/user add name=a group=read password=x;/user add name=b group=read password=x", "/user",
            "set % comment=x", "/user remove b"},
           {"/user group add name=a;/user group add name=b", "/user/group", "remove %",
            "/user group remove b"},
           {"/user group add name=a;/user group add name=b", "/user/group", "set % comment=x",
            "/user group remove b"},
           {disks, "/disk", "remove %", "/disk remove b"},
           {disks, "/disk", "set % comment=x", "/disk remove b"},
           {disks, "/disk", "unset % value-name=comment", "/disk remove b"},
           {disks, "/disk", "disable %", "/disk remove b"},
           {disks, "/disk", "eject %", "/disk remove b"},
           {"/file add name=storage-pool/a;/file add name=storage-pool/b", "/file", "remove %",
            "/file remove storage-pool/b"},
           {"/file add name=storage-pool/a;/file add name=storage-pool/b", "/file", "set % contents=x",
            "/file remove storage-pool/b"},
           {subvolumes, "/disk/btrfs/subvolume", "remove %", "/disk btrfs subvolume remove b"},
           {subvolumes, "/disk/btrfs/subvolume", "set % read-only=yes", "/disk btrfs subvolume remove b"},
       }) {
    Bench bench("7.24");
    bench.run(story.make);
    std::string const prefix = story.menu == "/file" ? "storage-pool/" : "";
    auto const with = [&](std::string const& names) {
      std::string line = story.menu + "/" + story.command;
      return line.replace(line.find('%'), 1, names);
    };
    int effects = 0;
    ExecutionHooks hooks;
    hooks.after_effect = [&](EffectRecord const&) {
      if (++effects > 1) return true;
      EXPECT_EQ(bench.run(story.take_away), "");
      return true;
    };
    auto const both = with(prefix + "a," + prefix + "b");
    auto const output = bench.device->execute({}, both, hooks).output;
    EXPECT_EQ(output.substr(0, 13), "no such item ") << both << ": " << output;
    EXPECT_EQ(effects, 1) << both;
    if (!story.command.starts_with("remove")) continue;
    Bench twice("7.24");
    twice.run(story.make);
    auto const same = with(prefix + "a," + prefix + "a");
    EXPECT_EQ(twice.run(same).substr(0, 13), "no such item ") << same;
  }
}

// What lets the fuzzers use a device again.
TEST(Log, ForgottenLeavesADeviceUntouchedUnlessSomethingElseWasDone) {
  Bench bench;
  bench.run("/disk print");
  EXPECT_TRUE(bench.device->untouched());
  bench.run("/log info \"x\"");
  EXPECT_FALSE(bench.device->untouched());
  bench.device->forget_log();
  EXPECT_TRUE(bench.device->untouched());
  EXPECT_EQ(bench.run("/log print").find("x"), std::string::npos);
  bench.run(":global a 1");
  bench.device->forget_log();
  EXPECT_FALSE(bench.device->untouched());
  Bench other;
  other.add("a");
  other.device->forget_log();
  EXPECT_FALSE(other.device->untouched());
  Bench rebooted;
  rebooted.device->reboot();
  while (rebooted.device->enter_next_stage() != BootStage::up) continue;
  rebooted.device->forget_log();
  EXPECT_FALSE(rebooted.device->untouched());
}

TEST(Log, KeepsWhatIsWrittenToIt) {
  Bench bench;
  bench.device->add_log_line("system,info,account user admin logged in from 10.0.0.1 via ssh");
  bench.run("/log info \"from a script\"");
  EXPECT_NE(
      bench.run("/log print").find(" system,info,account user admin logged in from 10.0.0.1 via ssh\r\n"),
      std::string::npos);
  EXPECT_EQ(bench.run(":put [:len [/log find where message~\"script\"]]"), "1\r\n");
}

TEST(Login, ModifiersAreSplitFromTheName) {
  EXPECT_EQ(login_options("admin").user, "admin");
  EXPECT_EQ(login_options("admin").width, 80);
  auto const modified = login_options("admin+cte511w4098h");
  EXPECT_EQ(modified.user, "admin");
  EXPECT_EQ(modified.width, 511);
  EXPECT_EQ(modified.height, 4098);
  EXPECT_EQ(login_options("a+b+t120w").user, "a+b");
}

}  // namespace
}  // namespace rdssim::routeros
