// See connection.h: what becomes of a command: data it needs, faults that strike it, its outcome.
#include <algorithm>
#include <utility>

#include "simulator/nvme_tcp/connection.h"
#include "simulator/nvme_tcp/core.h"
#include "simulator/nvme_tcp/io_commands.h"

namespace rdssim::nvme_tcp {
namespace {

constexpr std::size_t kConnectBytes = 1024;
constexpr std::uint8_t kSglForMetadata = 0x40, kPointerBits = 0xC0;  // PSDT, byte 1

bool from_host(Command const& command) {
  std::uint8_t const code = command.opcode() == kFabrics ? command.fctype() : command.opcode();
  return (code & 3) == 1;
}

// How the host describes its data must fit what came with the capsule.
Status16 check_descriptor(Command const& command, std::size_t in_capsule_bytes) {
  if ((command.flags() & kPointerBits) != kSglForMetadata) return kInvalidField | kDnr;
  if (command.sgl_type() == kSglInCapsule) {
    if (command.sgl_address() != 0) return kInvalidField | kDnr;  // ICDOFF is 0
    return command.sgl_length() == in_capsule_bytes ? kOk : static_cast<Status16>(kSglLengthInvalid | kDnr);
  }
  if (in_capsule_bytes > 0) return kInvalidField | kDnr;
  bool const nothing = command.sgl_length() == 0;
  return nothing || command.sgl_type() == kSglTransport ? kOk : static_cast<Status16>(kSglTypeInvalid | kDnr);
}

}  // namespace

Expected Connection::expected_data(Command const& command) const {
  if (command.opcode() == kFabrics) return {kOk, command.fctype() == kConnect ? kConnectBytes : 0};
  if (controller_ == nullptr) return {static_cast<Status16>(kSequenceError | kDnr), 0};
  if (qid_ > 0) return expected_io_data(command, controller_->subsystem());
  // No admin command we have takes data from the host; those that would are unknown or refused unread.
  return {kOk, 0};
}

void Connection::start_command(Command command, std::size_t in_capsule_bytes) {
  std::uint16_t const cid = command.cid();
  Status16 const described = check_descriptor(command, in_capsule_bytes);
  if (described != kOk) return complete(cid, Outcome::failed(described));
  if (transfers_.size() >= entries_ || transfers_.contains(cid)) {
    return complete(cid, Outcome::failed(kInvalidField | kDnr));  // more commands than the queue has entries
  }
  Expected const expected = expected_data(command);
  if (expected.status != kOk) return complete(cid, Outcome::failed(expected.status));
  if (in_capsule_bytes > 0 || expected.bytes == 0) {
    bool const fits = in_capsule_bytes == expected.bytes;
    if (!fits) return complete(cid, Outcome::failed(kSglLengthInvalid | kDnr));
    return strike_or_execute(std::move(command));
  }
  if (!from_host(command) || command.sgl_length() != expected.bytes)
    return complete(cid, Outcome::failed(kSglLengthInvalid | kDnr));
  transfers_.emplace(cid, Transfer{std::move(command), 0, false, false});
  waiting_for_room_.push_back(cid);
  ask_for_data();
}

// R2Ts in the order of the commands, as long as there is room for what they bring.
void Connection::ask_for_data() {
  while (!waiting_for_room_.empty()) {
    std::uint16_t const cid = waiting_for_room_.front();
    Transfer& transfer = transfers_.at(cid);
    std::size_t const bytes = transfer.command.sgl_length();
    if (buffered_ > 0 && buffered_ + bytes > core_.options().connection_buffer_bytes) return;
    waiting_for_room_.pop_front();
    buffered_ += bytes;
    transfer.command.data = Buffer(bytes);
    transfer.asked = true;
    send_head(r2t(cid, cid, 0, static_cast<std::uint32_t>(bytes)));
  }
  flush();
}

void Connection::transfer_complete(std::uint16_t cid) {
  auto const at = transfers_.find(cid);
  Transfer transfer = std::move(at->second);
  transfers_.erase(at);
  buffered_ -= transfer.command.data.size;
  if (transfer.broken) {
    complete(cid, Outcome::failed(kTransientTransportError));
  } else {
    strike_or_execute(std::move(transfer.command));
  }
  if (!core_.is_gone(*this)) ask_for_data();
}

void Connection::strike_or_execute(Command command) {
  FaultBook& faults = core_.faults();
  if (faults.empty() || controller_ == nullptr) return execute(std::move(command), std::nullopt);
  Victim victim = this->victim();
  victim.opcode = command.opcode();
  if (qid_ > 0) victim.range = blocks_of(command);
  if (faults.strike(FaultKind::drop_queue, victim)) {
    reset_on_close();
    return core_.close(*this, "fault drop_queue");
  }
  if (auto const error = faults.strike(FaultKind::error, victim))
    return complete(command.cid(), Outcome::failed(error->status));
  bool const write = qid_ > 0 && (command.opcode() == kWrite || command.opcode() == kWriteZeroes);
  if (write && faults.strike(FaultKind::lose_write, victim)) return complete(command.cid(), {});
  std::optional<Fault> short_data;
  if (qid_ > 0 && command.opcode() == kRead) short_data = faults.strike(FaultKind::short_data, victim);
  auto const slow = faults.strike(FaultKind::slow, victim);
  if (!slow) return execute(std::move(command), short_data);
  auto const kept = std::make_shared<Command>(std::move(command));
  core_.loop().after(slow->delay, [&core = core_, number = number_, kept, short_data] {
    if (Connection* self = core.find(number)) self->execute(std::move(*kept), short_data);
  });
}

void Connection::execute(Command command, std::optional<Fault> const& short_data) {
  std::uint16_t const cid = command.cid();
  Outcome outcome = run(command);
  if (core_.is_gone(*this) || outcome.later) return;
  if (short_data && outcome.data.size > short_data->bytes) outcome.data.size = short_data->bytes;
  complete(cid, std::move(outcome));
}

Outcome Connection::run(Command const& command) {
  if (command.opcode() == kFabrics) {
    if (command.fctype() == kConnect) return core_.connect(*this, command);
    if (controller_ == nullptr) return Outcome::failed(kSequenceError | kDnr);
    switch (command.fctype()) {
      case kPropertyGet:
        return qid_ == 0 ? controller_->property_get(command) : Outcome::failed(kInvalidOpcode | kDnr);
      case kPropertySet:
        return qid_ == 0 ? controller_->property_set(command) : Outcome::failed(kInvalidOpcode | kDnr);
      case kDisconnect:
        return qid_ == 0 ? Outcome::failed(kInvalidQueue | kDnr) : Outcome{.close = true};
      default:  // authentication is not offered (AUTHREQ stays 0)
        return Outcome::failed(kInvalidOpcode | kDnr);
    }
  }
  if (controller_ == nullptr) return Outcome::failed(kSequenceError | kDnr);
  if (qid_ == 0) return controller_->admin(command);
  if (!controller_->enabled()) return Outcome::failed(kSequenceError | kDnr);
  return run_io(
      command, controller_->subsystem(),
      [this](WriteKind kind, std::uint64_t lba, std::uint32_t blocks) { wrote(kind, lba, blocks); });
}

void Connection::wrote(WriteKind kind, std::uint64_t lba, std::uint32_t blocks) {
  WriteRecord record;
  record.by = controller_->association();
  record.export_generation = controller_->subsystem().generation;
  record.kind = kind;
  record.lba = lba;
  record.blocks = blocks;
  core_.recorder().add(std::move(record));
}

}  // namespace rdssim::nvme_tcp
