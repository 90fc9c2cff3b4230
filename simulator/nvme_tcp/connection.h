// Connection: one TCP connection of a host, which is one queue of one controller: PDUs in, PDUs out, the
// commands that wait for data. Owned by the Core; lives on the loop's thread. Source: NVMe TCP Transport
// Specification 1.0c.
//
// Memory: commands that wait for the host's data hold buffers up to Options::connection_buffer_bytes together
// (R2Ts wait beyond it), and no more is read while so much waits to be sent.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "simulator/nvme_tcp/command.h"
#include "simulator/nvme_tcp/controller.h"
#include "simulator/nvme_tcp/fault_book.h"
#include "simulator/nvme_tcp/pdu.h"

namespace rdssim::nvme_tcp {

class Core;

class Connection {
 public:
  // Takes the descriptor, which must be non-blocking.
  Connection(Core& core, std::uint64_t number, int fd, std::uint16_t port);
  ~Connection();  // closes the socket; the Core has recorded why before
  Connection(Connection const&) = delete;
  Connection& operator=(Connection const&) = delete;

  std::uint64_t number() const { return number_; }
  std::uint16_t port() const { return port_; }
  int descriptor() const { return fd_; }
  Controller* controller() const { return controller_; }
  std::uint16_t qid() const { return qid_; }
  // The address the host connected to, as the discovery log gives it.
  std::string local_address() const;
  bool ipv6() const { return ipv6_; }

  void on_ready(std::uint32_t events);
  // Sends a completion (and data before it). Also for events of the controller.
  void complete(std::uint16_t cid, Outcome outcome);
  // A stall begins or ends: the core asks the fault book again.
  void reconsider_stall();
  void reset_on_close() { reset_ = true; }
  // Closes it so long from now, unless it becomes a queue or ends before. The last call counts.
  void end_after(Duration time, std::string reason);
  Victim victim() const;

  // What Connect has made of this connection (core.cpp).
  void become_queue(Controller* controller, std::uint16_t qid, std::uint16_t entries, bool flow_control);
  void forget_controller() { controller_ = nullptr; }

 private:
  friend class Core;

  // A command that waits for H2CData. One R2T asks for all of it.
  struct Transfer {
    Command command;
    std::size_t received = 0;
    bool asked = false;   // the R2T is out
    bool broken = false;  // a data digest did not fit
  };
  struct Outgoing {
    std::array<std::byte, kIcBytes + kTermDataMax> head{};
    std::size_t head_bytes = 0;
    Buffer body;
    std::size_t body_bytes = 0;
    std::array<std::byte, kDigestBytes> digest{};
    std::size_t digest_bytes = 0;
    std::size_t sent = 0;
    std::size_t size() const { return head_bytes + body_bytes + digest_bytes; }
  };
  enum class Reading { common_header, header, data, digest, nothing };

  // --- reading (connection_read.cpp) ---
  void read_socket();
  std::size_t take(std::span<std::byte const> bytes);  // how many were used
  std::span<std::byte> direct_target();                // where data may be read to without a copy
  void took_direct(std::size_t bytes);
  void header_begun();
  void header_complete();
  void data_complete();
  void digest_complete();
  void pdu_complete();
  void next_pdu();
  void begin_connection();
  void begin_capsule();
  void begin_h2c_data();
  void terminate(PduError const& error);

  // --- commands (connection_commands.cpp) ---
  void start_command(Command command, std::size_t in_capsule_bytes);
  Expected expected_data(Command const& command) const;
  void ask_for_data();
  void transfer_complete(std::uint16_t cid);
  void strike_or_execute(Command command);
  void execute(Command command, std::optional<Fault> const& short_data);
  Outcome run(Command const& command);
  void wrote(WriteKind kind, std::uint64_t lba, std::uint32_t blocks);

  // --- writing (connection.cpp) ---
  void send_head(std::span<std::byte const> head);
  void send_data(std::uint16_t cid, Buffer data, bool success);
  void enqueue(Outgoing outgoing);
  void flush();
  void consume_sent(std::size_t bytes);
  void update_events();
  bool congested() const;

  Core& core_;
  std::uint64_t const number_;
  int const fd_;
  std::uint16_t const port_;
  bool ipv6_ = false;
  Controller* controller_ = nullptr;
  std::uint16_t qid_ = 0;
  std::uint16_t entries_ = 1, head_ = 0;  // of the submission queue
  bool flow_control_ = true;
  std::uint8_t alignment_ = 4;  // of data for the host (HPDA)

  PduRules rules_;
  Reading reading_ = Reading::common_header;
  std::array<std::byte, 256> header_{};  // common header, the rest, digest and padding
  std::size_t have_ = 0, need_ = kCommonHeaderBytes;
  PduHeader pdu_;
  std::span<std::byte> data_;  // where the PDU's data goes
  std::size_t data_have_ = 0;
  std::optional<Command> capsule_;
  std::uint16_t h2c_command_ = 0;

  std::map<std::uint16_t, Transfer> transfers_;  // by command id
  std::deque<std::uint16_t> waiting_for_room_;
  std::size_t buffered_ = 0;

  std::deque<Outgoing> out_;
  std::size_t out_bytes_ = 0;
  std::uint32_t events_ = 0;
  Loop::Timer end_ = 0;
  bool stalled_ = false, reset_ = false, closing_ = false, terminated_ = false;
};

}  // namespace rdssim::nvme_tcp
