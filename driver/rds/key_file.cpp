// Reading private keys; see key_file.h.
#include "rds/key_file.h"

#include <fcntl.h>
#include <libssh/libssh.h>
#include <string.h>  // NOLINT: explicit_bzero is not in <cstring>
#include <unistd.h>

#include <cerrno>

#include "base/reasons.h"
#include "rds/wakeup.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;
using base::Status;
using base::StatusOr;

constexpr std::string_view kExpected = "; expected an OpenSSH or PEM file with an ed25519 or RSA private key";

Status refused(std::string const& file, std::string_view what, std::string_view expected = kExpected) {
  std::string message = "private key file " + file + ": ";
  return base::fail(Reason::rds_auth, Effect::none, message.append(what).append(expected));
}

std::string text_of(Status const& status) {
  return std::string(status.message().data(), status.message().size());
}

// Bytes that are wiped before their memory is given back.
class Secret {
 public:
  explicit Secret(std::string text) : text_(std::move(text)) {}
  ~Secret() { ::explicit_bzero(text_.data(), text_.size()); }
  Secret(Secret const&) = delete;
  Secret& operator=(Secret const&) = delete;

  std::string& text() { return text_; }
  char const* c_str() const { return text_.c_str(); }

 private:
  std::string text_;
};

// libssh asks this instead of the terminal when a key is encrypted and no passphrase was given.
int no_passphrase(char const*, char*, std::size_t, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

bool is_public_key(std::string_view text) {
  return text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.find("PUBLIC KEY-----") != text.npos;
}

}  // namespace

StatusOr<std::string> read_small_file(std::string const& file) {
  constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;
  auto const failed = [](std::string const& why) {
    return base::fail(Reason::invalid_argument, Effect::none, why);
  };
  auto const last_error = [] {
    char buffer[128];
    return std::string(::strerror_r(errno, buffer, sizeof buffer));
  };
  // O_NONBLOCK: a pipe in the file's place must not hang the start.
  FileDescriptor const fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return failed("cannot be opened: " + last_error());
  std::string text;
  char buffer[4096];
  for (;;) {
    ssize_t const got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("cannot be read: " + last_error());
    if (got == 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kFileBytesMax) return failed("is larger than 1 MiB");
  }
  ::explicit_bzero(buffer, sizeof buffer);
  return text;
}

void PrivateKey::Free::operator()(ssh_key_struct* key) const {
  ssh_key_free(key);
}

StatusOr<PrivateKey> PrivateKey::load(std::string const& file, std::string const& passphrase_file) {
  if (file.empty())
    return base::fail(Reason::rds_auth, Effect::none, "no private key file is set" + std::string(kExpected));
  StatusOr<std::string> read = read_small_file(file);
  if (!read.ok()) return refused(file, text_of(read.status()));
  Secret content(*std::move(read));
  Secret passphrase("");
  if (!passphrase_file.empty()) {
    StatusOr<std::string> phrase = read_small_file(passphrase_file);
    std::string const which = "passphrase file " + passphrase_file + ": ";
    std::string const expected = "; expected one line with the passphrase of the private key file " + file;
    if (!phrase.ok())
      return base::fail(Reason::rds_auth, Effect::none, which + text_of(phrase.status()) + expected);
    passphrase.text().swap(*phrase);
    if (passphrase.text().ends_with('\n')) passphrase.text().pop_back();
    if (passphrase.text().ends_with('\r')) passphrase.text().pop_back();
    if (passphrase.text().empty())
      return base::fail(Reason::rds_auth, Effect::none, which + "is empty" + expected);
  }

  bool asked = false;
  ssh_key raw = nullptr;
  bool const plain = passphrase_file.empty();
  // For PEM files libssh prefers the callback to the passphrase, so only one of them is given.
  int const rc = ssh_pki_import_privkey_base64(content.c_str(), plain ? nullptr : passphrase.c_str(),
                                               plain ? no_passphrase : nullptr, &asked, &raw);
  if (rc != SSH_OK) {
    if (asked) return refused(file, "the key is encrypted", "; expected a passphrase file beside it");
    if (is_public_key(content.text())) return refused(file, "this is a public key");
    if (content.text().find("PRIVATE KEY-----") == std::string::npos)
      return refused(file, "this is not a private key");
    if (!passphrase_file.empty()) {
      return refused(file, "cannot be opened with the passphrase in " + passphrase_file,
                     "; expected the passphrase this key was encrypted with");
    }
    return refused(file, "the key is damaged or of an unknown kind");
  }
  PrivateKey key;
  key.key_.reset(raw);
  key.file_ = file;
  StatusOr<PublicKey> described = describe_key(raw);
  if (!described.ok()) return described.status();
  key.public_key_ = *std::move(described);
  if (key.public_key_.type != "ssh-ed25519" && key.public_key_.type != "ssh-rsa") {
    return refused(file,
                   "it holds a key of type " + key.public_key_.type + ", which RouterOS does not accept");
  }
  return key;
}

}  // namespace rdscsi::rds
