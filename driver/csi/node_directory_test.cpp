// The nodes file: what it may hold, and what a mistake in it is answered.
#include "csi/node_directory.h"

#include <gtest/gtest.h>

#include "base/reasons.h"

namespace rdscsi::csi {
namespace {

constexpr char const* kNqn = "nqn.2014-08.org.nvmexpress:uuid:11111111-0000-4000-8000-000000000001";

std::string said(base::Status const& status) {
  return {status.message().data(), status.message().size()};
}

TEST(NodesFile, LinesCommentsAndNodesThatAnnouncedNothing) {
  auto const nodes = parse_nodes("# nodes\n\n worker-1 \t" + std::string(kNqn) + "\r\nworker-2 -\n");
  ASSERT_TRUE(nodes.ok()) << nodes.status();
  ASSERT_EQ(nodes->size(), 2U);
  EXPECT_EQ((*nodes)[0].node_id, "worker-1");
  EXPECT_EQ((*nodes)[0].host_nqn, kNqn);
  EXPECT_EQ((*nodes)[1].host_nqn, "");
}

TEST(NodesFile, MistakesNameTheLineAndWhatWouldBeRight) {
  struct Case {
    std::string text, says;
  };
  std::string const one = "a " + std::string(kNqn) + "\n";
  for (auto const& [text, says] :
       {Case{"a\n", "line 1: 1 words"}, Case{"a b c\n", "line 1: 3 words"},
        Case{one + "b iqn.1993-08.org.debian:01\n", "line 2"},
        Case{one + "b nqn.2014-8.org\n", "is no host NQN"}, Case{one + "a -\n", "stands in line 1"},
        Case{one + "b " + kNqn + "\n", "is the host NQN of line 1"},
        Case{std::string(257, 'n') + " -\n", "longer than 256"}}) {
    auto const nodes = parse_nodes(text);
    ASSERT_FALSE(nodes.ok()) << text;
    EXPECT_NE(said(nodes.status()).find(says), std::string::npos) << said(nodes.status());
  }
}

TEST(NodesFile, IsReadAnewForEachQuestion) {
  auto const files = std::make_shared<base::SimulatedFileSystem>(1);
  FileNodeDirectory directory(files, "/etc/rds-csi/nodes");
  auto const ctx = base::Context::background();
  auto const absent = directory.find(ctx, "a");
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(base::failure_of(absent.status()).reason, base::Reason::nodes_unknown);
  ASSERT_TRUE(files->write_durably(ctx, "/etc/rds-csi/nodes", "a -\n").ok());
  EXPECT_TRUE(directory.find(ctx, "a")->has_value());
  EXPECT_FALSE(directory.find(ctx, "b")->has_value());
  ASSERT_TRUE(files->write_durably(ctx, "/etc/rds-csi/nodes", "b -\n").ok());
  EXPECT_FALSE(directory.find(ctx, "a")->has_value());
}

TEST(NodesFile, WithoutOneAnyNodeIsBelieved) {
  OpenNodeDirectory directory;
  auto const node = directory.find(base::Context::background(), "anything");
  ASSERT_TRUE(node.ok() && node->has_value());
  EXPECT_EQ((*node)->host_nqn, "");
  EXPECT_FALSE(directory.complete());
}

}  // namespace
}  // namespace rdscsi::csi
