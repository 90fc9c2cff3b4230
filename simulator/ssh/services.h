// Services: what the server lends to each of its connections, and the book of commands on their way.
// Lives on the loop's thread; Server owns it, Connection and Channel use it.
#pragma once

#include <map>
#include <set>

#include "simulator/faults/faulty_device.h"
#include "simulator/ssh/event_loop.h"
#include "simulator/ssh/relay.h"
#include "simulator/ssh/server.h"
#include "simulator/ssh/worker_pool.h"

namespace rdssim::ssh {

struct Services {
  Services(faults::FaultyDevice& the_device, ServerOptions const& the_options)
      : device(the_device),
        options(the_options),
        relay(the_options.relay),
        workers(the_options.command_threads) {}

  faults::FaultyDevice& device;
  ServerOptions const options;
  Relay* const relay;  // null: the device answers
  EventLoop loop;
  WorkerPool workers;

  // A command that a client has sent reaches the device even when the client is gone a moment later, as on a
  // real link: the session is closed on the device only when all that was sent has come back.
  void sent(faults::SessionId session) { ++on_their_way_[session]; }
  void came_back(faults::SessionId session) {
    auto const found = on_their_way_.find(session);
    if (found == on_their_way_.end() || --found->second > 0) return;
    on_their_way_.erase(found);
    if (leaving_.erase(session) > 0) device.close_session(session);
  }
  void left(faults::SessionId session) {
    if (on_their_way_.count(session) > 0) {
      leaving_.insert(session);
    } else {
      device.close_session(session);
    }
  }

 private:
  std::map<faults::SessionId, int> on_their_way_;
  std::set<faults::SessionId> leaving_;
};

}  // namespace rdssim::ssh
