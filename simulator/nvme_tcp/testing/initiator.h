// Initiator: the least an NVMe/TCP host must do, for tests: one Queue is one TCP connection, blocking, every
// byte in the test's hands. Waits are bounded by kPatience so that a hang is a failure with words.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "simulator/nvme_tcp/testing/host_pdus.h"

namespace rdssim::nvme_tcp::testing {

Bytes pattern(std::size_t size, unsigned seed);

struct Pdu {
  PduHeader header;
  Bytes bytes;  // the whole PDU, digests included
  Bytes data;   // of C2HData and C2HTermReq
};

struct Completion {
  std::uint16_t cid = 0, status = 0, sqhd = 0, sqid = 0;
  std::uint64_t result = 0;
  Bytes data = {};
};

class Queue {
 public:
  // Connects TCP only. Throws std::runtime_error when it cannot.
  Queue(std::uint16_t port, Host host = {});
  ~Queue();
  Queue(Queue&& other) noexcept;
  Queue& operator=(Queue&&) = delete;

  // --- bytes ---
  void send(std::span<std::byte const> bytes);
  std::optional<Pdu> receive();  // nothing: the target closed the connection
  bool closed();                 // it does now or within kPatience
  bool reset_seen() const { return reset_; }
  void close();
  void damage_next_data_digest() { damage_data_digest_ = true; }
  void damage_next_header_digest() { damage_header_digest_ = true; }

  // --- protocol ---
  void initialize();  // ICReq, ICResp; throws if anything else comes
  std::uint32_t max_h2c_data() const { return max_h2c_data_; }
  // The Connect command; `cntlid` 0xFFFF for an admin queue.
  Completion connect(std::string const& nqn, std::uint16_t qid = 0, std::uint16_t cntlid = 0xFFFF,
                     std::uint32_t kato_ms = 0);
  Completion property_set(std::uint32_t offset, std::uint32_t value);
  Completion property_get(std::uint32_t offset, bool wide);

  // A command with data for or from nobody; `edit` fills its dwords.
  using Sqe = testing::Sqe;
  Sqe sqe(std::uint8_t opcode, std::uint32_t nsid = 0) const;
  // Sends the command and everything it needs, and waits for its completion. `to_target` goes into the
  // capsule when `in_capsule`, else as H2CData after the target's R2T.
  Completion run(Sqe command, Bytes const& to_target = {}, std::size_t from_target = 0,
                 bool in_capsule = true);
  void send_command(Sqe command, Bytes const& in_capsule = {});
  void send_h2c_data(std::uint16_t cid, std::uint16_t tag, std::uint32_t offset,
                     std::span<std::byte const> data, bool last);
  Completion wait(std::uint16_t cid, Bytes const& to_target = {});

  Completion read(std::uint64_t lba, std::uint32_t blocks, std::uint32_t block_bytes = 512);
  Completion write(std::uint64_t lba, Bytes const& data, bool in_capsule = true,
                   std::uint32_t block_bytes = 512);
  Completion identify(std::uint8_t cns, std::uint32_t nsid = 0);
  Completion get_log(std::uint8_t page, std::size_t bytes, std::uint64_t offset = 0);

  // A PDU of the host with its digests, as the specification lays it out.
  Bytes pdu(PduType type, std::span<std::byte const> header_rest, std::span<std::byte const> data,
            std::uint8_t flags = 0);

  bool header_digest = false, data_digest = false;  // agreed on

 private:
  bool read_exactly(std::span<std::byte> into);
  int fd_ = -1;
  Host host_;
  bool reset_ = false;
  bool damage_data_digest_ = false, damage_header_digest_ = false;
  std::uint16_t next_cid_ = 1;
  std::uint32_t max_h2c_data_ = 0;
};

// An admin queue that is connected and enabled; throws with the status when refused.
struct AdminQueue {
  Queue admin;
  std::uint16_t cntlid;
};
AdminQueue associate(std::uint16_t port, std::string const& nqn, Host host = {}, std::uint32_t kato_ms = 0);
Queue io_queue(std::uint16_t port, std::string const& nqn, std::uint16_t cntlid, Host host = {},
               std::uint16_t qid = 1);

}  // namespace rdssim::nvme_tcp::testing
