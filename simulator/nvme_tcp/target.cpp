// See target.h: the face of the Core to other threads.
#include "simulator/nvme_tcp/target.h"

#include <algorithm>
#include <utility>

#include "simulator/nvme_tcp/core.h"

namespace rdssim::nvme_tcp {
namespace {

using rdscsi::base::Guard;
using rdscsi::base::Lock;
using rdscsi::base::Status;

constexpr std::size_t kNqnMax = 223;

Status invalid(std::string const& message) {
  return absl::InvalidArgumentError(message);
}

Status check(Export const& what) {
  std::string const name = "export of slot `" + what.slot + "`: ";
  if (what.nqn.empty() || what.nqn.size() > kNqnMax)
    return invalid(name + "NQN `" + what.nqn + "`, expected 1 to 223 bytes");
  if (!what.image) return invalid(name + "it has no image");
  bool const power = what.block_bytes != 0 && (what.block_bytes & (what.block_bytes - 1)) == 0;
  if (!power || what.block_bytes < 512 || what.block_bytes > 4096)
    return invalid(name + "block size " + std::to_string(what.block_bytes) +
                   ", expected a power of two, 512 to 4096");
  if (what.port == 0) return invalid(name + "port 0, expected 1 to 65535");
  return {};
}

}  // namespace

struct Target::State {
  explicit State(Options options) : recorder(options.records_kept), core(std::move(options), recorder) {}

  // Runs `task` on the loop's thread and waits for it.
  void run(std::function<void()> const& task) {
    rdscsi::base::Mutex waiting;
    rdscsi::base::ConditionVariable changed;
    bool done = false;
    core.loop().post([&] {
      task();
      Guard const guard(waiting);
      done = true;
      changed.notify_all();
    });
    Lock lock(waiting);
    changed.wait(lock, [&] { return done; });
  }

  Recorder recorder;
  Core core;
  mutable rdscsi::base::Mutex mutex;  // what follows
  FaultId next_fault = 1;
  rdscsi::base::Thread thread;
};

Target::Target(Options options) : state_(std::make_unique<State>(std::move(options))) {
  state_->thread = rdscsi::base::Thread("nvme-tcp", [core = &state_->core] { core->loop().run(); });
}

Target::~Target() {
  state_->core.loop().post([core = &state_->core] { core->shut_down(); });
  state_->core.loop().stop();
  state_->thread.join();
}

Status Target::set_exports(std::vector<Export> exports) {
  for (Export const& one : exports) {
    if (Status const status = check(one); !status.ok()) return status;
  }
  state_->core.loop().post([core = &state_->core, exports = std::move(exports)]() mutable {
    core->apply_exports(std::move(exports));
  });
  return {};
}

Status Target::settle() {
  for (PortState const& port : state().ports) {
    if (!port.error.empty())
      return absl::UnavailableError("NVMe/TCP port " + std::to_string(port.port) + ": " + port.error);
  }
  return {};
}

std::uint16_t Target::bound_port(std::uint16_t configured) const {
  for (PortState const& port : state().ports) {
    if (port.port == configured) return port.bound;
  }
  return 0;
}

FaultId Target::inject(Fault fault) {
  FaultId id = 0;
  {
    Guard const guard(state_->mutex);
    id = state_->next_fault++;
  }
  state_->core.loop().post(
      [core = &state_->core, id, fault = std::move(fault)]() mutable { core->inject(id, std::move(fault)); });
  return id;
}

void Target::heal(FaultId id) {
  state_->core.loop().post([core = &state_->core, id] { core->heal(id); });
}

void Target::heal_all() {
  state_->core.loop().post([core = &state_->core] {
    for (FaultId const id : core->faults().all()) core->heal(id);
  });
}

std::uint64_t Target::fired(FaultId id) const {
  std::uint64_t fired = 0;
  state_->run([&] { fired = state_->core.faults().fired(id); });
  return fired;
}

void Target::set_resize_shows(ResizeShows how) {
  state_->core.loop().post([core = &state_->core, how] { core->set_resize_shows(how); });
}

void Target::set_allow_host_cuts(bool cuts) {
  state_->core.loop().post([core = &state_->core, cuts] { core->set_allow_host_cuts(cuts); });
}

std::vector<WriteRecord> Target::writes(std::uint64_t after) const {
  return state_->recorder.writes(after);
}

std::vector<ConnectionRecord> Target::connections(std::uint64_t after) const {
  return state_->recorder.connections(after);
}

TargetState Target::state() const {
  TargetState state;
  state_->run([&] { state = state_->core.state(); });
  state.writes = state_->recorder.last_write();
  state.connection_records = state_->recorder.last_connection();
  return state;
}

void Target::on_write(std::function<void(WriteRecord const&)> callback) {
  state_->recorder.on_write = std::move(callback);
}

void Target::on_connection(std::function<void(ConnectionRecord const&)> callback) {
  state_->recorder.on_connection = std::move(callback);
}

void Target::on_fault_fired(std::function<void(FaultId)> callback) {
  state_->core.loop().post([core = &state_->core, callback = std::move(callback)]() mutable {
    core->faults().on_fired = std::move(callback);
  });
}

}  // namespace rdssim::nvme_tcp
