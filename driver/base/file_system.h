// FileSystem: the few things the driver does to small files of its own (staging records, state), with the
// promise that a file is always one whole version, whatever dies in between. RealFileSystem is the machine's;
// SimulatedFileSystem is one L1 domain's disk in memory, which can lose its power.
//
// Threads: every function may be called from any thread. Two writers of one path at a time never
// mix their versions: on the real one the second is refused (in_progress), on the simulated one the last
// wins.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/context.h"
#include "base/random.h"

namespace rdscsi::base {

// Called with the name of each step of a write or removal that has just been done; a scheduling point at L1
// follows. Tests use it to kill or cut the power between two steps.
using FileStepHook = std::function<void(std::string_view step)>;

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // The whole content. not_found when there is no such file; at most kFileBytesMax (more is out_of_range).
  virtual StatusOr<std::string> read(Context const& ctx, std::string const& path) = 0;

  // OK means: on disk, and still there after a power loss. Until then, and after a kill or power loss at any
  // moment, the path holds either its old content (or absence) or the new one. Missing parent directories are
  // made (0700); the file gets 0600. A failure before the rename has effect none, after it unknown.
  virtual Status write_durably(Context const& ctx, std::string const& path, std::string_view content) = 0;

  // OK means: gone, also after a power loss; also when it was not there.
  virtual Status remove(Context const& ctx, std::string const& path) = 0;

  // Names (not paths) of the files in `directory`, sorted; no directories, no temporary files of
  // write_durably. not_found when the directory does not exist.
  virtual StatusOr<std::vector<std::string>> list(Context const& ctx, std::string const& directory) = 0;
};

inline constexpr std::size_t kFileBytesMax = std::size_t{4} << 20;

// Paths are absolute, as the process sees them.
class RealFileSystem final : public FileSystem {
 public:
  explicit RealFileSystem(FileStepHook hook = {});
  StatusOr<std::string> read(Context const& ctx, std::string const& path) override;
  Status write_durably(Context const& ctx, std::string const& path, std::string_view content) override;
  Status remove(Context const& ctx, std::string const& path) override;
  StatusOr<std::vector<std::string>> list(Context const& ctx, std::string const& directory) override;

 private:
  void step(char const* name) const;
  FileStepHook hook_;
};

// Outlives the threads of its domain: a kill() in the middle of a write leaves it usable, files as they were.
class SimulatedFileSystem final : public FileSystem {
 public:
  // `seed` decides what an unsynced change becomes in a power loss.
  explicit SimulatedFileSystem(std::uint64_t seed, FileStepHook hook = {});
  ~SimulatedFileSystem() override;

  StatusOr<std::string> read(Context const& ctx, std::string const& path) override;
  Status write_durably(Context const& ctx, std::string const& path, std::string_view content) override;
  Status remove(Context const& ctx, std::string const& path) override;
  StatusOr<std::vector<std::string>> list(Context const& ctx, std::string const& directory) override;

  // What a program without fsync does: visible at once, gone (or torn) after a power loss.
  void write_carelessly(std::string const& path, std::string_view content);

  // The disk as it is found after the power came back. Renames and removals that were not synced yet may or
  // may not have happened; content that was not synced is any prefix of itself. Calls that are under way fail
  // from here on.
  void power_loss();

  // Path and content of every file, temporary ones included: for dumps and invariants.
  std::vector<std::pair<std::string, std::string>> dump() const;

 private:
  struct State;
  void step(char const* name) const;
  std::unique_ptr<State> state_;
  FileStepHook hook_;
};

}  // namespace rdscsi::base
