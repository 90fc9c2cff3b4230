// Nonces: what tells the reply of one exec from any other text. Used by rds::Volumes, rds::Snapshots and
// rds::SnapshotSupport.
#pragma once

#include <string>

#include "base/random.h"
#include "base/sync.h"

namespace rdscsi::rds {

// Eight hexadecimal digits for each exec. Thread-safe.
class Nonces {
 public:
  Nonces() : stream_(base::root_stream("rds.nonce")) {}
  std::string draw() {
    base::Guard guard(mutex_);
    return stream_.hex(8);
  }

 private:
  base::Mutex mutex_;
  base::RandomStream stream_;  // guarded by mutex_
};

}  // namespace rdscsi::rds
