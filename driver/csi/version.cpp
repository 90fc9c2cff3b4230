// The version of this build, given by CMake (project VERSION). In a file of its own so that a new version
// compiles nothing else.
#include "csi/driver.h"

namespace rdscsi::csi {

std::string_view version() {
  return RDSCSI_VERSION;
}

}  // namespace rdscsi::csi
