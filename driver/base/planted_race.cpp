// planted_race: two managed threads add to one plain int without a lock. The program shows
// that TSan sees races at L1, where threads never really run side by side; scheduler_tsan_test.cpp starts it.
// `planted_race locked` takes the lock always: a clean run, in which TSan must find nothing.
#include <cstdio>
#include <string_view>

#include "base/scheduler.h"
#include "base/sync.h"

int main(int argc, char** argv) {
  using namespace rdscsi::base;
  bool const locked = argc > 1 && std::string_view(argv[1]) == "locked";
  SchedulerOptions options;
  options.seed = 1;
  options.preemption = 0.1;
  int counter = 0;
  Scheduler scheduler(options);
  RunReport const report = scheduler.run([&] {
    Mutex mutex;
    auto const add = [&] {
      for (int i = 0; i < 100; ++i) {
        yield();
        if (locked) mutex.lock();
        ++counter;
        if (locked) mutex.unlock();
      }
    };
    Thread a("a", add);
    Thread b("b", add);
    a.join();
    b.join();
  });
  std::printf("counter %d, %llu switches\n", counter, static_cast<unsigned long long>(report.switches));
  return report.end == RunEnd::finished && counter == 200 ? 0 : 1;
}
