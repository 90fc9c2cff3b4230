// What a run that cannot go on says: every thread, what it waits for, and the seed that repeats it. The text
// is a function of the seed: objects have numbers in order of first use, never addresses.
#include "base/scheduler_core.h"

namespace rdscsi::base::detail {
namespace {

std::string holder_of(ManagedThread const& thread) {
  ManagedThread const* const owner = thread.queue->owner;
  if (owner == &thread) return "itself";
  if (owner->killed) return full_name(*owner) + ", which was killed";
  if (owner->ended) return full_name(*owner) + ", which ended without unlocking it";
  return full_name(*owner);
}

std::string what_it_waits_for(ManagedThread const& thread, TimePoint clock) {
  std::string text;
  switch (thread.waiting) {
    case Waiting::nothing:
      return "could run";
    case Waiting::mutex:
      text = "waits for mutex " + std::to_string(thread.queue->number);
      return thread.queue->owner == nullptr ? text : text + ", held by " + holder_of(thread);
    case Waiting::condition:
      text = "waits for a notification of condition " + std::to_string(thread.queue->number);
      break;
    case Waiting::join:
      return "waits for the end of " + full_name(*thread.joining);
    case Waiting::sleep:
      text = "sleeps";
      break;
  }
  return thread.has_timer ? text + " for at most " + format_duration(thread.timer.first - clock) : text;
}

// Whom `thread` cannot go on without, if that is one thread.
ManagedThread* blocker(ManagedThread const& thread) {
  if (thread.waiting == Waiting::mutex) return thread.queue->owner;
  if (thread.waiting == Waiting::join) return thread.joining;
  return nullptr;
}

}  // namespace

std::string full_name(ManagedThread const& thread) {
  return thread.domain->name + "/" + thread.name;
}

std::string SchedulerCore::describe_threads() const {
  std::string text;
  for (auto const& [name, domain] : domains) {
    for (ManagedThread const* thread : domain->threads) {
      text += "\n  " + full_name(*thread) + ": " + what_it_waits_for(*thread, clock) +
              " (last point: " + thread->last_point + ")";
    }
  }
  return text;
}

void SchedulerCore::conclude(RunEnd end, std::string const& headline) {
  report.end = end;
  report.steps = steps;
  report.virtual_time = clock - kVirtualStart;
  if (end == RunEnd::finished) return;
  report.explanation = headline + "; seed " + std::to_string(options.seed) + ", after " +
                       format_duration(report.virtual_time) + " of virtual time and " +
                       std::to_string(steps) + " steps" + describe_threads();
}

// Circles are found when they close, not when everything has come to a halt:
// some other thread's timer may go on for ever. Every older chain was looked at when it grew, so a new circle
// leads through `self`.
void SchedulerCore::refuse_circle(ManagedThread& self) {
  for (ManagedThread* at = blocker(self); at != nullptr; at = blocker(*at)) {
    if (at == &self) end_run(self, RunEnd::deadlock, "deadlock: a circle of waits");
    if (at->killed || at->ended) {
      end_run(self, RunEnd::deadlock, "deadlock: a mutex is held by a thread that is gone");
    }
  }
}

}  // namespace rdscsi::base::detail
