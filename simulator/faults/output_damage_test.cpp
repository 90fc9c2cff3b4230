// Damaged output: what changes, what stays, and that the same stream makes the same damage.
#include "simulator/faults/output_damage.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace rdssim::faults {
namespace {

using rdscsi::base::RandomStream;

constexpr char kOutput[] = "one\r\ntwo\r\nthree\r\n";

TEST(CutOutput, KeepsAPrefixAndAlwaysTakesSomething) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RandomStream random(seed);
    std::string output = kOutput;
    ASSERT_TRUE(cut_output(Fault{}, random, &output));
    EXPECT_LT(output.size(), sizeof kOutput - 1);
    EXPECT_EQ(output, std::string(kOutput).substr(0, output.size()));
  }
}

TEST(CutOutput, AtAGivenByteOrNotAtAll) {
  RandomStream random(1);
  Fault fault;
  fault.at_byte = 4;
  std::string output = kOutput;
  EXPECT_TRUE(cut_output(fault, random, &output));
  EXPECT_EQ(output, "one\r");
  EXPECT_FALSE(cut_output(fault, random, &output)) << "nothing left behind byte 4";
  std::string nothing;
  EXPECT_FALSE(cut_output(Fault{}, random, &nothing));
}

TEST(GarbleOutput, ChangesBytesButNotTheLength) {
  RandomStream random(7);
  Fault fault;
  std::string output = kOutput;
  ASSERT_TRUE(garble_output(fault, random, &output));
  ASSERT_EQ(output.size(), sizeof kOutput - 1);
  int changed = 0;
  for (std::size_t i = 0; i < output.size(); ++i) changed += output[i] != kOutput[i];
  EXPECT_EQ(changed, 1);

  RandomStream again(7);
  std::string same = kOutput;
  garble_output(fault, again, &same);
  EXPECT_EQ(same, output);
}

TEST(InsertLogLine, StandsBetweenWholeLines) {
  Fault fault;
  fault.text = "echo: login failure";
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RandomStream random(seed);
    std::string output = kOutput;
    ASSERT_TRUE(insert_log_line(fault, random, &output));
    auto const at = output.find("echo: login failure\r\n");
    ASSERT_NE(at, std::string::npos);
    EXPECT_TRUE(at == 0 || output[at - 1] == '\n');
    output.erase(at, fault.text.size() + 2);
    EXPECT_EQ(output, kOutput);
  }
}

TEST(InsertLogLine, BeforeAGivenLine) {
  RandomStream random(1);
  Fault fault;
  fault.text = "log";
  fault.line = 2;
  std::string output = kOutput;
  ASSERT_TRUE(insert_log_line(fault, random, &output));
  EXPECT_EQ(output, "one\r\nlog\r\ntwo\r\nthree\r\n");
  fault.line = 9;
  EXPECT_FALSE(insert_log_line(fault, random, &output));
}

}  // namespace
}  // namespace rdssim::faults
