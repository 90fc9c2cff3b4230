// EventLoop: the one thread on which all of the SSH server's sockets, libssh sessions and timers live.
// Used by Server and Connection. The cost of a turn follows the sockets that are ready, not those there
// are.
#pragma once

#include <functional>
#include <memory>

#include "base/time.h"

struct ssh_session_struct;

namespace rdssim::ssh {

using rdscsi::base::Duration;

class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(EventLoop const&) = delete;

  // Runs on the calling thread, which becomes the loop's thread, until stop().
  void run();

  // --- from any thread ---
  void stop();
  void post(std::function<void()> task);  // runs on the loop's thread, outside of any callback

  // --- on the loop's thread (or before run()) ---
  void after(Duration delay, std::function<void()> task);
  // `ready` is called with poll's revents. unwatch() and remove() must not be called from a callback: post
  // them.
  void watch(int fd, short events, std::function<void(int revents)> ready);
  void unwatch(int fd);
  void add(ssh_session_struct* session);
  void remove(ssh_session_struct* session);
  // Called once per turn, after polling and outside of any callback; at least ten times a second.
  void every_turn(std::function<void()> task);

 private:
  struct State;
  void turn();
  void follow_writes();
  std::unique_ptr<State> state_;
};

}  // namespace rdssim::ssh
