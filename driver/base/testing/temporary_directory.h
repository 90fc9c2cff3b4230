// TemporaryDirectory: a fresh directory below the system's temporary one, removed with all it holds when the
// object goes. For tests and benchmarks of every room; production code has no business with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace rdscsi::base::testing {

class TemporaryDirectory {
 public:
  // Aborts when none can be made: no test means anything without it.
  TemporaryDirectory() : path_((std::filesystem::temp_directory_path() / "rds-csi-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  TemporaryDirectory(TemporaryDirectory const&) = delete;
  TemporaryDirectory& operator=(TemporaryDirectory const&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string const& path() const { return path_; }
  std::string file(std::string const& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace rdscsi::base::testing
