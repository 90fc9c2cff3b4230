// What is starred, and that nothing else is.
#include "simulator/transcript/redact.h"

#include <gtest/gtest.h>

namespace rdssim::transcript {
namespace {

TEST(Redact, ValuesOfSecretArguments) {
  struct {
    std::string text, kept;
  } const cases[] = {
      {"/user add name=x password=hunter2 group=full", "/user add name=x password=******* group=full"},
      {"/disk set a nvme-tcp-server-password=\"a \\\" b\"",
       "/disk set a nvme-tcp-server-password=\"******\""},
      {":x secret=abc;:y", ":x secret=***;:y"},
      {"/user add name=x pass=hunter2 group=full", "/user add name=x pass=******* group=full"},
      {"/user add name=x p=hunter2", "/user add name=x p=*******"},
      {"/disk set a nvme-tcp-server-pass=hunter2", "/disk set a nvme-tcp-server-pass=*******"},
      {"/disk set a nvme-tcp-server-port=4420", "/disk set a nvme-tcp-server-port=4420"},
      {":local password \"hunter2\"; :put 1", ":local password \"*******\"; :put 1"},
      {":put {\"password\"=\"hunter2\"; a=\"b\"}", ":put {\"password\"=\"*******\"; a=\"b\"}"},
      {"/disk set a encryption-key=0123abcd", "/disk set a encryption-key=********"},
      {".id=*1;password=hunter2;slot=a", ".id=*1;password=*******;slot=a"},
      {"passphrase=[get]", "passphrase=[get]"},
      {"password=$p", "password=$p"},
      {"password=\"\" a=b", "password=\"\" a=b"},
      {"public-key=\"ssh-ed25519 AAAA\"", "public-key=\"ssh-ed25519 AAAA\""},
      {"/disk add slot=keyhole file-path=password", "/disk add slot=keyhole file-path=password"},
  };
  for (auto const& one : cases) {
    Redactor redactor;
    EXPECT_EQ(redactor.clean(one.text), one.kept);
  }
}

TEST(Redact, AValueOnceSeenIsStarredEverywhere) {
  Redactor redactor;
  redactor.add_secret("login-secret");
  EXPECT_EQ(redactor.clean("a login-secret b"), "a ************ b");
  redactor.clean("/user add password=hunter2");
  EXPECT_EQ(redactor.clean("hunter2\r\nhunter2"), "*******\r\n*******");
  redactor.clean("password=\"quoted \\\"name\\\"\"");
  EXPECT_EQ(redactor.clean(":put quoted \"name\"."), ":put *************.");
  EXPECT_EQ(redactor.clean("nothing here\r\n"), "nothing here\r\n");
}

}  // namespace
}  // namespace rdssim::transcript
