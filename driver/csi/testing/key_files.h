// Fresh SSH keys for tests of the command line and of the program, made with ssh-keygen, gone afterwards.
#pragma once

#include <stdlib.h>

#include <fstream>
#include <string>

#include "base/child_process.h"
#include "gtest/gtest.h"

namespace rdscsi::csi::testing {

class KeyFiles {
 public:
  KeyFiles() {
    char name[] = "/tmp/rdscsi-keys-XXXXXX";
    folder_ = ::mkdtemp(name);
    make_key("key", "");
    make_key("locked", "a passphrase");
    write("passphrase", "a passphrase\n");
    write("wrong-passphrase", "another\n");
    write("garbage", "-----BEGIN OPENSSH PRIVATE KEY-----\nnonsense\n");
    write("empty", "");
  }
  KeyFiles(KeyFiles const&) = delete;
  KeyFiles& operator=(KeyFiles const&) = delete;
  ~KeyFiles() { (void)base::run_child(base::Context::background(), {.argv = {"rm", "-rf", folder_}}); }

  std::string folder() const { return folder_; }
  std::string file(std::string const& name) const { return folder_ + "/" + name; }

 private:
  void write(std::string const& name, std::string const& content) { std::ofstream(file(name)) << content; }
  void make_key(std::string const& name, std::string const& passphrase) {
    auto const made = base::run_child(
        base::Context::background(),
        {.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", file(name)}});
    EXPECT_TRUE(made.ok() && made->success())
        << "ssh-keygen (package openssh-client) is needed: " << made.status();
  }

  std::string folder_;
};

}  // namespace rdscsi::csi::testing
