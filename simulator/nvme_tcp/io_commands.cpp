// See io_commands.h.
#include "simulator/nvme_tcp/io_commands.h"

#include <algorithm>

namespace rdssim::nvme_tcp {
namespace {

constexpr std::size_t kRangeBytes = 16;

// NVMe's word for what became of a read or write of the image; image.h lists the errors.
Status16 status_of(absl::Status const& status, Status16 otherwise) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kOk;
    case absl::StatusCode::kOutOfRange:
      return kLbaOutOfRange | kDnr;
    case absl::StatusCode::kResourceExhausted:
      return kCapacityExceeded | kDnr;
    case absl::StatusCode::kNotFound:
      return kNotReady;
    case absl::StatusCode::kDataLoss:
      return kUnrecoveredRead | kDnr;
    default:
      return otherwise | kDnr;
  }
}

struct Bytes {
  std::int64_t offset = 0, length = 0;
};
Bytes bytes_of(BlockRange const& range, Subsystem const& subsystem) {
  std::uint64_t const size = subsystem.what.block_bytes;
  return {static_cast<std::int64_t>(range.first * size), static_cast<std::int64_t>(range.blocks * size)};
}

bool within(BlockRange const& range, Subsystem const& subsystem) {
  return range.blocks <= subsystem.blocks && range.first <= subsystem.blocks - range.blocks;
}

bool moves_blocks(std::uint8_t opcode) {
  return opcode == kRead || opcode == kWrite || opcode == kCompare || opcode == kWriteZeroes;
}

Outcome read(Command const& command, Subsystem const& subsystem) {
  Bytes const bytes = bytes_of(*blocks_of(command), subsystem);
  Buffer data(static_cast<std::size_t>(bytes.length));
  Status16 const status = status_of(subsystem.what.image->read(bytes.offset, data.span()), kUnrecoveredRead);
  return status == kOk ? Outcome::with(std::move(data)) : Outcome::failed(status);
}

Outcome write(Command const& command, Subsystem const& subsystem, Wrote const& wrote) {
  BlockRange const range = *blocks_of(command);
  Status16 const status = status_of(
      subsystem.what.image->write(bytes_of(range, subsystem).offset, command.data.span()), kWriteFault);
  // A write that failed half-way has changed something, too: it counts for who wrote.
  wrote(WriteKind::write, range.first, static_cast<std::uint32_t>(range.blocks));
  return {.status = status};
}

Outcome compare(Command const& command, Subsystem const& subsystem) {
  Outcome const there = read(command, subsystem);
  if (there.status != kOk) return Outcome::failed(there.status);
  bool const equal = std::equal(there.data.span().begin(), there.data.span().end(),
                                command.data.span().begin(), command.data.span().end());
  return {.status = equal ? kOk : static_cast<Status16>(kCompareFailure | kDnr)};
}

Outcome write_zeroes(Command const& command, Subsystem const& subsystem, Wrote const& wrote) {
  BlockRange const range = *blocks_of(command);
  Bytes const bytes = bytes_of(range, subsystem);
  Status16 const status = status_of(subsystem.what.image->zero(bytes.offset, bytes.length), kWriteFault);
  wrote(WriteKind::write_zeroes, range.first, static_cast<std::uint32_t>(range.blocks));
  return {.status = status};
}

// EVIDENCE(documented): Deallocate frees the blocks; other hints change nothing. [spec NVM Command Set 1.0,
// Dataset Management]
Outcome dataset_management(Command const& command, Subsystem const& subsystem, Wrote const& wrote) {
  bool const deallocate = (command.dword(11) & 4) != 0;
  if (!deallocate) return {};  // hints only
  std::size_t const ranges = (command.dword(10) & 0xFF) + 1;
  for (std::size_t i = 0; i < ranges; ++i) {
    std::size_t const at = i * kRangeBytes;
    BlockRange const range{get64(command.data.span(), at + 8), get32(command.data.span(), at + 4)};
    if (!within(range, subsystem)) return Outcome::failed(kLbaOutOfRange | kDnr);
    if (range.blocks == 0) continue;
    Bytes const bytes = bytes_of(range, subsystem);
    Status16 const status = status_of(subsystem.what.image->zero(bytes.offset, bytes.length), kWriteFault);
    wrote(WriteKind::deallocate, range.first, static_cast<std::uint32_t>(range.blocks));
    if (status != kOk) return Outcome::failed(status);
  }
  return {};
}

}  // namespace

std::optional<BlockRange> blocks_of(Command const& command) {
  if (!moves_blocks(command.opcode())) return std::nullopt;
  return BlockRange{get64(command.sqe, 40), std::uint64_t{command.dword(12) & 0xFFFF} + 1};
}

Expected expected_io_data(Command const& command, Subsystem const& subsystem) {
  std::uint8_t const opcode = command.opcode();
  if (opcode == kFlush) return {};
  if (command.nsid() != 1) return {static_cast<Status16>(kInvalidNamespace | kDnr), 0};
  if (opcode == kDatasetManagement) {
    std::size_t const needed = ((command.dword(10) & 0xFF) + 1) * kRangeBytes;
    bool const fits = command.sgl_length() >= needed && command.sgl_length() <= kPageBytes;
    return fits ? Expected{kOk, command.sgl_length()} : Expected{kSglLengthInvalid | kDnr, 0};
  }
  if (!moves_blocks(opcode)) return {static_cast<Status16>(kInvalidOpcode | kDnr), 0};
  BlockRange const range = *blocks_of(command);
  if (!within(range, subsystem)) return {static_cast<Status16>(kLbaOutOfRange | kDnr), 0};
  if (opcode == kWriteZeroes) return {};
  std::uint64_t const bytes = range.blocks * subsystem.what.block_bytes;
  if (bytes > kTransferBytesMax) return {static_cast<Status16>(kInvalidField | kDnr), 0};
  if (command.sgl_length() != bytes) return {static_cast<Status16>(kSglLengthInvalid | kDnr), 0};
  return {kOk, opcode == kRead ? 0 : static_cast<std::size_t>(bytes)};
}

Outcome run_io(Command const& command, Subsystem const& subsystem, Wrote const& wrote) {
  switch (command.opcode()) {
    case kFlush:
      if (command.nsid() != 1 && command.nsid() != 0xFFFFFFFF)
        return Outcome::failed(kInvalidNamespace | kDnr);
      return {.status = status_of(subsystem.what.image->flush(), kWriteFault)};
    case kRead:
      return read(command, subsystem);
    case kWrite:
      return write(command, subsystem, wrote);
    case kCompare:
      return compare(command, subsystem);
    case kWriteZeroes:
      return write_zeroes(command, subsystem, wrote);
    case kDatasetManagement:
      return dataset_management(command, subsystem, wrote);
    default:
      return Outcome::failed(kInvalidOpcode | kDnr);
  }
}

}  // namespace rdssim::nvme_tcp
