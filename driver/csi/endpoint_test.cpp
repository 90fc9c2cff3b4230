// Listen addresses, and what happens to what already stands at a socket's path.
#include "csi/endpoint.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "base/testing/temporary_directory.h"
#include "csi/driver.h"
#include "gtest/gtest.h"

namespace rdscsi::csi {
namespace {

std::string target(std::string_view text) {
  auto const address = parse_listen_address(text);
  return address.ok() ? grpc_target(*address) : "refused";
}

TEST(ListenAddress, FormsOfTheGoDriver) {
  EXPECT_EQ(target("unix:///var/lib/kubelet/plugins/x/csi.sock"), "unix:/var/lib/kubelet/plugins/x/csi.sock");
  EXPECT_EQ(target("unix:/a/csi.sock"), "unix:/a/csi.sock");
  EXPECT_EQ(target("/a/csi.sock"), "unix:/a/csi.sock");
  EXPECT_EQ(target("tcp://127.0.0.1:9000"), "127.0.0.1:9000");
  EXPECT_EQ(target("tcp://localhost:9000"), "localhost:9000");
  EXPECT_EQ(target("tcp://[::1]:9000"), "[::1]:9000");
  EXPECT_EQ(target("tcp://:9000"), "[::]:9000");
}

TEST(ListenAddress, BytesWithAMeaningInUrisAreEncoded) {
  EXPECT_EQ(target("/a b/100%.sock"), "unix:/a%20b/100%25.sock");
}

TEST(ListenAddress, AnythingElseIsRefused) {
  for (auto const* text : {"", "csi.sock", "http://x:1", "unix://csi.sock", "unix:", "unix:///a/", "tcp://",
                           "tcp://1.2.3.4", "tcp://1.2.3.4:", "tcp://1.2.3.4:65536", "tcp://1.2.3.4:x",
                           "tcp://::1:9000", "tcp://[1.2.3.4]:1", "tcp://[::1:9000", "tcp://a_b:1"}) {
    EXPECT_EQ(target(text), "refused") << text;
  }
  EXPECT_EQ(target("/" + std::string(107, 'x')), "refused") << "one byte more than a socket path can have";
  EXPECT_NE(target("/" + std::string(106, 'x')), "refused");
}

class SocketPath : public ::testing::Test {
 protected:
  void SetUp() override { path_ = directory_.file("csi.sock"); }
  void TearDown() override {
    if (socket_ >= 0) ::close(socket_);
  }

  void bind_socket(bool listening) {
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    ASSERT_EQ(::bind(socket_, static_cast<sockaddr*>(static_cast<void*>(&address)), sizeof(address)), 0);
    if (!listening) return;
    ASSERT_EQ(::listen(socket_, 1), 0);
  }
  bool exists() const { return ::access(path_.c_str(), F_OK) == 0; }

  base::testing::TemporaryDirectory directory_;
  std::string path_;
  int socket_ = -1;
};

TEST_F(SocketPath, NothingThereIsFine) {
  EXPECT_TRUE(free_socket_path(path_).ok());
}

TEST_F(SocketPath, AStaleSocketIsRemoved) {
  bind_socket(false);
  EXPECT_TRUE(free_socket_path(path_).ok());
  EXPECT_FALSE(exists());
}

TEST_F(SocketPath, ALivingServerIsLeftAlone) {
  bind_socket(true);
  for (int i = 0; i < 8; ++i) {  // also once its backlog is full
    auto const status = free_socket_path(path_);
    ASSERT_FALSE(status.ok());
    EXPECT_NE(std::string(status.message()).find("another process serves it"), std::string::npos);
  }
  EXPECT_TRUE(exists());
}

TEST_F(SocketPath, AFileIsLeftAlone) {
  std::ofstream(path_) << "precious";
  auto const status = free_socket_path(path_);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(std::string(status.message()).find("is not a socket"), std::string::npos);
  EXPECT_TRUE(exists());
}

TEST_F(SocketPath, AMissingDirectoryIsNamed) {
  auto const status = free_socket_path(directory_.file("nowhere/csi.sock"));
  ASSERT_FALSE(status.ok());
  EXPECT_NE(std::string(status.message()).find(directory_.file("nowhere'")), std::string::npos) << status;
}

}  // namespace
}  // namespace rdscsi::csi
