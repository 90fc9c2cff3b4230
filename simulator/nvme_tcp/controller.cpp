// See controller.h: life of a controller, properties, features, events. What it tells of itself is in
// identify.cpp.
#include "simulator/nvme_tcp/controller.h"

#include <algorithm>
#include <utility>

#include "simulator/nvme_tcp/connection.h"

namespace rdssim::nvme_tcp {
namespace {

constexpr std::uint32_t kReady = 1, kFatalStatus = 2, kShutdownComplete = 2U << 2;  // CSTS
constexpr std::uint16_t kQueueEntriesMax = 1024;                                    // CAP.MQES + 1
constexpr std::size_t kAsyncRequestsMax = 4;                                        // AERL + 1
constexpr std::uint32_t kNamespaceNotice = 1U << 8;                     // of Async Event Configuration
constexpr std::uint32_t kNamespaceChangedEvent = 0x02 | (0x04U << 16);  // notice, page 04h

// Feature identifiers.
constexpr std::uint8_t kArbitration = 0x01, kPower = 0x02, kTemperature = 0x04, kErrorRecovery = 0x05,
                       kWriteCache = 0x06, kNumberOfQueues = 0x07, kAsyncConfiguration = 0x0B,
                       kKeepAliveTimer = 0x0F, kHostIdentifier = 0x81;

std::uint64_t capabilities() {
  std::uint64_t const command_set_nvm = std::uint64_t{1} << 37;
  std::uint64_t const timeout_half_seconds = std::uint64_t{15} << 24;
  std::uint64_t const contiguous_queues = std::uint64_t{1} << 16;
  return command_set_nvm | timeout_half_seconds | contiguous_queues | (kQueueEntriesMax - 1);
}

}  // namespace

Controller::Controller(Surroundings surroundings, std::shared_ptr<Subsystem> subsystem,
                       std::shared_ptr<Association const> association, std::array<std::byte, 16> host_id,
                       std::uint32_t kato_ms)
    : around_(std::move(surroundings)),
      subsystem_(std::move(subsystem)),
      association_(std::move(association)),
      host_id_(host_id),
      kato_ms_(kato_ms) {
  restart_keep_alive();
}

Controller::~Controller() {
  around_.loop->cancel(keep_alive_);
}

std::uint16_t Controller::io_queues_max() const {
  return subsystem_->discovery ? 0 : around_.options->max_io_queues;
}

// EVIDENCE(documented): A controller whose keep-alive timer runs out is cut. [spec NVMe Base 2.0, Keep Alive]
void Controller::restart_keep_alive() {
  around_.loop->cancel(keep_alive_);
  if (kato_ms_ == 0) return;
  keep_alive_ = around_.loop->after(std::chrono::milliseconds(kato_ms_), [this] {
    keep_alive_ = 0;
    around_.cut("keep-alive timer expired");
  });
}

Outcome Controller::property_get(Command const& command) const {
  bool const wide = (get8(command.sqe, 40) & 7) == 1;
  switch (get32(command.sqe, 44)) {
    case kCap:
      return wide ? Outcome{.result = capabilities()} : Outcome::failed(kInvalidField | kDnr);
    case kVs:
      return wide ? Outcome::failed(kInvalidField | kDnr) : Outcome{.result = around_.options->version};
    case kCc:
      return wide ? Outcome::failed(kInvalidField | kDnr) : Outcome{.result = cc_};
    case kCsts:
      return wide ? Outcome::failed(kInvalidField | kDnr) : Outcome{.result = csts_};
    default:
      return Outcome::failed(kInvalidField | kDnr);
  }
}

Outcome Controller::property_set(Command const& command) {
  bool const wide = (get8(command.sqe, 40) & 7) == 1;
  if (wide || get32(command.sqe, 44) != kCc) return Outcome::failed(kInvalidField | kDnr);
  enable(get32(command.sqe, 48));
  return {};
}

void Controller::enable(std::uint32_t cc) {
  std::uint32_t const before = std::exchange(cc_, cc);
  bool const on = (cc & 1U) != 0;
  if (on && (before & 1U) == 0) {
    std::uint32_t const command_set = (cc >> 4) & 7, page_size = (cc >> 7) & 15, arbitration = (cc >> 11) & 7;
    std::uint32_t const submission_entry = (cc >> 16) & 15, completion_entry = (cc >> 20) & 15;
    // A discovery controller has no I/O queues, so nobody needs to say how long their entries are.
    bool const entries = subsystem_->discovery || (submission_entry == 6 && completion_entry == 4);
    bool const fits = command_set == 0 && page_size == 0 && arbitration == 0 && entries;
    csts_ = fits ? kReady : kFatalStatus;
  }
  if (!on && (before & 1U) != 0) csts_ &= ~kReady;
  if (((cc >> 14) & 3) != 0) csts_ |= kShutdownComplete;
  if (!on && ((cc >> 14) & 3) == 0) csts_ = 0;
}

Outcome Controller::admin(Command const& command) {
  if (!enabled() || (csts_ & kReady) == 0) return Outcome::failed(kSequenceError | kDnr);
  std::uint8_t const opcode = command.opcode();
  bool const of_discovery = opcode == kIdentify || opcode == kGetLogPage || opcode == kKeepAlive ||
                            opcode == kAsyncEvent || opcode == kSetFeatures || opcode == kGetFeatures;
  if (subsystem_->discovery && !of_discovery) return Outcome::failed(kInvalidOpcode | kDnr);
  switch (opcode) {
    case kIdentify:
      return identify(command);
    case kGetLogPage:
      return get_log_page(command);
    case kSetFeatures:
      return set_features(command);
    case kGetFeatures:
      return get_features(command);
    case kAsyncEvent:
      return async_event_request(command);
    case kAbort:
      return {.result = 1};  // every command is done at once or waits for the host's data: nothing to abort
    case kKeepAlive:
      restart_keep_alive();
      return {};
    default:
      return Outcome::failed(kInvalidOpcode | kDnr);
  }
}

Outcome Controller::set_features(Command const& command) {
  std::uint32_t const value = command.dword(11);
  switch (get8(command.sqe, 40)) {
    case kNumberOfQueues: {
      if (subsystem_->discovery) return Outcome::failed(kInvalidField | kDnr);
      std::uint32_t const wanted = std::max(value & 0xFFFF, value >> 16);
      if ((value & 0xFFFF) == 0xFFFF || value >> 16 == 0xFFFF) return Outcome::failed(kInvalidField | kDnr);
      std::uint32_t const granted = std::min<std::uint32_t>(wanted, io_queues_max() - 1U);
      return {.result = granted | (granted << 16)};
    }
    case kAsyncConfiguration:
      async_config_ = value;
      return {};
    case kKeepAliveTimer:
      kato_ms_ = value;
      restart_keep_alive();
      return {.result = kato_ms_};
    case kWriteCache:
      return value <= 1 ? Outcome{} : Outcome::failed(kInvalidField | kDnr);
    case kHostIdentifier:
      return Outcome::failed(kSequenceError | kDnr);  // Connect has said it (NVMe Base 5.27.1.25)
    default:
      return Outcome::failed(kInvalidField | kDnr);
  }
}

Outcome Controller::get_features(Command const& command) const {
  switch (get8(command.sqe, 40)) {
    case kArbitration:
    case kPower:
    case kTemperature:
    case kErrorRecovery:
      return {};
    case kWriteCache:
      return {.result = 1};
    case kNumberOfQueues: {
      if (subsystem_->discovery) return Outcome::failed(kInvalidField | kDnr);
      std::uint32_t const queues_0_based = io_queues_max() - 1U;
      return {.result = queues_0_based | (queues_0_based << 16)};
    }
    case kAsyncConfiguration:
      return {.result = async_config_};
    case kKeepAliveTimer:
      return {.result = kato_ms_};
    case kHostIdentifier: {
      if ((command.dword(11) & 1) == 0) return Outcome::failed(kInvalidField | kDnr);  // 64 bits are for PCIe
      Buffer id(host_id_.size());
      std::copy(host_id_.begin(), host_id_.end(), id.data.get());
      return Outcome::with(std::move(id));
    }
    default:
      return Outcome::failed(kInvalidField | kDnr);
  }
}

Outcome Controller::async_event_request(Command const& command) {
  if (async_requests_.size() >= kAsyncRequestsMax) return Outcome::failed(kAerLimit | kDnr);
  async_requests_.push_back(command.cid());
  send_event();
  return {.later = true};
}

void Controller::namespace_changed() {
  changed_ = true;
  if ((async_config_ & kNamespaceNotice) == 0) return;
  event_due_ = true;
  send_event();
}

void Controller::send_event() {
  auto const admin_queue = queues.find(0);
  if (!event_due_ || event_masked_ || async_requests_.empty() || admin_queue == queues.end()) return;
  std::uint16_t const command = async_requests_.front();
  async_requests_.pop_front();
  event_due_ = false;
  event_masked_ = true;  // until the host has read the page
  admin_queue->second->complete(command, {.result = kNamespaceChangedEvent});
}

}  // namespace rdssim::nvme_tcp
