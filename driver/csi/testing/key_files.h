// Fresh SSH keys for tests of the command line and of the program, made with ssh-keygen, gone afterwards.
#pragma once

#include <fstream>
#include <string>

#include "base/child_process.h"
#include "base/testing/temporary_directory.h"
#include "gtest/gtest.h"

namespace rdscsi::csi::testing {

class KeyFiles {
 public:
  KeyFiles() {
    make_key("key", "");
    make_key("locked", "a passphrase");
    write("passphrase", "a passphrase\n");
    write("wrong-passphrase", "another\n");
    write("garbage", "-----BEGIN OPENSSH PRIVATE KEY-----\nnonsense\n");
    write("empty", "");
  }
  KeyFiles(KeyFiles const&) = delete;
  KeyFiles& operator=(KeyFiles const&) = delete;

  std::string folder() const { return folder_.path(); }
  std::string file(std::string const& name) const { return folder_.file(name); }

 private:
  void write(std::string const& name, std::string const& content) { std::ofstream(file(name)) << content; }
  void make_key(std::string const& name, std::string const& passphrase) {
    auto const made = base::run_child(
        base::Context::background(),
        {.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", file(name)}});
    EXPECT_TRUE(made.ok() && made->success())
        << "ssh-keygen (package openssh-client) is needed: " << made.status();
  }

  base::testing::TemporaryDirectory folder_;
};

}  // namespace rdscsi::csi::testing
