// CsiClient: asks a CSI plugin on a unix socket what a sidecar would ask, and gives the answer as plain
// values. Used by WorldL2; its tests talk to a server of their own. No gRPC header leaves the .cpp file.
#pragma once

#include <memory>
#include <string>

#include "scenarios/engine/calls.h"

namespace scenario {

// One channel to one life of a plugin: after a restart make a new one, or the old one's reconnect pauses
// would hide that the plugin is back.
//
// Threads: call() from any number of threads at once.
class CsiClient {
 public:
  explicit CsiClient(std::string const& socket_path);
  ~CsiClient();  // no call may be under way
  CsiClient(CsiClient const&) = delete;
  CsiClient& operator=(CsiClient const&) = delete;

  // Blocks until the answer or for `timeout`. The code is the one the caller would see; when it is
  // DEADLINE_EXCEEDED because nothing came back in time (and not because the plugin said so) the message
  // begins with "client: ". Never retried.
  Answer call(Request const& request, Duration timeout) const;

 private:
  struct Stubs;
  std::unique_ptr<Stubs> stubs_;
};

}  // namespace scenario
