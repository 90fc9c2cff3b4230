// Secrets of a recorded session, kept out of its transcript. Used by `rds-sim record`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rdssim::transcript {

// Puts `*` for each byte of a secret: sizes and places of all other bytes stay. A secret is the login's
// password and the value of an argument or variable whose name ends in password, passphrase, secret or -key
// (as in `nvme-tcp-server-password=...`, `:local password "..."`; public keys are none), or in an
// abbreviation of the first two, as the console takes them (`pass=...`). Values once seen stay secrets for
// the whole session, wherever they show up. Texts of less than four bytes are starred at their arguments
// only. What a device prints without a name and no command named before it (`:put [/user get x password]`) is
// not recognized.
class Redactor {
 public:
  void add_secret(std::string_view secret);

  // `text` of a command or of output, without secrets. Commands before their output: what a command names is
  // looked for there.
  std::string clean(std::string_view text);

 private:
  std::string without_known(std::string text) const;
  std::vector<std::string> secrets_;  // longest first
};

}  // namespace rdssim::transcript
