// Lists of faults in YAML and JSON, and where a mistake is.
#include "simulator/faults/fault_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rdssim::faults {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view text) {
  auto const faults = read_faults(text, "faults.yaml");
  return faults.ok() ? "(accepted)" : std::string(faults.status().message());
}

TEST(FaultFile, YamlAndJsonSayTheSame) {
  auto const yaml = read_faults("- fault: reply_lost\n  command: add\n- fault: slow\n  busy: 3s\n", "a");
  auto const json =
      read_faults(R"([{"fault":"reply_lost","command":"add"},{"fault":"slow","busy":"3s"}])", "b");
  ASSERT_TRUE(yaml.ok()) << yaml.status();
  ASSERT_TRUE(json.ok()) << json.status();
  ASSERT_EQ(yaml->size(), 2u);
  EXPECT_EQ(yaml->at(0).description, "reply_lost command=add");
  EXPECT_EQ(yaml->at(1).description, json->at(1).description);
}

TEST(FaultFile, OneFaultNeedsNoList) {
  auto const fault = read_faults("{fault: nvme_error, range: 100-109, host: nqn.of-node-1}", "a");
  ASSERT_TRUE(fault.ok()) << fault.status();
  ASSERT_EQ(fault->size(), 1u);
  EXPECT_EQ(fault->at(0).description, "nvme_error range=100-109 host=nqn.of-node-1");
}

TEST(FaultFile, AMistakeIsShownWithItsPlace) {
  EXPECT_THAT(error_of("- fault: slow\n  busy: 3s\n- fault: slo\n"),
              HasSubstr("faults.yaml:3:3: unknown fault `slo`: did you mean `slow`?"));
  EXPECT_THAT(error_of("slow"), HasSubstr("faults.yaml:1:1: faults are a list"));
  EXPECT_THAT(error_of("fault: slow"), HasSubstr("faults.yaml:1:1: slow: `busy` is missing"));
  EXPECT_THAT(error_of("- slow"), HasSubstr("faults.yaml:1:3: a fault is a map"));
  EXPECT_THAT(error_of("- fault: slow\n  busy: [1]\n"), HasSubstr("faults.yaml:2:3: an argument"));
  EXPECT_THAT(error_of("- fault: [slow"), HasSubstr("faults.yaml:"));
}

}  // namespace
}  // namespace rdssim::faults
