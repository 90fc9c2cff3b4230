// Which private key files are taken, and what the others are told.
#include "rds/key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>

#include "base/reasons.h"
#include "base/testing/temporary_directory.h"
#include "rds/ssh_connector.h"
#include "rds/testing/minimal_ssh_server.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;
using ::testing::HasSubstr;
using testing::KeyKind;
using testing::make_key_pair;
using ::testing::Not;
using ::testing::StartsWith;

std::string message_of(base::Status const& status) {
  return std::string(status.message().data(), status.message().size());
}

class KeyFile : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = std::make_unique<base::testing::TemporaryDirectory>();
    ed25519_ = make_key_pair(directory_->path(), "ed25519", KeyKind::ed25519);
    rsa_ = make_key_pair(directory_->path(), "rsa", KeyKind::rsa);
    make_key_pair(directory_->path(), "locked-ed25519", KeyKind::ed25519, kPhrase);
    make_key_pair(directory_->path(), "locked-rsa", KeyKind::rsa, kPhrase);
    make_key_pair(directory_->path(), "ecdsa", KeyKind::ecdsa);
    write("phrase", std::string(kPhrase) + "\n");
    write("phrase-crlf", std::string(kPhrase) + "\r\n");
    write("wrong-phrase", "wrong horse\n");
    write("empty", "");
    write("garbage", "hello\n");
    write("damaged", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n");
  }
  static void TearDownTestSuite() { directory_.reset(); }

  static void write(std::string const& name, std::string const& text) {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  static std::string path(std::string const& name) { return directory_->file(name); }
  static base::StatusOr<PrivateKey> load(std::string const& key, std::string const& phrase = "") {
    return PrivateKey::load(path(key), phrase.empty() ? "" : path(phrase));
  }

  static constexpr char kPhrase[] = "correct horse";
  static inline std::unique_ptr<base::testing::TemporaryDirectory> directory_;
  static inline std::string ed25519_;
  static inline std::string rsa_;
};

TEST_F(KeyFile, Ed25519AndRsaKeysOpen) {
  base::StatusOr<PrivateKey> const ed25519 = load("ed25519");
  ASSERT_TRUE(ed25519.ok()) << ed25519.status();
  EXPECT_EQ(ed25519->public_key().type + " " + ed25519->public_key().base64, ed25519_);
  base::StatusOr<PrivateKey> const rsa = load("rsa");
  ASSERT_TRUE(rsa.ok()) << rsa.status();
  EXPECT_EQ(rsa->public_key().type + " " + rsa->public_key().base64, rsa_);
  EXPECT_THAT(rsa->public_key().fingerprint, StartsWith("SHA256:"));
}

TEST_F(KeyFile, EncryptedKeysOpenWithTheirPassphraseFile) {
  for (char const* const key : {"locked-ed25519", "locked-rsa"}) {
    for (char const* const phrase : {"phrase", "phrase-crlf"}) {
      EXPECT_TRUE(load(key, phrase).ok()) << key << " " << phrase << ": " << load(key, phrase).status();
    }
  }
  EXPECT_TRUE(load("ed25519", "phrase").ok()) << "a passphrase nobody needs does no harm";
}

TEST_F(KeyFile, WhatCannotBeUsedIsNamedWithWhatIsExpected) {
  struct Case {
    std::string key;
    std::string phrase;
    std::string said;
  };
  for (Case const& c : {
           Case{"gone", "",
                "/gone: cannot be opened: No such file or directory; expected an OpenSSH or PEM file"},
           Case{"empty", "", "/empty: this is not a private key; expected an OpenSSH or PEM file"},
           Case{"garbage", "", "/garbage: this is not a private key"},
           Case{"damaged", "", "/damaged: the key is damaged or of an unknown kind"},
           Case{"rsa.pub", "", "/rsa.pub: this is a public key"},
           Case{"locked-ed25519", "",
                "/locked-ed25519: the key is encrypted; expected a passphrase file beside it"},
           Case{"locked-rsa", "", "/locked-rsa: the key is encrypted"},
           Case{"locked-ed25519", "wrong-phrase",
                "/locked-ed25519: cannot be opened with the passphrase in "},
           Case{"locked-rsa", "wrong-phrase", "/locked-rsa: cannot be opened with the passphrase in "},
           Case{"locked-rsa", "empty", "passphrase file " + path("empty") + ": is empty; expected one line"},
           Case{"locked-rsa", "gone", "passphrase file " + path("gone") + ": cannot be opened: No such file"},
           Case{"ecdsa", "",
                "a key of type ecdsa-sha2-nistp256, which RouterOS does not accept; expected an OpenSSH"},
       }) {
    base::StatusOr<PrivateKey> const key = load(c.key, c.phrase);
    ASSERT_FALSE(key.ok()) << c.key << " " << c.phrase;
    EXPECT_EQ(base::failure_of(key.status()).reason, Reason::rds_auth);
    EXPECT_EQ(base::failure_of(key.status()).effect, Effect::none);
    EXPECT_THAT(message_of(key.status()), HasSubstr(c.said));
    EXPECT_THAT(message_of(key.status()), Not(HasSubstr("horse"))) << "a secret in a message";
  }
}

TEST_F(KeyFile, StartUpCheckNamesTheFlag) {
  Endpoint endpoint;
  endpoint.private_key_file = path("rsa");
  endpoint.host_key_file = path("ed25519.pub");
  EXPECT_TRUE(check_credentials(endpoint).ok()) << check_credentials(endpoint);

  Endpoint bad = endpoint;
  bad.private_key_file = path("gone");
  EXPECT_THAT(message_of(check_credentials(bad)),
              StartsWith("--rds-key-file=" + path("gone") + ": private key file"));
  bad = endpoint;
  bad.private_key_file = path("locked-rsa");
  bad.passphrase_file = path("empty");
  EXPECT_THAT(message_of(check_credentials(bad)),
              StartsWith("--rds-key-passphrase-file=" + path("empty") + ": "));
  bad = endpoint;
  bad.host_key_file = path("garbage");
  EXPECT_THAT(message_of(check_credentials(bad)),
              StartsWith("--rds-host-key=" + path("garbage") + ": host key file"));
  bad.insecure_skip_host_key_verification = true;
  EXPECT_TRUE(check_credentials(bad).ok()) << "without verification the file is not looked at";
}

}  // namespace
}  // namespace rdscsi::rds
