// TEMPORARY stub: plain threads only, until the scheduler itself is in place.
#include "base/scheduler.h"

#include <cstdlib>

#include "base/scheduler_hooks.h"

namespace rdscsi::base {
namespace detail {
ManagedThread* self() {
  return nullptr;
}
TimePoint virtual_now(ManagedThread const&) {
  std::abort();
}
std::int64_t virtual_wall_ns(ManagedThread const&) {
  std::abort();
}
std::uint64_t root_seed(ManagedThread&, std::string_view) {
  std::abort();
}
void point(ManagedThread&, char const*) {
  std::abort();
}
void sleep(ManagedThread&, Duration) {
  std::abort();
}
void change_quiet(ManagedThread&, int) {
  std::abort();
}
void acquire(ManagedThread&, WaitQueue&) {
  std::abort();
}
bool try_acquire(ManagedThread&, WaitQueue&) {
  std::abort();
}
void release(ManagedThread&, WaitQueue&) {
  std::abort();
}
bool wait(ManagedThread&, WaitQueue&, WaitQueue&, TimePoint) {
  std::abort();
}
void notify(ManagedThread&, WaitQueue&, bool) {
  std::abort();
}
Started start(ManagedThread&, std::string, std::function<void()>) {
  std::abort();
}
bool join(ManagedThread&, ManagedThread&) {
  std::abort();
}
}  // namespace detail
void seam_point(char const*) {}
}  // namespace rdscsi::base
