// See initiator.h.
#include "simulator/nvme_tcp/testing/initiator.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "simulator/nvme_tcp/crc32c.h"

namespace rdssim::nvme_tcp::testing {
namespace {

constexpr timeval kPatience{20, 0};

[[noreturn]] void give_up(std::string const& what) {
  throw std::runtime_error(what);
}

Completion completion_of(Pdu const& pdu) {
  std::span<std::byte const> const bytes(pdu.bytes);
  Completion completion;
  completion.result = get64(bytes, 8);
  completion.sqhd = get16(bytes, 16);
  completion.sqid = get16(bytes, 18);
  completion.cid = get16(bytes, 20);
  completion.status = static_cast<std::uint16_t>(get16(bytes, 22) >> 1);
  return completion;
}

}  // namespace

Bytes pattern(std::size_t size, unsigned seed) {
  Bytes bytes(size);
  std::uint32_t state = seed * 2654435761U + 1;
  for (std::byte& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::byte>(state >> 24);
  }
  return bytes;
}

Queue::Queue(std::uint16_t port, Host host) : host_(std::move(host)) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int const yes = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    int const why = errno;
    ::close(std::exchange(fd_, -1));
    give_up(std::string("connect: ") + std::strerror(why));
  }
}

Queue::Queue(Queue&& other) noexcept
    : header_digest(other.header_digest),
      data_digest(other.data_digest),
      fd_(std::exchange(other.fd_, -1)),
      host_(std::move(other.host_)),
      next_cid_(other.next_cid_),
      max_h2c_data_(other.max_h2c_data_) {}

Queue::~Queue() {
  close();
}

void Queue::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Queue::send(std::span<std::byte const> bytes) {
  while (!bytes.empty()) {
    ssize_t const sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the target is gone; receive() shows it
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
}

bool Queue::read_exactly(std::span<std::byte> into) {
  while (!into.empty()) {
    ssize_t const got = ::recv(fd_, into.data(), into.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) give_up("the target says nothing for 20 s");
    if (got < 0) reset_ = errno == ECONNRESET;
    if (got <= 0) return false;
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

std::optional<Pdu> Queue::receive() {
  Pdu pdu;
  pdu.bytes.resize(kCommonHeaderBytes);
  if (!read_exactly(pdu.bytes)) return std::nullopt;
  pdu.header = read_common_header(pdu.bytes);
  if (pdu.header.plen < kCommonHeaderBytes || pdu.header.plen > (8U << 20))
    give_up("a PDU of " + std::to_string(pdu.header.plen) + " bytes");
  pdu.bytes.resize(pdu.header.plen);
  if (!read_exactly(std::span(pdu.bytes).subspan(kCommonHeaderBytes))) return std::nullopt;
  std::span<std::byte const> const bytes(pdu.bytes);
  if ((pdu.header.flags & kHeaderDigest) != 0 &&
      get32(bytes, pdu.header.hlen) != crc32c(bytes.first(pdu.header.hlen)))
    give_up("header digest of type " + std::to_string(pdu.header.type) + " does not fit");
  auto const type = static_cast<PduType>(pdu.header.type);
  if (type == PduType::c2h_term_req) pdu.data.assign(pdu.bytes.begin() + kTermBytes, pdu.bytes.end());
  if (type == PduType::c2h_data) {
    bool const digest = (pdu.header.flags & kDataDigest) != 0;
    auto const data = bytes.subspan(pdu.header.pdo, pdu.header.plen - pdu.header.pdo - (digest ? 4U : 0U));
    if (digest && get32(bytes, pdu.header.plen - 4) != crc32c(data)) give_up("data digest does not fit");
    pdu.data.assign(data.begin(), data.end());
  }
  return pdu;
}

bool Queue::closed() {
  try {
    while (receive()) {
    }
    return true;
  } catch (std::runtime_error const&) {
    return false;
  }
}

Bytes Queue::pdu(PduType type, std::span<std::byte const> header_rest, std::span<std::byte const> data,
                 std::uint8_t flags) {
  Bytes bytes = host_pdu(type, header_rest, data, header_digest, data_digest, flags);
  std::uint8_t const digests = get8(bytes, 1);
  if ((digests & kHeaderDigest) != 0 && std::exchange(damage_header_digest_, false))
    bytes[get8(bytes, 2)] ^= std::byte{1};
  if ((digests & kDataDigest) != 0 && std::exchange(damage_data_digest_, false))
    bytes[bytes.size() - kDigestBytes] ^= std::byte{1};
  return bytes;
}

void Queue::initialize() {
  send(ic_req(host_));
  auto const answer = receive();
  if (!answer || static_cast<PduType>(answer->header.type) != PduType::ic_resp) give_up("no ICResp");
  std::uint8_t const agreed = get8(answer->bytes, 11);
  header_digest = (agreed & 1) != 0;
  data_digest = (agreed & 2) != 0;
  max_h2c_data_ = get32(answer->bytes, 12);
}

Queue::Sqe Queue::sqe(std::uint8_t opcode, std::uint32_t nsid) const {
  return host_command(opcode, nsid);
}

void Queue::send_command(Sqe command, Bytes const& in_capsule) {
  send(pdu(PduType::capsule_cmd, command, in_capsule));
}

void Queue::send_h2c_data(std::uint16_t cid, std::uint16_t tag, std::uint32_t offset,
                          std::span<std::byte const> data, bool last) {
  std::array<std::byte, kDataBytes - kCommonHeaderBytes> rest{};
  put16(rest, 0, cid);
  put16(rest, 2, tag);
  put32(rest, 4, offset);
  put32(rest, 8, static_cast<std::uint32_t>(data.size()));
  send(pdu(PduType::h2c_data, rest, data, last ? kLastPdu : 0));
}

Completion Queue::wait(std::uint16_t cid, Bytes const& to_target) {
  Bytes data;
  for (;;) {
    auto const pdu = receive();
    if (!pdu) give_up("the target closed the connection");
    std::span<std::byte const> const bytes(pdu->bytes);
    switch (static_cast<PduType>(pdu->header.type)) {
      case PduType::r2t: {
        std::uint32_t const offset = get32(bytes, 12), length = get32(bytes, 16);
        if (offset + length > to_target.size()) give_up("an R2T for more than there is");
        for (std::uint32_t sent = 0; sent < length;) {
          std::uint32_t const part = std::min(length - sent, max_h2c_data_);
          send_h2c_data(get16(bytes, 8), get16(bytes, 10), offset + sent,
                        std::span(to_target).subspan(offset + sent, part), sent + part == length);
          sent += part;
        }
        break;
      }
      case PduType::c2h_data:
        data.insert(data.end(), pdu->data.begin(), pdu->data.end());
        if ((pdu->header.flags & kSuccess) != 0) return {.cid = get16(bytes, 8), .data = std::move(data)};
        break;
      case PduType::capsule_resp: {
        Completion completion = completion_of(*pdu);
        if (completion.cid != cid) give_up("a completion of command " + std::to_string(completion.cid));
        completion.data = std::move(data);
        return completion;
      }
      default:
        give_up("a PDU of type " + std::to_string(pdu->header.type));
    }
  }
}

Completion Queue::run(Sqe command, Bytes const& to_target, std::size_t from_target, bool in_capsule) {
  std::uint16_t const cid = next_cid_++;
  put16(command, 2, cid);
  bool const inside = in_capsule && !to_target.empty();
  if (inside) put8(command, 39, kSglInCapsule);
  put32(command, 32, static_cast<std::uint32_t>(to_target.empty() ? from_target : to_target.size()));
  send_command(command, inside ? to_target : Bytes{});
  return wait(cid, to_target);
}

Completion Queue::connect(std::string const& nqn, std::uint16_t qid, std::uint16_t cntlid,
                          std::uint32_t kato_ms) {
  return run(connect_command(host_, qid, kato_ms), connect_data(host_, nqn, cntlid));
}

Completion Queue::property_set(std::uint32_t offset, std::uint32_t value) {
  return run(property_set_command(offset, value));
}

Completion Queue::property_get(std::uint32_t offset, bool wide) {
  Sqe command = sqe(kFabrics);
  put8(command, 4, kPropertyGet);
  put8(command, 40, wide ? 1 : 0);
  put32(command, 44, offset);
  return run(command);
}

Completion Queue::read(std::uint64_t lba, std::uint32_t blocks, std::uint32_t block_bytes) {
  Sqe command = sqe(kRead, 1);
  put64(command, 40, lba);
  put16(command, 48, static_cast<std::uint16_t>(blocks - 1));
  return run(command, {}, std::size_t{blocks} * block_bytes);
}

Completion Queue::write(std::uint64_t lba, Bytes const& data, bool in_capsule, std::uint32_t block_bytes) {
  Sqe command = sqe(kWrite, 1);
  put64(command, 40, lba);
  put16(command, 48, static_cast<std::uint16_t>(data.size() / block_bytes - 1));
  return run(command, data, 0, in_capsule);
}

Completion Queue::identify(std::uint8_t cns, std::uint32_t nsid) {
  Sqe command = sqe(kIdentify, nsid);
  put8(command, 40, cns);
  return run(command, {}, kPageBytes);
}

Completion Queue::get_log(std::uint8_t page, std::size_t bytes, std::uint64_t offset) {
  Sqe command = sqe(kGetLogPage, 0xFFFFFFFF);
  std::uint32_t const dwords = static_cast<std::uint32_t>(bytes / 4 - 1);
  put32(command, 40, page | (dwords << 16));
  put32(command, 44, dwords >> 16);
  put64(command, 48, offset);
  return run(command, {}, bytes);
}

AdminQueue associate(std::uint16_t port, std::string const& nqn, Host host, std::uint32_t kato_ms) {
  Queue admin(port, std::move(host));
  admin.initialize();
  Completion const connected = admin.connect(nqn, 0, 0xFFFF, kato_ms);
  if (connected.status != kOk) give_up("connect: status " + std::to_string(connected.status));
  Completion const enabled = admin.property_set(kCc, kEnable);
  if (enabled.status != kOk) give_up("enable: status " + std::to_string(enabled.status));
  return {std::move(admin), static_cast<std::uint16_t>(connected.result)};
}

Queue io_queue(std::uint16_t port, std::string const& nqn, std::uint16_t cntlid, Host host,
               std::uint16_t qid) {
  Queue queue(port, std::move(host));
  queue.initialize();
  Completion const connected = queue.connect(nqn, qid, cntlid);
  if (connected.status != kOk) give_up("I/O connect: status " + std::to_string(connected.status));
  return queue;
}

}  // namespace rdssim::nvme_tcp::testing
