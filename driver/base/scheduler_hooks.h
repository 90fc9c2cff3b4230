// What sync.cpp, time.cpp and random.cpp ask of the scheduler when they find themselves on a managed thread.
// Private to driver/base. Every function is called by the thread that holds the baton, with `self` being that
// thread.
#pragma once

#include <pthread.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/sync.h"
#include "base/time.h"

namespace rdscsi::base::detail {

// The calling thread, or null when no scheduler manages it.
ManagedThread* self();

TimePoint virtual_now(ManagedThread const& self);
std::int64_t virtual_wall_ns(ManagedThread const& self);
std::uint64_t root_seed(ManagedThread& self, std::string_view name);

void point(ManagedThread& self, char const* name);
void sleep(ManagedThread& self, Duration duration);
void change_quiet(ManagedThread& self, int difference);

// Decide who owns the mutex; the caller then locks the real one, uncontended, and unlocks it before release.
void acquire(ManagedThread& self, WaitQueue& mutex);
bool try_acquire(ManagedThread& self, WaitQueue& mutex);
void release(ManagedThread& self, WaitQueue& mutex);

// Gives up `mutex` (the real one is unlocked already), waits, takes `mutex` again. False when `deadline`
// passed.
bool wait(ManagedThread& self, WaitQueue& condition, WaitQueue& mutex, TimePoint deadline);
void notify(ManagedThread& self, WaitQueue& condition, bool all);

// Starts a joinable thread in the domain of `self`; join() is followed by a real pthread_join of `handle`.
struct Started {
  ManagedThread* thread = nullptr;
  pthread_t handle{};
};
Started start(ManagedThread& self, std::string name, std::function<void()> body);
// Waits until `target` has ended. False when it never will (its domain was killed): do not join it for real.
bool join(ManagedThread& self, ManagedThread& target);

void count_new_thread();

// Runs a thread's body: names the thread, counts it, and ends the process with a message if an exception
// escapes.
void run_body(std::string const& name, std::function<void()>& body);

}  // namespace rdscsi::base::detail
