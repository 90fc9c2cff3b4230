// SharedReads: a VolumeStore in front of another that lets identical reads that wait at the same time share
// one command. Used by csi/driver.cpp. W-42: a hundred sidecars that ask for the same list must not keep all
// channels of the device busy.
//
// A read joins only a command that is sent after the read came in: whoever was told that a volume exists
// finds it in any list asked for afterwards. So of many at once the first goes alone, and all others share
// the second.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/sync.h"
#include "csi/volume_store.h"

namespace rdscsi::csi {

// Thread-safe. Changes go straight through. A reader whose own time ends gets that as its failure, effect
// none, and takes nobody with it: the next one asks again.
class SharedReads final : public VolumeStore {
 public:
  explicit SharedReads(VolumeStore& inner) : inner_(inner) {}

  base::StatusOr<rds::Volume> create(base::Context const& ctx, rds::VolumeSpec const& spec) override {
    return inner_.create(ctx, spec);
  }
  base::Status remove(base::Context const& ctx, std::string_view volume_id) override {
    return inner_.remove(ctx, volume_id);
  }
  base::StatusOr<rds::Volume> expand(base::Context const& ctx, rds::ExpandSpec const& spec) override {
    return inner_.expand(ctx, spec);
  }
  base::StatusOr<rds::PublishResult> publish(base::Context const& ctx,
                                             rds::PublishSpec const& spec) override {
    return inner_.publish(ctx, spec);
  }
  base::Status unpublish(base::Context const& ctx, rds::UnpublishSpec const& spec) override {
    return inner_.unpublish(ctx, spec);
  }
  base::StatusOr<rds::Volume> get(base::Context const& ctx, std::string_view volume_id) override;
  base::StatusOr<std::vector<rds::Volume>> list(base::Context const& ctx) override;
  base::StatusOr<rds::Pool> pool(base::Context const& ctx) override;

 private:
  // The reads of one key. `T` is what the inner store answers.
  template <typename T>
  struct Line {
    std::uint64_t started = 0, finished = 0;  // commands of this line, and the newest whose answer is here
    bool running = false;
    int readers = 0;
    std::shared_ptr<base::StatusOr<T> const> answer;
  };
  template <typename T>
  using Lines = std::map<std::string, Line<T>, std::less<>>;

  template <typename T>
  base::StatusOr<T> read(base::Context const& ctx, Lines<T>& lines, std::string_view key,
                         std::function<base::StatusOr<T>()> const& ask);

  VolumeStore& inner_;
  base::Mutex mutex_;
  base::ConditionVariable changed_;
  Lines<rds::Volume> volumes_;  // under mutex_, like the others
  Lines<std::vector<rds::Volume>> lists_;
  Lines<rds::Pool> pools_;
};

}  // namespace rdscsi::csi
