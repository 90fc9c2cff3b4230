// The keeper of a run: watches that the baton moves and, under TSan, joins detached threads that have ended.
// A thread that keeps the baton computes or blocks in the kernel for good; then the seed alone cannot explain
// anything, so all stacks are printed and the process ends with 70 (EX_SOFTWARE).
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/scheduler_core.h"

namespace rdscsi::base::detail {
namespace {

constexpr Duration kTick = std::chrono::milliseconds(100);
constexpr int kExitStuck = 70;
// Delivered at once under TSan too, which keeps back other signals until the thread calls into libc.
constexpr int kStackSignal = SIGSYS;

std::uint32_t stacks_printed = 0;

void print_stack(int) {
  std::array<void*, 64> frames{};
  int const depth = backtrace(frames.data(), static_cast<int>(frames.size()));
  backtrace_symbols_fd(frames.data(), depth, STDERR_FILENO);
  __atomic_add_fetch(&stacks_printed, 1, __ATOMIC_RELAXED);
}

// A person who steps through a thread in gdb holds the baton for minutes, rightly.
bool debugger_attached() {
  std::array<char, 4096> text{};
  int const file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t const length = read(file, text.data(), text.size() - 1);
  close(file);
  char const* const line = length > 0 ? std::strstr(text.data(), "TracerPid:") : nullptr;
  return line != nullptr && std::atoi(line + std::strlen("TracerPid:")) != 0;
}

void print_stack_of(ManagedThread const& thread, char const* remark) {
  std::fprintf(stderr, "--- %s%s, last point: %s\n", full_name(thread).c_str(), remark, thread.last_point);
  if (thread.kernel_id == 0) return;
  std::uint32_t const before = __atomic_load_n(&stacks_printed, __ATOMIC_RELAXED);
  syscall(SYS_tgkill, getpid(), thread.kernel_id, kStackSignal);
  for (int i = 0; i < 100 && __atomic_load_n(&stacks_printed, __ATOMIC_RELAXED) == before; ++i) {
    timespec const pause{0, 10'000'000};
    nanosleep(&pause, nullptr);
  }
}

[[noreturn]] void give_up(SchedulerCore& core, ManagedThread const& stuck) {
  std::fprintf(stderr,
               "base::Scheduler: thread %s has held the baton for %s of real "
               "time; seed %llu. It computes or blocks"
               " outside the scheduler. All stacks (addr2line -Cfe explains an "
               "address):\n",
               full_name(stuck).c_str(), format_duration(core.options.baton_hold_max).c_str(),
               static_cast<unsigned long long>(core.options.seed));
  struct sigaction action {};
  action.sa_handler = print_stack;
  action.sa_flags = SA_RESTART;
  sigaction(kStackSignal, &action, nullptr);
  print_stack_of(stuck, " HOLDS THE BATON");
  for (auto const& [name, domain] : core.domains) {
    for (ManagedThread const* thread : domain->threads) {
      if (thread != &stuck) print_stack_of(*thread, "");
    }
  }
  syscall(SYS_exit_group, kExitStuck);  // past TSan's _exit, which would complain that this thread is Hidden
  std::abort();
}

void reap(SchedulerCore& core) {
  ManagedThread* thread = __atomic_exchange_n(&core.to_reap, nullptr, __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  while (thread != nullptr) {
    ManagedThread* const next = thread->next_to_reap;  // before the join: the run may forget it then
    pthread_join(thread->handle, nullptr);
    thread = next;
  }
}

}  // namespace

void* keeper_main(void* argument) {
  auto& core = *static_cast<SchedulerCore*>(argument);
  Hidden const hidden;
  pthread_setname_np(pthread_self(), "l1-keeper");
  Duration const tick =
      std::clamp<Duration>(core.options.baton_hold_max / 4, std::chrono::milliseconds(1), kTick);
  std::uint64_t seen = 0;
  // Time is counted in ticks during which this thread itself ran, not read from a clock: a process that was
  // stopped as a whole has not held anything.
  Duration held{};
  while (!__atomic_load_n(&core.keeper_stop, __ATOMIC_RELAXED)) {
    bool const woken = core.keeper.take_within(tick);
    reap(core);
    std::uint64_t const progress = __atomic_load_n(&core.progress, __ATOMIC_RELAXED);
    ManagedThread const* const holder = __atomic_load_n(&core.holder, __ATOMIC_RELAXED);
    if (progress != seen || holder == nullptr) {
      held = Duration::zero();
      seen = progress;
      continue;
    }
    if (!woken) held += tick;
    if (held >= core.options.baton_hold_max && !debugger_attached()) give_up(core, *holder);
  }
  reap(core);
  return nullptr;
}

}  // namespace rdscsi::base::detail
