// Command: one submission queue entry on its way through the target, and Outcome, what became of it. Passed
// between the connection (bytes), the controller (admin and Fabrics commands) and the I/O commands.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "simulator/nvme_tcp/wire.h"

namespace rdssim::nvme_tcp {

// Bytes nobody has initialised: a read of a mebibyte must not be written twice.
struct Buffer {
  Buffer() = default;
  explicit Buffer(std::size_t bytes)
      : data(std::make_unique_for_overwrite<std::byte[]>(bytes)), size(bytes) {}
  static Buffer zeros(std::size_t bytes) {
    Buffer buffer;
    buffer.data = std::make_unique<std::byte[]>(bytes);
    buffer.size = bytes;
    return buffer;
  }
  std::span<std::byte> span() { return {data.get(), size}; }
  std::span<std::byte const> span() const { return {data.get(), size}; }

  std::unique_ptr<std::byte[]> data;
  std::size_t size = 0;
};

struct Command {
  std::array<std::byte, kSqeBytes> sqe{};
  Buffer data;  // what the host sent with it

  std::uint8_t opcode() const { return get8(sqe, 0); }
  std::uint8_t flags() const { return get8(sqe, 1); }
  std::uint16_t cid() const { return get16(sqe, 2); }
  std::uint8_t fctype() const { return get8(sqe, 4); }
  std::uint32_t nsid() const { return get32(sqe, 4); }
  std::uint64_t sgl_address() const { return get64(sqe, 24); }
  std::uint32_t sgl_length() const { return get32(sqe, 32); }
  std::uint8_t sgl_type() const { return get8(sqe, 39); }
  std::uint32_t dword(int number) const { return get32(sqe, static_cast<std::size_t>(number) * 4); }
};

struct Outcome {
  Status16 status = kOk;
  std::uint64_t result = 0;  // dwords 0 and 1 of the completion
  Buffer data = {};          // for the host; sent only with status 0
  bool later = false;        // no completion now: an Asynchronous Event Request
  bool close = false;        // the queue ends once the completion is sent: Disconnect

  static Outcome failed(Status16 status, std::uint64_t result = 0) {
    return {status, result, {}, false, false};
  }
  static Outcome with(Buffer data) { return {kOk, 0, std::move(data), false, false}; }
};

// What the host must send with a command before it can run: a number of bytes, or why it cannot run at all.
struct Expected {
  Status16 status = kOk;
  std::size_t bytes = 0;
};

}  // namespace rdssim::nvme_tcp
