// See progress.h.
#include "scenarios/engine/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace scenario {
namespace {

constexpr std::size_t kBar = 24;
constexpr char const* kClearLine = "\r\x1b[K";

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string progress_line(std::uint64_t done, std::uint64_t total, std::uint64_t failed,
                          std::string const& current, std::size_t width) {
  std::size_t const filled = total == 0 ? 0 : std::min<std::size_t>(kBar, done * kBar / total);
  std::string const of = std::to_string(total);
  std::string count = std::to_string(done);
  count.insert(0, of.size() > count.size() ? of.size() - count.size() : 0, ' ');
  std::string line =
      "[" + std::string(filled, '#') + std::string(kBar - filled, ' ') + "] " + count + "/" + of;
  if (failed > 0) line += "  " + std::to_string(failed) + " failed";
  line += "  " + current;
  return line.substr(0, width);
}

Progress::Progress(bool wanted) : on_(wanted && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (on_) std::fputs(kClearLine, stderr);
}

void Progress::step(RunResult const& finished, std::uint64_t done, std::uint64_t total) {
  failed_ += finished.verdict == Verdict::passed ? 0 : 1;
  if (!on_) return;
  std::string const current =
      finished.scenario_id + " " + finished.profile + " seed " + std::to_string(finished.seed);
  std::string const line = progress_line(done, total, failed_, current, terminal_width() - 1);
  std::fprintf(stderr, "%s%s", kClearLine, line.c_str());
  std::fflush(stderr);
}

}  // namespace scenario
