// See nvme_front.h.
#include "simulator/program/nvme_front.h"

#include <utility>
#include <vector>

#include "base/log.h"

namespace rdssim::program {

using rdscsi::base::Guard;
using rdscsi::base::Lock;

NvmeFront::NvmeFront(faults::FaultyDevice& device, nvme_tcp::Target& target)
    : device_(device), target_(target) {
  device_.on_exports_change([this] {
    Guard const guard(mutex_);
    dirty_ = true;
    changed_.notify_all();
  });
  refresh();  // what is exported from the start is there when the constructor returns
  thread_ = rdscsi::base::Thread("nvme-front", [this] { run(); });
}

NvmeFront::~NvmeFront() {
  device_.on_exports_change({});
  {
    Guard const guard(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void NvmeFront::run() {
  for (;;) {
    {
      Lock lock(mutex_);
      changed_.wait(lock, [this] { return dirty_ || stopping_; });
      if (stopping_) return;
    }
    refresh();
  }
}

void NvmeFront::refresh() {
  {
    Guard const guard(mutex_);
    dirty_ = false;  // a change after this line comes round again
  }
  auto const rows = device_.with_device([](routeros::Device& router) { return router.exports(); });
  std::vector<nvme_tcp::Export> exports;
  for (auto const& row : rows) {
    nvme_tcp::Export what;
    what.nqn = row.nqn;
    what.port = row.port;
    what.allow_host = row.allow_host;
    what.uuid = nvme_tcp::uuid_from(row.uuid_text);
    what.image = row.image;
    what.slot = row.slot;
    exports.push_back(std::move(what));
  }
  if (auto const status = target_.set_exports(std::move(exports)); !status.ok()) {
    rdscsi::base::log(rdscsi::base::LogLevel::warn, rdscsi::base::Context::background(),
                      "exports cannot be served over NVMe/TCP", {{"error", status}});
  }
}

}  // namespace rdssim::program
