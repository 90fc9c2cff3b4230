// The one answer of a missing node service that needs a look at the file system.
#include "csi/no_node.h"

#include <sys/stat.h>

#include <cerrno>

#include "base/reasons.h"
#include "csi/request_rules.h"
#include "csi/text.h"

namespace rdscsi::csi {

base::Status unpublish_without_node(std::string const& volume_id, std::string const& target_path) {
  if (auto status = check_required_text("volume_id", volume_id); !status.ok()) return status;
  if (target_path.empty()) {
    return base::fail(base::Reason::invalid_argument, base::Effect::none,
                      "target_path: is empty, but CSI requires it");
  }
  struct stat ignored {};
  if (::lstat(target_path.c_str(), &ignored) != 0 && (errno == ENOENT || errno == ENOTDIR)) {
    return base::Status();
  }
  return base::fail(base::Reason::unsupported, base::Effect::none,
                    "target_path " + in_quotes(target_path) +
                        ": something is there, and this build has no node service that could unpublish it");
}

}  // namespace rdscsi::csi
