// SimulatedFileSystem: one domain's disk in memory. Two tables, what programs see and what the platter holds;
// a power loss keeps the second, and of each difference a seeded part. See file_system.h.
#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "base/file_names.h"
#include "base/file_system.h"
#include "base/scheduler.h"

namespace rdscsi::base {
namespace {

struct Inode {
  std::string content;
  bool synced = false;  // a power loss leaves all of the content, otherwise a prefix
};
using Names = std::map<std::string, std::shared_ptr<Inode>>;

}  // namespace

// The mutex is a std::mutex held without any scheduling point inside: a thread killed in the middle of a
// write cannot take it with it, and the files stay usable for the domain's next life.
struct SimulatedFileSystem::State {
  explicit State(std::uint64_t seed) : random(seed) {}

  mutable std::mutex mutex;
  Names live;
  Names durable;
  std::set<std::string> directories{"/"};  // made at once durable: mkdir is not what these tests are about
  RandomStream random;
  std::uint64_t life = 0;  // counts power losses

  std::uint64_t current_life() const {
    std::lock_guard guard(mutex);
    return life;
  }

  void make_directories(std::string const& directory) {
    directories.insert(directory);
    if (directory != "/") make_directories(parent_directory(directory));
  }

  // What fsync of a directory does: its names are on the platter as they are seen.
  void sync_directory(std::string const& directory) {
    auto const inside = [&](auto const& entry) { return parent_directory(entry.first) == directory; };
    std::erase_if(durable, inside);
    for (auto const& entry : live) {
      if (inside(entry)) durable.insert(entry);
    }
  }

  // A name whose change was not synced: the old or the new one, as it happens.
  std::shared_ptr<Inode> survivor(std::string const& path) {
    auto const find = [&](Names const& names) {
      auto const found = names.find(path);
      return found == names.end() ? nullptr : found->second;
    };
    std::shared_ptr<Inode> const seen = find(live);
    std::shared_ptr<Inode> const stored = find(durable);
    if (seen == stored) return seen;
    return random.chance(0.5) ? seen : stored;
  }
};

SimulatedFileSystem::SimulatedFileSystem(std::uint64_t seed, FileStepHook hook)
    : state_(std::make_unique<State>(seed)), hook_(std::move(hook)) {}

SimulatedFileSystem::~SimulatedFileSystem() = default;

void SimulatedFileSystem::step(char const* name) const {
  if (hook_) hook_(name);
  seam_point(name);
}

StatusOr<std::string> SimulatedFileSystem::read(Context const& ctx, std::string const& path) {
  if (Status ended = ctx.check(); !ended.ok()) return ended;
  if (Status bad = check_file_path(path); !bad.ok()) return bad;
  std::lock_guard guard(state_->mutex);
  auto const found = state_->live.find(path);
  if (found == state_->live.end())
    return fail(Reason::not_found, Effect::none, "read " + path + ": no such file");
  if (found->second->content.size() > kFileBytesMax) return file_too_large(path);
  return found->second->content;
}

Status SimulatedFileSystem::write_durably(Context const& ctx, std::string const& path,
                                          std::string_view content) {
  if (Status ended = ctx.check(); !ended.ok()) return ended;
  if (Status bad = check_file_path(path); !bad.ok()) return bad;
  if (content.size() > kFileBytesMax) return file_too_large(path);
  std::string const temporary = temporary_name(path);
  auto const inode = std::make_shared<Inode>();
  Names& live = state_->live;
  std::uint64_t const life = state_->current_life();
  // One step of the protocol: done unless the power went away since the first one.
  auto const does = [&](char const* name, auto const& change) {
    {
      std::lock_guard guard(state_->mutex);
      if (life != state_->life) return false;
      change();
    }
    step(name);
    return true;
  };
  bool const renamed = does("directories-made", [&] { state_->make_directories(parent_directory(path)); }) &&
                       does("temporary-created", [&] { live[temporary] = inode; }) &&
                       does("temporary-written", [&] { inode->content = content; }) &&
                       does("temporary-synced", [&] { inode->synced = true; }) && does("renamed", [&] {
                         live.erase(temporary);
                         live[path] = inode;
                       });
  if (!renamed) return fail(Reason::internal, Effect::none, "write " + path + ": the power went away");
  if (!does("directory-synced", [&] { state_->sync_directory(parent_directory(path)); })) {
    return fail(Reason::internal, Effect::unknown, "write " + path + ": the power went away");
  }
  return absl::OkStatus();
}

Status SimulatedFileSystem::remove(Context const& ctx, std::string const& path) {
  if (Status ended = ctx.check(); !ended.ok()) return ended;
  if (Status bad = check_file_path(path); !bad.ok()) return bad;
  std::uint64_t life = 0;
  {
    std::lock_guard guard(state_->mutex);
    life = state_->life;
    state_->live.erase(path);
  }
  step("removed");
  {
    std::lock_guard guard(state_->mutex);
    if (life != state_->life) {
      return fail(Reason::internal, Effect::unknown, "remove " + path + ": the power went away");
    }
    state_->sync_directory(parent_directory(path));
  }
  step("directory-synced");
  return absl::OkStatus();
}

StatusOr<std::vector<std::string>> SimulatedFileSystem::list(Context const& ctx,
                                                             std::string const& directory) {
  if (Status ended = ctx.check(); !ended.ok()) return ended;
  std::lock_guard guard(state_->mutex);
  if (!state_->directories.contains(directory)) {
    return fail(Reason::not_found, Effect::none, "list " + directory + ": no such directory");
  }
  std::vector<std::string> names;
  for (auto const& [path, inode] : state_->live) {
    std::string name = path.substr(path.rfind('/') + 1);
    if (parent_directory(path) == directory && !is_temporary_name(name)) names.push_back(std::move(name));
  }
  return names;
}

void SimulatedFileSystem::write_carelessly(std::string const& path, std::string_view content) {
  std::lock_guard guard(state_->mutex);
  state_->make_directories(parent_directory(path));
  state_->live[path] = std::make_shared<Inode>(Inode{std::string(content), false});
}

void SimulatedFileSystem::power_loss() {
  std::lock_guard guard(state_->mutex);
  ++state_->life;
  std::set<std::string> paths;  // sorted: the draws come in the same order for the same files
  for (auto const& [path, inode] : state_->live) paths.insert(path);
  for (auto const& [path, inode] : state_->durable) paths.insert(path);
  Names found;
  for (auto const& path : paths) {
    std::shared_ptr<Inode> const inode = state_->survivor(path);
    if (!inode) continue;
    std::size_t const kept =
        inode->synced ? inode->content.size() : state_->random.below(inode->content.size() + 1);
    found[path] = std::make_shared<Inode>(Inode{inode->content.substr(0, kept), true});
  }
  state_->live = found;
  state_->durable = std::move(found);
}

std::vector<std::pair<std::string, std::string>> SimulatedFileSystem::dump() const {
  std::lock_guard guard(state_->mutex);
  std::vector<std::pair<std::string, std::string>> files;
  for (auto const& [path, inode] : state_->live) files.emplace_back(path, inode->content);
  return files;
}

}  // namespace rdscsi::base
