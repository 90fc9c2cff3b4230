// See verify.h. Everything runs in this process, without a clock: busy times take no time.
#include "simulator/program/verify.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <sstream>

#include "simulator/routeros/device.h"
#include "simulator/ssh/exec_line.h"
#include "simulator/transcript/compare.h"
#include "simulator/transcript/transcript.h"

namespace rdssim::program {
namespace {

using routeros::Device;
using transcript::Entry;
using transcript::quoted;
using transcript::Transcript;

struct File {
  std::string name;
  Transcript transcript;
};

struct Counts {
  int commands = 0, different = 0;
};

std::optional<std::string> contents(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return std::nullopt;
  return text.str();
}

// What somebody typed at `prompt` on this screen: the rest of the prompt's line.
std::string typed_behind(std::string_view prompt, std::string const& screen) {
  auto const at = screen.find(prompt);
  if (at == std::string::npos) return {};
  std::size_t const begin = at + prompt.size();
  std::size_t end = std::min(screen.find('\n', begin), screen.size());
  while (end > begin && (screen[end - 1] == '\r' || screen[end - 1] == ' ')) --end;
  return screen.substr(begin, end - begin);
}

class Verifier {
 public:
  Verifier(VerifyFlags const& flags, std::string state, std::ostream& out)
      : flags_(flags), state_(std::move(state)), out_(out) {}

  absl::StatusOr<std::unique_ptr<Device>> device() const {
    return state_.empty() ? Device::make(flags_.profile, std::int64_t{4} << 40, 1)
                          : Device::from_state(state_, 1);
  }

  // All of `files` on one device.
  void replay(std::vector<File const*> const& files) {
    struct Step {
      File const* file;
      Entry const* entry;
    };
    std::vector<Step> steps;
    for (auto const* file : files) {
      for (auto const& entry : file->transcript.entries) steps.push_back({file, &entry});
    }
    std::stable_sort(steps.begin(), steps.end(), [](Step const& left, Step const& right) {
      return left.entry->number < right.entry->number;
    });
    auto const made = device();
    for (auto const& step : steps) {
      ++counts_.commands;
      Entry const got = run(**made, step.file->transcript, *step.entry);
      auto const found = transcript::compare(*step.entry, got, step.file->transcript.trimmed);
      if (!found) continue;
      ++counts_.different;
      print(*step.file, *step.entry, *found);
    }
  }

  Counts const& counts() const { return counts_; }

 private:
  Entry run(Device& device, Transcript const& from, Entry const& expected) const {
    auto session = routeros::login_options(from.recorded ? from.login : "admin");
    session.interactive = expected.kind == Entry::Kind::shown;
    if (from.width > 0) session.width = from.width;
    if (expected.pty && expected.pty->width > 0) session.width = expected.pty->width;
    if (flags_.width > 0) session.width = flags_.width;
    routeros::ExecutionHooks hooks;
    hooks.ask = [&](std::string_view prompt) { return typed_behind(prompt, expected.output); };
    // Somebody's terminal takes several lines for one command, an exec does not.
    std::string_view const line = session.interactive ? expected.command : ssh::exec_line(expected.command);
    auto const result = device.execute(session, line, hooks);
    Entry got = expected;
    got.output = result.output;
    got.errors.clear();
    got.end = result.hangs ? Entry::End::lost : Entry::End::exit;
    got.exit_status = result.exit_status;
    return got;
  }

  void print(File const& file, Entry const& entry, transcript::Difference const& found) {
    out_ << file.name << ":" << entry.line << ": " << quoted(entry.command) << ": " << found.part
         << " differs at byte " << found.byte << " (line " << found.line << " column " << found.column
         << ")\n  expected " << quoted(found.expected) << "\n  got      " << quoted(found.got) << "\n";
  }

  VerifyFlags const& flags_;
  std::string const state_;
  std::ostream& out_;
  Counts counts_;
};

// Reads every file that can be read; a line on `errors` for each of the others, then false.
bool read_all(std::vector<std::string> const& names, std::vector<File>* files, std::ostream& errors) {
  bool good = true;
  for (auto const& name : names) {
    auto const text = contents(name);
    auto read = text ? transcript::read_transcript(*text, name) : transcript::Transcript{};
    if (text && read.ok()) {
      files->push_back({name, std::move(*read)});
      continue;
    }
    good = false;
    errors << "rds-sim verify: ";
    text ? errors << read.status().message() : errors << name << ": cannot be read";
    errors << "\n";
  }
  return good;
}

}  // namespace

int verify(VerifyFlags const& flags, std::ostream& out, std::ostream& errors) {
  std::string state;
  if (!flags.state.empty()) {
    auto text = contents(flags.state);
    if (!text) {
      errors << "rds-sim verify: --state `" << flags.state << "`: cannot be read\n";
      return 2;
    }
    state = std::move(*text);
  }
  Verifier verifier(flags, std::move(state), out);
  if (auto const device = verifier.device(); !device.ok()) {
    errors << "rds-sim verify: "
           << (flags.state.empty() ? "--profile `" + flags.profile : "--state `" + flags.state)
           << "`: " << device.status().message() << "\n";
    return 2;
  }
  std::vector<File> files;
  bool const good = read_all(flags.transcripts, &files, errors);
  std::map<std::string, std::vector<File const*>> recordings;
  for (auto const& file : files) {
    if (file.transcript.recorded) {
      recordings[file.transcript.recording].push_back(&file);
    } else {
      verifier.replay({&file});
    }
  }
  for (auto const& [id, together] : recordings) verifier.replay(together);
  auto const& counts = verifier.counts();
  out << "verify: " << counts.commands << " commands, " << counts.commands - counts.different << " equal, "
      << counts.different << " different\n";
  if (!good || counts.commands == 0) return 2;
  return counts.different == 0 ? 0 : 1;
}

}  // namespace rdssim::program
