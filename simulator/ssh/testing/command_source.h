// CommandSource: console lines without end, drawn from a seed: disks and files that come and go, prints in
// all forms, scripts, strings, users, and lines that are wrong. For tests that hold a server against a model.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"

namespace rdssim::ssh {

class CommandSource {
 public:
  explicit CommandSource(std::uint64_t seed) : random_(seed) {}

  // One line. Its reply follows from the lines before it alone: no times of day, no logins, no random values.
  std::string next();

 private:
  std::string pick(std::vector<std::string> const& words);
  std::string slot();       // mostly one that may be there
  std::string condition();  // of where
  std::string text();       // with blanks, quotes, escapes and bytes beyond ASCII
  std::string disk_change();
  std::string disk_print();
  std::string script(int depth);
  std::string expression(int depth);
  std::string others();
  std::string damaged(std::string line);

  rdscsi::base::RandomStream random_;
};

}  // namespace rdssim::ssh
