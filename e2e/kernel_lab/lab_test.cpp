// A real Linux kernel as a host of the simulator: it connects, makes file systems, loses its target and gets
// it back, and nvme-cli says of the target what it says of the kernel's own. Method: guests under QEMU
// (guest_machine.h) run the scripts of this folder; the target lives in this process, so that a step can
// change it. Incidents 3, 7, 13, 41.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "base/testing/temporary_directory.h"
#include "e2e/kernel_lab/guest_machine.h"
#include "simulator/nvme_tcp/target.h"
#include "simulator/storage/sparse_file_image.h"

namespace lab {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
namespace nvme = rdssim::nvme_tcp;

constexpr char kNqn[] = "nqn.2000-02.com.mikrotik:pvc-0d1e2f30-4a5b-4c6d-8e7f-901234567890";
constexpr char kPrivate[] = "nqn.2000-02.com.mikrotik:private";
constexpr char kOtherHost[] = "nqn.2014-08.org.nvmexpress:uuid:22222222-2222-2222-2222-222222222222";
constexpr std::int64_t kMiB = 1 << 20;

std::string script(std::string const& name, std::map<std::string, std::string> const& given) {
  std::ifstream file("scripts/" + name);
  std::stringstream text;
  for (auto const& [variable, value] : given) text << variable << "=" << value << "\n";
  text << file.rdbuf();
  return text.str();
}

std::string joined(std::vector<std::string> const& lines) {
  std::string text;
  for (std::string const& line : lines) text += line + "\n";
  return text;
}

// The target of this process with one public and one private disk of 64 MiB.
class Simulator {
 public:
  Simulator()
      : image_(std::make_shared<rdssim::storage::SparseFileImage>(directory_.file("a.img"), 64 * kMiB)),
        private_(std::make_shared<rdssim::storage::SparseFileImage>(directory_.file("b.img"), 64 * kMiB)),
        target_(options()) {
    serve();
  }

  std::map<std::string, std::string> given() {
    return {{"PORT", std::to_string(target_.bound_port(4420))},
            {"CLOSED_PORT", "9"},
            {"NQN", kNqn},
            {"PRIVATE", kPrivate},
            {"OTHER_HOST", kOtherHost}};
  }

  std::string on_request(std::string const& words) {
    ++requests;
    if (words == "second-host") second_host();
    if (words == "vanish") fault_ = target_.inject({.kind = nvme::FaultKind::vanish});
    if (words == "return") target_.heal(fault_);
    if (words == "resize-with-event") resize(96 * kMiB, nvme::ResizeShows::with_event);
    if (words == "resize-silently") resize(128 * kMiB, nvme::ResizeShows::silently);
    (void)target_.settle();
    return "done";
  }

  nvme::Target& target() { return target_; }
  int requests = 0;
  std::function<void()> second_host = [] {};

 private:
  static nvme::Options options() {
    nvme::Options options;
    options.ephemeral_ports = true;
    return options;
  }
  void serve() {
    nvme::Export what;
    what.nqn = kNqn;
    what.uuid = nvme::uuid_from(kNqn);
    what.image = image_;
    what.slot = "pvc-1";
    nvme::Export other = what;
    other.nqn = kPrivate;
    other.uuid = nvme::uuid_from(kPrivate);
    other.allow_host = kOtherHost;
    other.image = private_;
    other.slot = "private";
    EXPECT_TRUE(target_.set_exports({what, other}).ok());
    EXPECT_TRUE(target_.settle().ok());
  }
  void resize(std::int64_t bytes, nvme::ResizeShows how) {
    target_.set_resize_shows(how);
    EXPECT_TRUE(image_->resize(bytes).ok());
    serve();
  }

  rdscsi::base::testing::TemporaryDirectory directory_;
  std::shared_ptr<rdssim::storage::SparseFileImage> image_, private_;
  nvme::Target target_;
  nvme::FaultId fault_ = 0;
};

Boot boot_with(Simulator& simulator, std::string const& script_name, bool multipath,
               std::map<std::string, std::string> const& more = {}) {
  GuestOptions options;
  options.image = image_folder(LAB_IMAGE_FOLDER);
  auto given = simulator.given();
  given.insert(more.begin(), more.end());
  options.script = script(script_name, given);
  options.multipath = multipath;
  options.host = [&](std::string const& words) { return simulator.on_request(words); };
  return boot(options);
}

Boot const& nvmet_boot() {
  static Boot const result = [] {
    GuestOptions options;
    options.image = image_folder(LAB_IMAGE_FOLDER);
    options.script = script("nvmet.guest", {{"NQN", kNqn}});
    return boot(options);
  }();
  return result;
}

int commands_in(Boot const& boot) {
  int count = 0;
  for (Step const& step : boot.steps) count += static_cast<int>(step.commands.size());
  return count;
}

Json json_of(Ran const& ran) {
  return Json::parse(joined(ran.out), nullptr, false);
}

// --- the steps that must be alike whoever the target is ---

void expect_refusals(Boot const& boot) {
  Ran const& closed = boot.step("no target listening").commands.at(0);
  EXPECT_EQ(closed.exit, 1);
  EXPECT_THAT(joined(closed.err), HasSubstr("could not add new controller: connection refused"));
  Step const& unknown = boot.step("unknown subsystem");
  EXPECT_EQ(unknown.commands.at(0).exit, 1);
  EXPECT_THAT(joined(unknown.commands.at(0).err), HasSubstr("failed to write to nvme-fabrics device"));
  EXPECT_THAT(joined(unknown.kernel), HasSubstr("Connect Invalid Data Parameter, subsysnqn"));
  EXPECT_THAT(joined(unknown.kernel), HasSubstr("ret=16770"));
  Step const& stranger = boot.step("host not allowed");
  EXPECT_EQ(stranger.commands.at(0).exit, 1);
  EXPECT_THAT(joined(stranger.kernel), HasSubstr("ret=16772"));
  Ran const& again = boot.step("connect a second time").commands.at(0);
  EXPECT_EQ(again.exit, 1);
  EXPECT_THAT(joined(again.err), HasSubstr("already connected"));
}

void expect_all_waits(Boot const& boot) {
  int waits = 0;
  for (Step const& step : boot.steps) {
    for (std::string const& wait : step.waits) {
      ++waits;
      EXPECT_THAT(wait, ::testing::StartsWith("ok")) << step.title;
    }
  }
  std::cout << "waits: " << waits << "\n";
  EXPECT_GT(waits, 10);
}

TEST(KernelLab, TheKernelsOwnTargetDoesHereWhatTheCapturesShow) {
  Boot const& boot = nvmet_boot();
  ASSERT_TRUE(boot.ended) << boot.console;
  expect_refusals(boot);
  EXPECT_EQ(boot.step("connect").commands.at(0).exit, 0);
  std::cout << "kernel's own target: " << commands_in(boot) << " commands in " << boot.steps.size()
            << " steps\n";
}

// Fields of `nvme id-ctrl` and `id-ns` that differ from the kernel's own target, and why. Every other must be
// equal.
std::map<std::string, std::string> const kDiffering = {
    {"sn", "made from the seed and the NQN"},
    {"fr", "the device's kernel is 5.6.3, the lab's another (FACTS 7.4)"},
    {"mdts", "transfers are bounded to 1 MiB, so that a connection's memory is"},
    {"oaes", "namespace notices only: nothing else of ours ever changes"},
    {"ctratt", "no traffic-based keep-alive: an older kernel has none"},
    {"anacap", "only the optimized state is ever reported"},
    {"anagrpmax", "one group"},
    {"nanagrpid", "one group"},
    {"nn", "one namespace per subsystem"},
    {"mnan", "one namespace per subsystem"},
    {"oncs", "no reservations and no write uncorrectable"},
    {"lpa", "effects page and offsets; no telemetry"},
    {"nsfeat", "no optimal sizes are claimed"},
    {"npwg", "not claimed, see nsfeat"},
    {"npwa", "not claimed, see nsfeat"},
    {"npdg", "not claimed, see nsfeat"},
    {"npda", "not claimed, see nsfeat"},
    {"nows", "not claimed, see nsfeat"},
    {"nwpc", "namespaces cannot be write protected"},
    {"dlfeat", "deallocated blocks read zero"},
};

TEST(KernelLab, NvmeCliSaysOfTheSimulatorWhatItSaysOfTheKernelsTarget) {
  Simulator simulator;
  Boot const boot = boot_with(simulator, "identify.guest", true);
  ASSERT_TRUE(boot.ended) << boot.console;
  ASSERT_TRUE(nvmet_boot().ended);
  int compared = 0;
  std::set<std::string> differing;
  for (std::size_t command : {1, 2}) {  // id-ctrl, id-ns
    Json const ours = json_of(boot.step("list").commands.at(command));
    Json const theirs = json_of(nvmet_boot().step("list").commands.at(command));
    ASSERT_TRUE(ours.is_object()) << boot.console;
    ASSERT_TRUE(theirs.is_object()) << nvmet_boot().console;
    for (auto const& [field, value] : theirs.items()) {
      if (kDiffering.contains(field)) {
        if (ours.value(field, Json()) != value) differing.insert(field);
        continue;
      }
      ++compared;
      EXPECT_EQ(ours.value(field, Json()), value) << field;
    }
  }
  std::cout << "fields compared: " << compared << ", with a reason to differ: " << differing.size() << "\n";
  EXPECT_GT(compared, 50);
  for (auto const& [field, reason] : kDiffering)
    EXPECT_TRUE(differing.contains(field))
        << field << " does not differ: take it off the list (" << reason << ")";
}

// --- what nvme-cli says, beside the captured values ---

std::map<std::string, std::string> const kVolatile = {
    {"Address", "the guest's network, and a port that was free"},
    {"Firmware", "the device's kernel is 5.6.3, the captured one another (FACTS 7.4)"},
    {"SerialNumber", "made from the seed and the NQN"},
    {"traddr", "the guest's network"},
    {"portid", "the configured port on the device, a number by hand in the capture"},
    {"trsvcid", "a port that was free"},
};

// One value of a JSON text by its place, or one line of `nvme discover`.
struct Field {
  std::string place, name, value;
};

void flatten(Json const& json, std::string const& place, std::string const& name, std::vector<Field>& out) {
  if (!json.is_structured()) {
    out.push_back({place, name, json.dump()});
  } else if (json.is_object()) {
    for (auto const& [key, value] : json.items()) flatten(value, place + "." + key, key, out);
  } else {
    out.push_back({place + " size", "size", std::to_string(json.size())});
    for (std::size_t i = 0; i < json.size(); ++i)
      flatten(json[i], place + "[" + std::to_string(i) + "]", name, out);
  }
}

std::vector<Field> fields_of(Ran const& ran) {
  std::vector<Field> fields;
  flatten(json_of(ran), "", "", fields);
  return fields;
}

// The entry of `nvme discover` that names our subsystem.
std::vector<Field> discovered_fields(Ran const& ran) {
  std::vector<Field> fields;
  bool ours = false;
  for (std::string const& line : ran.out) {
    if (line.rfind("=====", 0) == 0 && !ours) fields.clear();
    auto const colon = line.find(": ");
    if (colon == std::string::npos) continue;
    std::string const name = line.substr(0, colon);
    fields.push_back({name, name, line.substr(colon + 2)});
    if (name == "subnqn" && line.ends_with(kNqn)) ours = true;
  }
  return ours ? fields : std::vector<Field>();
}

struct Comparison {
  int equal = 0;
  std::set<std::string> volatile_seen;
};

void expect_as_captured(std::vector<Field> const& ours, std::vector<Field> const& captured,
                        Comparison& comparison) {
  ASSERT_FALSE(captured.empty());
  ASSERT_EQ(ours.size(), captured.size());
  for (std::size_t i = 0; i < captured.size(); ++i) {
    EXPECT_EQ(ours[i].place, captured[i].place);
    if (kVolatile.contains(captured[i].name)) {
      comparison.volatile_seen.insert(captured[i].name);
      EXPECT_FALSE(ours[i].value.empty()) << captured[i].place;
      continue;
    }
    EXPECT_EQ(ours[i].value, captured[i].value) << captured[i].place;
    ++comparison.equal;
  }
}

Ran const& ran_as(Step const& step, std::string const& start) {
  for (Ran const& ran : step.commands) {
    if (ran.command.rfind(start, 0) == 0) return ran;
  }
  throw std::runtime_error("no command `" + start + "` in step " + step.title);
}

TEST(KernelLab, DiscoverAndTheListsAreAsCapturedFieldByField) {
  std::ifstream file("testdata/kernel-6.1-multipath-Y.txt");
  std::stringstream text;
  text << file.rdbuf();
  Boot const captured = read_transcript(text.str());
  Simulator simulator;
  Boot const boot = boot_with(simulator, "identify.guest", true);
  ASSERT_TRUE(boot.ended) << boot.console;
  SCOPED_TRACE(boot.console);

  Comparison comparison;
  Step const& connected = captured.step("connect a second time");
  Step const& listed = boot.step("list of what is connected");
  expect_as_captured(fields_of(ran_as(boot.step("list"), "nvme list-subsys -o json")),
                     fields_of(ran_as(connected, "nvme list-subsys -o json")), comparison);
  expect_as_captured(fields_of(ran_as(listed, "nvme list-subsys /dev/nvme0n1 -o json")),
                     fields_of(ran_as(connected, "nvme list-subsys /dev/nvme0n1 -o json")), comparison);
  expect_as_captured(fields_of(ran_as(listed, "nvme list -o json")),
                     fields_of(ran_as(connected, "nvme list -o json")), comparison);
  expect_as_captured(discovered_fields(ran_as(boot.step("discover"), "nvme discover")),
                     discovered_fields(ran_as(captured.step("discover"), "nvme discover")), comparison);
  Step const& gone = captured.step("disconnect");
  for (char const* command : {"nvme list -o json", "nvme list-subsys -o json"})
    expect_as_captured(fields_of(ran_as(boot.step("disconnect"), command)), fields_of(ran_as(gone, command)),
                       comparison);

  std::cout << "captured values compared: " << comparison.equal << ", volatile fields:";
  for (std::string const& name : comparison.volatile_seen) std::cout << " " << name;
  std::cout << "\n";
  EXPECT_GT(comparison.equal, 20);
  EXPECT_EQ(comparison.volatile_seen.size(), kVolatile.size()) << "a field of the list was not met";
}

// Two kernels on one disk at once, as a live migration has them: the second is booted while the first is
// connected.
TEST(KernelLab, TwoHostsWorkOnOneDiskAtOnce) {
  Simulator simulator;
  auto as = [](std::string const& host, std::string const& own, std::string const& other,
               std::string const& request) {
    return std::map<std::string, std::string>{{"HOST_NQN", "nqn.2014-08.org.nvmexpress:uuid:" + host},
                                              {"HOST_ID", host},
                                              {"OWN_AT", own},
                                              {"OTHER_AT", other},
                                              {"OTHER", request}};
  };
  std::string const one = "11111111-1111-1111-1111-111111111111",
                    two = "22222222-2222-2222-2222-222222222222";
  Boot second;
  simulator.second_host = [&] {
    second = boot_with(simulator, "shared.guest", true, as(two, "32", "0", "resize-with-event"));
  };
  Boot const first = boot_with(simulator, "shared.guest", true, as(one, "0", "32", "second-host"));
  ASSERT_TRUE(second.ended) << second.console;
  ASSERT_TRUE(first.ended) << first.console;
  SCOPED_TRACE(first.console + second.console);
  for (Boot const* boot : {&first, static_cast<Boot const*>(&second)}) {
    for (Step const& step : boot->steps) {
      for (Ran const& ran : step.commands) EXPECT_EQ(ran.exit, 0) << ran.command;
      for (std::string const& wait : step.waits) EXPECT_THAT(wait, ::testing::StartsWith("ok")) << step.title;
    }
    EXPECT_EQ(boot->step("connect").values.at("state"), "live");
    EXPECT_EQ(boot->step("afterwards").values.at("state"), "live");
    EXPECT_EQ(boot->step("afterwards").values.at("own"), boot->step("write").values.at("own"));
  }
  EXPECT_NE(first.step("connect").values.at("cntlid"), second.step("connect").values.at("cntlid"))
      << "a controller of its own for each host";
  EXPECT_EQ(first.step("afterwards").values.at("other"), second.step("write").values.at("own"));
  EXPECT_EQ(second.step("afterwards").values.at("other"), first.step("write").values.at("own"));

  std::map<std::string, std::size_t> written;
  for (auto const& write : simulator.target().writes()) ++written[write.by->host_nqn];
  EXPECT_EQ(written.size(), 2u) << "each host's writes stand under its own name";
  std::cout << "two hosts at once: " << commands_in(first) + commands_in(second) << " commands, "
            << simulator.target().state().writes << " writes\n";
}

TEST(KernelLab, AHostWorksLosesItsTargetAndGetsItBack) {
  Simulator simulator;
  Boot const boot = boot_with(simulator, "initiator.guest", true);
  ASSERT_TRUE(boot.ended) << boot.console;
  SCOPED_TRACE(boot.console);
  expect_refusals(boot);
  expect_all_waits(boot);

  std::string const discovered = joined(boot.step("discover").commands.at(0).out);
  EXPECT_THAT(discovered, HasSubstr("Discovery Log Number of Records 1"));
  for (char const* line :
       {"trtype:  tcp", "adrfam:  ipv4", "subtype: nvme subsystem",
        "treq:    not specified, sq flow control disable supported", "portid:  4420", "sectype: none"})
    EXPECT_THAT(discovered, HasSubstr(line)) << "nvme-discover-linux-host.txt";
  EXPECT_THAT(discovered, HasSubstr(std::string("subnqn:  ") + kNqn));

  auto const& connected = boot.step("connect").values;
  EXPECT_EQ(connected.at("node"), "nvme0n1");
  EXPECT_EQ(connected.at("size"), "131072");
  EXPECT_EQ(connected.at("nsid"), "1");
  EXPECT_EQ(connected.at("uuid"), nvme::to_string(nvme::uuid_from(kNqn)));
  EXPECT_EQ(connected.at("wwid"), "uuid." + nvme::to_string(nvme::uuid_from(kNqn)));
  EXPECT_EQ(connected.at("state"), "live");
  EXPECT_EQ(connected.at("cntrltype"), "io");
  EXPECT_EQ(connected.at("queue_count"), "3") << "an admin queue and one for each of two processors";
  EXPECT_EQ(connected.at("ana_state"), "optimized");

  auto const sum = boot.step("filesystem").values.at("sum");
  EXPECT_EQ(boot.step("filesystem").commands.at(0).exit, 2) << "a blank device has no signature";
  EXPECT_EQ(boot.step("connect anew").values.at("sum"), sum);
  EXPECT_EQ(boot.step("target gone and back in time").values.at("sum"), sum);
  EXPECT_EQ(boot.step("target gone and back in time").values.at("more"), std::to_string(64 * 64 * 1024));
  EXPECT_EQ(boot.step("digests").values.at("sum"), sum);

  auto const& lost = boot.step("target gone too long").values;
  EXPECT_EQ(lost.at("subsystem"), "nvme-subsys0") << "held by the mount";
  EXPECT_EQ(lost.at("mounted"), "/dev/nvme0n1") << "the mount table still names the dead device";
  EXPECT_NE(boot.step("target gone too long").commands.at(0).exit, 0);
  EXPECT_EQ(boot.step("connect after the loss").values.at("node"), "nvme0n2") << "renumbered, incident 3";
  EXPECT_EQ(boot.step("connect after the loss").values.at("nsid"), "1");
  std::string const zeros_of_16_mib = "080acf35a507ac9849cfcba47dc2ad83e01b75663a516279c8b9d243b719643e  -";
  EXPECT_EQ(boot.step("zeroes and discard").values.at("sum"), zeros_of_16_mib);

  std::set<std::string> writers;
  for (auto const& write : simulator.target().writes())
    writers.insert(write.by->host_nqn + " " + write.by->slot);
  EXPECT_EQ(writers,
            (std::set<std::string>{
                std::string("nqn.2014-08.org.nvmexpress:uuid:11111111-1111-1111-1111-111111111111 pvc-1"),
                std::string(kOtherHost) + " private"}));
  std::cout << "host of the simulator: " << commands_in(boot) << " commands in " << boot.steps.size()
            << " steps, " << simulator.requests << " changes of the target, "
            << simulator.target().state().writes << " writes\n";
}

TEST(KernelLab, WithoutMultipathTheNamespaceIsTheControllersOwn) {
  Simulator simulator;
  Boot const boot = boot_with(simulator, "identify.guest", false);
  ASSERT_TRUE(boot.ended) << boot.console;
  auto const& connected = boot.step("connect").values;
  EXPECT_EQ(connected.at("node"), "nvme0n1") << boot.console;
  EXPECT_EQ(connected.at("multipath_links"), "0") << "no nvme0c0n1 (kernel-6.1-multipath-N)";
  std::cout << "without multipath: " << commands_in(boot) << " commands\n";
}

}  // namespace
}  // namespace lab
