// A volume store in memory, for tests of this room: it keeps what it is told, counts calls, and can be made
// to fail or to wait. It knows nothing of RouterOS; how the device behaves is tested in rds/.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/reasons.h"
#include "base/sync.h"
#include "csi/messages.h"
#include "csi/volume_store.h"
#include "rds/formats.h"

namespace rdscsi::csi::testing {

// Thread-safe, if `before` is set before the first call.
class FakeVolumeStore final : public VolumeStore {
 public:
  // Runs at the start of every call, outside the lock, with its name ("create", ...). What it returns, if not
  // OK, is the call's result.
  std::function<base::Status(base::Context const& ctx, std::string_view call)> before;
  // Pool the store reports.
  rds::Pool pool_value{std::int64_t{100} << 30, std::int64_t{50} << 30};

  base::StatusOr<rds::Volume> create(base::Context const& ctx, rds::VolumeSpec const& spec) override {
    if (auto status = enter(ctx, "create"); !status.ok()) return status;
    base::Guard guard(mutex_);
    last_spec_ = spec;
    if (auto const found = volumes_.find(spec.volume_id); found != volumes_.end()) {
      std::int64_t const size = found->second.volume.size_bytes;
      bool const fits = size >= spec.required_bytes && (spec.limit_bytes == 0 || size <= spec.limit_bytes);
      if (fits && found->second.fingerprint == spec.content_fingerprint) return found->second.volume;
      return base::fail(base::Reason::already_exists, base::Effect::none, "other content under this name");
    }
    rds::Volume volume;
    volume.volume_id = spec.volume_id;
    volume.slot = rds::full_slot(spec.volume_id);
    volume.file_path = rds::backing_file(spec.directory, spec.volume_id);
    volume.size_bytes = spec.size_bytes;
    volume.nqn = rds::nqn_of(spec.volume_id);
    volume.nvme_port = spec.nvme_port;
    volume.exported = volume.marked = true;
    volumes_[spec.volume_id] = {volume, spec.content_fingerprint, false};
    return volume;
  }

  base::Status remove(base::Context const& ctx, std::string_view volume_id) override {
    if (auto status = enter(ctx, "remove"); !status.ok()) return status;
    base::Guard guard(mutex_);
    volumes_.erase(std::string(volume_id));
    return base::Status();
  }

  base::StatusOr<rds::Volume> expand(base::Context const& ctx, rds::ExpandSpec const& spec) override {
    if (auto status = enter(ctx, "expand"); !status.ok()) return status;
    base::Guard guard(mutex_);
    auto const found = volumes_.find(spec.volume_id);
    if (found == volumes_.end())
      return base::fail(base::Reason::not_found, base::Effect::none, "no such volume");
    rds::Volume& volume = found->second.volume;
    volume.size_bytes = std::max(volume.size_bytes, spec.size_bytes);
    if (spec.limit_bytes > 0 && volume.size_bytes > spec.limit_bytes)
      return base::fail(base::Reason::out_of_range, base::Effect::none, "larger than the limit already");
    return volume;
  }

  base::StatusOr<rds::PublishResult> publish(base::Context const& ctx,
                                             rds::PublishSpec const& spec) override {
    if (auto status = enter(ctx, "publish"); !status.ok()) return status;
    base::Guard guard(mutex_);
    last_publish_ = spec;
    auto const found = volumes_.find(spec.volume_id);
    if (found == volumes_.end())
      return base::fail(base::Reason::not_found, base::Effect::none, "no such volume");
    auto& [volume, fingerprint, offered] = found->second;
    auto const hash = rds::node_hash(spec.node_id);
    bool const has = std::count(volume.holders.begin(), volume.holders.end(), hash) > 0;
    if (!has && volume.holders.size() >= (spec.shared ? 2U : 1U))
      return rds::PublishResult{volume, false, false};
    if (!has) volume.holders.push_back(hash);
    return rds::PublishResult{volume, true, !std::exchange(offered, true)};
  }

  base::Status unpublish(base::Context const& ctx, rds::UnpublishSpec const& spec) override {
    if (auto status = enter(ctx, "unpublish"); !status.ok()) return status;
    base::Guard guard(mutex_);
    auto const found = volumes_.find(spec.volume_id);
    if (found == volumes_.end()) return base::Status();
    if (spec.node_id.empty()) found->second.volume.holders.clear();
    std::erase(found->second.volume.holders, rds::node_hash(spec.node_id));
    return base::Status();
  }

  base::StatusOr<rds::Volume> get(base::Context const& ctx, std::string_view volume_id) override {
    if (auto status = enter(ctx, "get"); !status.ok()) return status;
    base::Guard guard(mutex_);
    auto const found = volumes_.find(std::string(volume_id));
    if (found == volumes_.end())
      return base::fail(base::Reason::not_found, base::Effect::none, "no such volume");
    return found->second.volume;
  }

  base::StatusOr<std::vector<rds::Volume>> list(base::Context const& ctx) override {
    if (auto status = enter(ctx, "list"); !status.ok()) return status;
    base::Guard guard(mutex_);
    std::vector<rds::Volume> volumes;
    for (auto const& [id, entry] : volumes_) volumes.push_back(entry.volume);
    return volumes;
  }

  base::StatusOr<rds::Pool> pool(base::Context const& ctx) override {
    if (auto status = enter(ctx, "pool"); !status.ok()) return status;
    return pool_value;
  }

  int calls(std::string const& name) const {
    base::Guard guard(mutex_);
    auto const found = calls_.find(name);
    return found == calls_.end() ? 0 : found->second;
  }
  int all_calls() const {
    base::Guard guard(mutex_);
    int sum = 0;
    for (auto const& [name, count] : calls_) sum += count;
    return sum;
  }
  rds::VolumeSpec last_spec() const {
    base::Guard guard(mutex_);
    return last_spec_;
  }

  rds::PublishSpec last_publish() const {
    base::Guard guard(mutex_);
    return last_publish_;
  }

 private:
  struct Entry {
    rds::Volume volume;
    std::string fingerprint;
    bool offered = false;
  };

  base::Status enter(base::Context const& ctx, std::string_view call) {
    {
      base::Guard guard(mutex_);
      ++calls_[std::string(call)];
    }
    return before ? before(ctx, call) : base::Status();
  }

  mutable base::Mutex mutex_;
  std::map<std::string, Entry> volumes_;
  std::map<std::string, int> calls_;
  rds::VolumeSpec last_spec_;
  rds::PublishSpec last_publish_;
};

inline CreateVolumeRequest simple_create(std::string name) {
  CreateVolumeRequest request;
  request.name = std::move(name);
  request.capabilities = {VolumeCapability{MountAccess{}, AccessMode::single_node_writer}};
  return request;
}

}  // namespace rdscsi::csi::testing
