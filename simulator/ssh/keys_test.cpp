// Host keys that stay, and lines that are keys.
#include "simulator/ssh/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace rdssim::ssh {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(HostKey, IsMadeOnceAndReadAgain) {
  std::string const path = testing::TempDir() + "rds-sim-host-key-" + std::to_string(getpid());
  auto const made = load_host_key(path, HostKeyType::ed25519);
  ASSERT_TRUE(made.ok()) << made.status();
  auto const read = load_host_key(path, HostKeyType::rsa);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(public_line(**made), public_line(**read)) << "a key that exists is used, whatever its type";
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  unlink(path.c_str());
}

TEST(HostKey, RsaIsTheDevicesDefault) {
  auto const made = load_host_key("", HostKeyType::rsa);
  ASSERT_TRUE(made.ok());
  EXPECT_THAT(public_line(**made), StartsWith("ssh-rsa AAAA"));
}

TEST(HostKey, AFileThatIsNoKeyIsNamed) {
  std::string const path = testing::TempDir() + "rds-sim-no-key-" + std::to_string(getpid());
  std::ofstream(path) << "nothing";
  EXPECT_THAT(std::string(load_host_key(path, HostKeyType::rsa).status().message()), HasSubstr(path));
  unlink(path.c_str());
}

TEST(UserKey, ALineIsAKeyOrNot) {
  auto const key = load_host_key("", HostKeyType::ed25519);
  auto const other = load_host_key("", HostKeyType::ed25519);
  EXPECT_TRUE(is_key(public_line(**key), **key));
  EXPECT_TRUE(is_key(public_line(**key) + " comment", **key));
  EXPECT_FALSE(is_key(public_line(**other), **key));
  for (std::string const line : {"", "ssh-ed25519", "ssh-ed25519 AAAA", "rubbish AAAA x", "ssh-rsa "})
    EXPECT_FALSE(is_key(line, **key)) << line;
}

}  // namespace
}  // namespace rdssim::ssh
