// See connection.h: life, sending and readiness. Reading is in connection_read.cpp, commands in
// connection_commands.cpp.
#include "simulator/nvme_tcp/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "simulator/nvme_tcp/core.h"
#include "simulator/nvme_tcp/crc32c.h"

namespace rdssim::nvme_tcp {
namespace {

constexpr std::size_t kPiecesMax = 96;  // of one writev
constexpr std::size_t kBodyAt = kDataBytes;

std::array<std::byte, kDataBytes> c2h_data(std::uint16_t cid, std::size_t pdo, std::size_t bytes,
                                           std::uint8_t flags, std::size_t plen) {
  std::array<std::byte, kDataBytes> head{};
  put8(head, 0, static_cast<std::uint8_t>(PduType::c2h_data));
  put8(head, 1, flags);
  put8(head, 2, kDataBytes);
  put8(head, 3, static_cast<std::uint8_t>(pdo));
  put32(head, 4, static_cast<std::uint32_t>(plen));
  put16(head, 8, cid);
  put32(head, 16, static_cast<std::uint32_t>(bytes));
  return head;
}

}  // namespace

Connection::Connection(Core& core, std::uint64_t number, int fd, std::uint16_t port)
    : core_(core), number_(number), fd_(fd), port_(port) {
  int const yes = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  rules_.in_capsule_max = std::max<std::uint32_t>(8192, core_.options().in_capsule_bytes);
  rules_.h2c_data_max = core_.options().max_h2c_data;
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
  ipv6_ = address.ss_family == AF_INET6;
  events_ = EPOLLIN;
  core_.loop().watch(fd_, events_, [this](std::uint32_t events) { on_ready(events); });
  reconsider_stall();
}

Connection::~Connection() {
  core_.loop().cancel(end_);
  core_.loop().unwatch(fd_);
  if (reset_) {
    linger const at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  ::close(fd_);
}

std::string Connection::local_address() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "";
  std::array<char, INET6_ADDRSTRLEN> text{};
  void const* bytes = ipv6_ ? static_cast<void const*>(&reinterpret_cast<sockaddr_in6*>(&address)->sin6_addr)
                            : static_cast<void const*>(&reinterpret_cast<sockaddr_in*>(&address)->sin_addr);
  ::inet_ntop(address.ss_family, bytes, text.data(), text.size());
  return text.data();
}

void Connection::end_after(Duration time, std::string reason) {
  core_.loop().cancel(end_);
  end_ = core_.loop().after(time, [this, reason = std::move(reason)] {
    end_ = 0;
    core_.close(*this, reason);
  });
}

void Connection::become_queue(Controller* controller, std::uint16_t qid, std::uint16_t entries,
                              bool flow_control) {
  controller_ = controller;
  qid_ = qid;
  entries_ = entries;
  flow_control_ = flow_control;
  core_.loop().cancel(end_);
  rules_.in_capsule_max = qid == 0 ? 8192 : core_.options().in_capsule_bytes;
  reconsider_stall();
}

Victim Connection::victim() const {
  Victim victim;
  victim.port = port_;
  victim.qid = qid_;
  if (controller_ != nullptr) {
    victim.nqn = controller_->subsystem().what.nqn;
    victim.slot = controller_->subsystem().what.slot;
    victim.host_nqn = controller_->association()->host_nqn;
  }
  return victim;
}

void Connection::on_ready(std::uint32_t events) {
  if (stalled_) {
    // Nothing moves, but a host that is gone is gone.
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) core_.close(*this, "host closed the connection");
    return;
  }
  if ((events & EPOLLOUT) != 0) flush();
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_socket();
  update_events();
}

void Connection::reconsider_stall() {
  bool const stalled = core_.faults().stands_under(FaultKind::stall, victim());
  if (stalled == std::exchange(stalled_, stalled)) return;
  if (!stalled_) flush();
  update_events();
}

bool Connection::congested() const {
  return out_bytes_ > core_.options().connection_buffer_bytes;
}

void Connection::update_events() {
  std::uint32_t events = 0;
  if (!stalled_) {
    if (!congested()) events |= EPOLLIN;
    if (!out_.empty()) events |= EPOLLOUT;
  }
  if (events == std::exchange(events_, events)) return;
  core_.loop().change(fd_, events_);
}

void Connection::complete(std::uint16_t cid, Outcome outcome) {
  if (terminated_ || closing_) return;
  head_ = static_cast<std::uint16_t>((head_ + 1) % entries_);
  bool const answered_by_data = outcome.status == kOk && outcome.data.size > 0 && !flow_control_;
  if (outcome.status == kOk && outcome.data.size > 0)
    send_data(cid, std::move(outcome.data), answered_by_data);
  if (!answered_by_data) {
    std::array<std::byte, kCapsuleRespBytes> head{};
    put8(head, 0, static_cast<std::uint8_t>(PduType::capsule_resp));
    put8(head, 2, kCapsuleRespBytes);
    put32(head, 4, kCapsuleRespBytes);
    put64(head, 8, outcome.result);
    put16(head, 16, flow_control_ ? head_ : 0);
    put16(head, 18, qid_);
    put16(head, 20, cid);
    put16(head, 22, static_cast<std::uint16_t>(outcome.status << 1));
    send_head(head);
  }
  if (outcome.close) closing_ = true;
  flush();
}

// A PDU without data: its digest, where agreed, and the PLEN that counts it.
void Connection::send_head(std::span<std::byte const> head) {
  Outgoing out;
  std::copy(head.begin(), head.end(), out.head.begin());
  out.head_bytes = head.size();
  auto const type = static_cast<PduType>(get8(head, 0));
  bool const digest = rules_.header_digest && type != PduType::ic_resp && type != PduType::c2h_term_req;
  if (digest) {
    std::span<std::byte> const bytes(out.head);
    put8(bytes, 1, static_cast<std::uint8_t>(get8(bytes, 1) | kHeaderDigest));
    put32(bytes, 4, static_cast<std::uint32_t>(head.size() + kDigestBytes));
    put32(bytes, head.size(), crc32c(bytes.first(head.size())));
    out.head_bytes += kDigestBytes;
  }
  enqueue(std::move(out));
}

void Connection::send_data(std::uint16_t cid, Buffer data, bool success) {
  std::size_t const before = kBodyAt + (rules_.header_digest ? kDigestBytes : 0);
  std::size_t const pdo = (before + alignment_ - 1) / alignment_ * alignment_;
  std::size_t const bytes = data.size;
  std::size_t const plen = pdo + bytes + (rules_.data_digest ? kDigestBytes : 0);
  auto const flags =
      static_cast<std::uint8_t>((rules_.header_digest ? kHeaderDigest : 0) |
                                (rules_.data_digest ? kDataDigest : 0) | kLastPdu | (success ? kSuccess : 0));
  Outgoing out;
  auto const head = c2h_data(cid, pdo, bytes, flags, plen);
  std::copy(head.begin(), head.end(), out.head.begin());
  std::span<std::byte> const written(out.head);
  if (rules_.header_digest) put32(written, kDataBytes, crc32c(written.first(kDataBytes)));
  out.head_bytes = pdo;
  if (rules_.data_digest) {
    put32(out.digest, 0, crc32c(data.span()));
    out.digest_bytes = kDigestBytes;
  }
  out.body = std::move(data);
  out.body_bytes = bytes;
  enqueue(std::move(out));
}

void Connection::enqueue(Outgoing outgoing) {
  out_bytes_ += outgoing.size();
  out_.push_back(std::move(outgoing));
}

void Connection::flush() {
  while (!stalled_ && !out_.empty()) {
    std::array<iovec, kPiecesMax> pieces;
    std::size_t count = 0;
    for (auto at = out_.begin(); at != out_.end() && count + 3 <= pieces.size(); ++at) {
      std::size_t skip = at->sent;
      auto const add = [&](std::byte* bytes, std::size_t size) {
        std::size_t const skipped = std::min(skip, size);
        skip -= skipped;
        if (size > skipped) pieces[count++] = {bytes + skipped, size - skipped};
      };
      add(at->head.data(), at->head_bytes);
      add(at->body.data.get(), at->body_bytes);
      add(at->digest.data(), at->digest_bytes);
    }
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = count;
    ssize_t const sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) {
      if (errno != EAGAIN) core_.close(*this, std::string("write: ") + std::strerror(errno));
      break;
    }
    consume_sent(static_cast<std::size_t>(sent));
  }
  if (out_.empty() && closing_) core_.close(*this, "host disconnected the queue");
  update_events();
}

void Connection::consume_sent(std::size_t bytes) {
  out_bytes_ -= bytes;
  while (bytes > 0) {
    Outgoing& first = out_.front();
    std::size_t const part = std::min(bytes, first.size() - first.sent);
    first.sent += part;
    bytes -= part;
    if (first.sent == first.size()) out_.pop_front();
  }
}

}  // namespace rdssim::nvme_tcp
