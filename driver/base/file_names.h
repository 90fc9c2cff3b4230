// What both file systems of base/file_system.h agree on about names and sizes. Private to driver/base.
#pragma once

#include <string>
#include <string_view>

#include "base/file_system.h"
#include "base/reasons.h"

namespace rdscsi::base {

// "/a/b" -> "/a", "/a" -> "/".
inline std::string parent_directory(std::string const& path) {
  std::size_t const slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// Beside the target, so that the rename stays within one file system: "/a/b" -> "/a/.b.tmp".
inline std::string temporary_name(std::string const& path) {
  std::size_t const slash = path.rfind('/');
  return path.substr(0, slash + 1) + "." + path.substr(slash + 1) + ".tmp";
}

inline bool is_temporary_name(std::string_view name) {
  return name.starts_with('.') && name.ends_with(".tmp");
}

// Absolute, a name at the end, no empty, "." or ".." part, no NUL, and not the name of a temporary file.
inline Status check_file_path(std::string const& path) {
  auto const has = [&](std::string_view part) { return ("/" + path + "/").find(part) != std::string::npos; };
  bool const plain = path.size() > 1 && path.front() == '/' && path.back() != '/' &&
                     path.find("//") == path.npos && !has("/./") && !has("/../") &&
                     path.find('\0') == path.npos &&
                     !is_temporary_name(std::string_view(path).substr(path.rfind('/') + 1));
  if (plain) return absl::OkStatus();
  return fail(Reason::invalid_argument, Effect::none,
              "file path \"" + path + "\": expected an absolute path like /a/b");
}

inline Status file_too_large(std::string const& path) {
  return fail(Reason::out_of_range, Effect::none,
              "file " + path + " is larger than " + std::to_string(kFileBytesMax) + " bytes");
}

}  // namespace rdscsi::base
