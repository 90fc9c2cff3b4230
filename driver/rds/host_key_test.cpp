// Which files are taken as host keys, which algorithms they pin, and what the others are told.
#include "rds/host_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>

#include "base/reasons.h"
#include "base/testing/temporary_directory.h"
#include "rds/testing/minimal_ssh_server.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;
using ::testing::HasSubstr;

std::string message_of(base::Status const& status) {
  return std::string(status.message().data(), status.message().size());
}

// Published with its fingerprint in the documentation of a large code host: an outside check of both.
constexpr char kKnownKey[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
constexpr char kKnownFingerprint[] = "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU";

class HostKeyFile : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = std::make_unique<base::testing::TemporaryDirectory>();
    rsa_ = testing::make_key_pair(directory_->path(), "rsa", testing::KeyKind::rsa);
    ecdsa_ = testing::make_key_pair(directory_->path(), "ecdsa", testing::KeyKind::ecdsa);
  }
  static void TearDownTestSuite() { directory_.reset(); }

  static inline std::unique_ptr<base::testing::TemporaryDirectory> directory_;
  static inline std::string rsa_;
  static inline std::string ecdsa_;
};

TEST_F(HostKeyFile, AllCommonLineFormsNameTheSameKey) {
  std::string const base64 = std::string(kKnownKey).substr(12);
  for (std::string const& line : {
           std::string(kKnownKey),                              // a .pub file without comment
           std::string(kKnownKey) + " admin@rds",               // with one
           "10.42.68.1 " + std::string(kKnownKey),              // ssh-keyscan
           "[fd00::1]:2222,rds.lan " + std::string(kKnownKey),  // known_hosts
           "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= " +
               std::string(kKnownKey),                                   // hashed
           "no-pty,command=\"x\" " + std::string(kKnownKey) + " c",      // authorized_keys with options
           "# the array\r\n\r\n  \t" + std::string(kKnownKey) + "\r\n",  // comments, blanks, CRLF
       }) {
    base::StatusOr<HostKeys> const keys = HostKeys::parse(line, "f");
    ASSERT_TRUE(keys.ok()) << line << ": " << keys.status();
    ASSERT_EQ(keys->keys().size(), 1U) << line;
    EXPECT_EQ(keys->keys()[0].type, "ssh-ed25519");
    EXPECT_EQ(keys->keys()[0].base64, base64);
    EXPECT_EQ(keys->text(), std::string("ssh-ed25519 ") + kKnownFingerprint);
  }
}

TEST_F(HostKeyFile, W82_OnlyTheTypesInTheFileAreNegotiated) {
  auto const algorithms = [](std::string const& text) { return HostKeys::parse(text, "f")->algorithms(); };
  EXPECT_EQ(algorithms(kKnownKey), "ssh-ed25519");
  EXPECT_EQ(algorithms(rsa_), "rsa-sha2-512,rsa-sha2-256") << "never SHA-1";
  EXPECT_EQ(algorithms(rsa_ + "\n" + kKnownKey + "\n"), "ssh-ed25519,rsa-sha2-512,rsa-sha2-256");
  EXPECT_EQ(algorithms(ecdsa_), "ecdsa-sha2-nistp256");
}

TEST_F(HostKeyFile, W82_EveryKeyOfTheFileIsAccepted) {
  HostKeys const both = *HostKeys::parse(rsa_ + "\n" + kKnownKey, "f");
  HostKeys const one = *HostKeys::parse(kKnownKey, "f");
  for (PublicKey const& key : both.keys()) EXPECT_TRUE(both.contains(key)) << key.type;
  EXPECT_FALSE(one.contains(both.keys()[0]));
  PublicKey other_type = one.keys()[0];
  other_type.type = "ssh-rsa";
  EXPECT_FALSE(one.contains(other_type)) << "type and blob are both compared";
}

TEST_F(HostKeyFile, WhatCannotBeUsedIsRefusedWithFileLineAndTheRightForm) {
  struct Case {
    std::string text;
    std::string said;
  };
  std::string const base64 = std::string(kKnownKey).substr(12);
  for (Case const& c : {
           Case{"", "it holds no key"},
           Case{"\n# nothing\n", "it holds no key"},
           Case{std::string(kKnownKey) + "\nhello\n", "line 2: no public key found"},
           Case{"ssh-ed25519", "line 1: no public key found"},
           Case{"ssh-dss " + base64, "line 1: no public key found"},
           Case{"ssh-ed25519 AAAAB3NzaC1", "line 1: the key after 'ssh-ed25519' is damaged"},
           Case{"ssh-ed25519 " + base64.substr(0, 40), "line 1: the key after 'ssh-ed25519' is damaged"},
           Case{"ssh-rsa " + base64, "line 1: the key after 'ssh-rsa'"},
           Case{"@revoked * " + std::string(kKnownKey), "line 1: the marker @revoked is not supported"},
           Case{"@cert-authority * " + std::string(kKnownKey),
                "line 1: the marker @cert-authority is not supported"},
       }) {
    base::StatusOr<HostKeys> const keys = HostKeys::parse(c.text, "/etc/rds-csi/host-key");
    ASSERT_FALSE(keys.ok()) << c.text;
    EXPECT_EQ(base::failure_of(keys.status()).reason, Reason::rds_host_key);
    EXPECT_EQ(base::failure_of(keys.status()).effect, Effect::none);
    EXPECT_THAT(message_of(keys.status()), HasSubstr("host key file /etc/rds-csi/host-key: " + c.said));
    EXPECT_THAT(message_of(keys.status()), HasSubstr("expected lines of the form 'ssh-ed25519 AAAA...'"));
  }
}

TEST_F(HostKeyFile, IsReadFromDisk) {
  base::StatusOr<HostKeys> const keys = HostKeys::load(directory_->file("rsa.pub"));
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->keys()[0].type, "ssh-rsa");
  EXPECT_EQ(keys->file(), directory_->file("rsa.pub"));

  EXPECT_THAT(message_of(HostKeys::load(directory_->file("gone")).status()),
              HasSubstr("/gone: cannot be opened: No such file or directory"));
  EXPECT_THAT(message_of(HostKeys::load(directory_->path()).status()),
              HasSubstr("cannot be read: Is a directory"));
  EXPECT_THAT(message_of(HostKeys::load("").status()), HasSubstr("no host key file is set"));
}

TEST_F(HostKeyFile, APrivateKeyInItsPlaceIsRefusedWithoutBeingQuoted) {
  base::Status const status = HostKeys::load(directory_->file("rsa")).status();
  EXPECT_EQ(base::failure_of(status).reason, Reason::rds_host_key);
  std::ifstream file(directory_->file("rsa"));
  std::string header;
  std::string first_secret_line;
  std::getline(file, header);
  std::getline(file, first_secret_line);
  ASSERT_GT(first_secret_line.size(), 20U);
  EXPECT_EQ(message_of(status).find(first_secret_line), std::string::npos);
}

}  // namespace
}  // namespace rdscsi::rds
