// See connection.h: from bytes to PDUs. Whatever the specification calls a fatal error ends in terminate().
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "simulator/nvme_tcp/connection.h"
#include "simulator/nvme_tcp/core.h"
#include "simulator/nvme_tcp/crc32c.h"

namespace rdssim::nvme_tcp {
namespace {

constexpr std::size_t kBytesPerTurn = std::size_t{1} << 20;  // then the others have their turn
// FEI: byte offsets of the fields of H2CData and ICReq.
constexpr std::uint32_t kFlagsAt = 1, kCommandAt = 8, kTagAt = 10, kOffsetAt = 12, kLengthAt = 16;
constexpr std::uint32_t kVersionAt = 8, kAlignmentAt = 10;
constexpr std::uint8_t kAlignmentMax = 31;

}  // namespace

void Connection::read_socket() {
  std::size_t budget = kBytesPerTurn;
  while (budget > 0 && !closing_ && !stalled_ && !congested()) {
    std::span<std::byte> const direct = direct_target();
    std::span<std::byte> const into = direct.empty() ? core_.scratch() : direct;
    ssize_t const got = ::recv(fd_, into.data(), std::min(into.size(), budget), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      core_.close(*this,
                  got == 0 ? "host closed the connection" : std::string("read: ") + std::strerror(errno));
      return;
    }
    budget -= static_cast<std::size_t>(got);
    if (direct.empty()) {
      std::span<std::byte const> bytes = into.first(static_cast<std::size_t>(got));
      while (!bytes.empty() && !core_.is_gone(*this)) bytes = bytes.subspan(take(bytes));
    } else {
      took_direct(static_cast<std::size_t>(got));
    }
    if (core_.is_gone(*this)) return;
  }
}

// Large data goes straight to where it belongs; small PDUs are read many at a time.
std::span<std::byte> Connection::direct_target() {
  constexpr std::size_t kWorthIt = 16384;
  if (reading_ != Reading::data || data_.size() - data_have_ < kWorthIt) return {};
  return data_.subspan(data_have_);
}

void Connection::took_direct(std::size_t bytes) {
  data_have_ += bytes;
  if (data_have_ == data_.size()) data_complete();
}

std::size_t Connection::take(std::span<std::byte const> bytes) {
  if (reading_ == Reading::nothing) return bytes.size();  // after a fatal error: read and forget
  if (reading_ == Reading::data) {
    std::size_t const part = std::min(bytes.size(), data_.size() - data_have_);
    std::copy_n(bytes.begin(), part, data_.begin() + static_cast<std::ptrdiff_t>(data_have_));
    took_direct(part);
    return part;
  }
  std::size_t const part = std::min(bytes.size(), need_ - have_);
  std::copy_n(bytes.begin(), part, header_.begin() + static_cast<std::ptrdiff_t>(have_));
  have_ += part;
  if (have_ < need_) return part;
  if (reading_ == Reading::common_header) {
    header_begun();
  } else if (reading_ == Reading::header) {
    header_complete();
  } else {
    digest_complete();
  }
  return part;
}

void Connection::header_begun() {
  pdu_ = read_common_header(header_);
  if (auto const error = check_common_header(pdu_, rules_)) return terminate(*error);
  reading_ = Reading::header;
  need_ = bytes_before_data(pdu_, rules_);
  if (need_ > header_.size()) return terminate({Fatal::invalid_header_field, 3});
}

void Connection::header_complete() {
  auto const type = static_cast<PduType>(pdu_.type);
  bool const digest = rules_.header_digest && (type == PduType::capsule_cmd || type == PduType::h2c_data);
  std::span<std::byte const> const header(header_);
  if (digest) {
    std::uint32_t const received = get32(header, pdu_.hlen);
    if (received != crc32c(header.first(pdu_.hlen))) return terminate({Fatal::header_digest_error, received});
  }
  switch (type) {
    case PduType::ic_req:
      return begin_connection();
    case PduType::h2c_term_req:
      return core_.close(*this, "host sent H2CTermReq, status " + std::to_string(get16(header, 8)));
    case PduType::capsule_cmd:
      return begin_capsule();
    default:
      return begin_h2c_data();
  }
}

void Connection::begin_connection() {
  std::span<std::byte const> const header(header_);
  if (get16(header, kVersionAt) != 0) return terminate({Fatal::unsupported_parameter, kVersionAt});
  std::uint8_t const alignment = get8(header, kAlignmentAt);
  if (alignment > kAlignmentMax) return terminate({Fatal::invalid_header_field, kAlignmentAt});
  alignment_ = static_cast<std::uint8_t>((alignment + 1) * 4);
  std::uint8_t const digests = get8(header, 11);
  rules_.established = true;
  rules_.header_digest = (digests & 1) != 0;
  rules_.data_digest = (digests & 2) != 0;
  send_head(ic_resp(rules_.header_digest, rules_.data_digest, rules_.h2c_data_max));
  next_pdu();
  flush();
}

void Connection::begin_capsule() {
  capsule_.emplace();
  std::copy_n(header_.begin() + kCommonHeaderBytes, kSqeBytes, capsule_->sqe.begin());
  std::size_t const bytes = data_bytes(pdu_, rules_);
  if (bytes == 0) return pdu_complete();
  capsule_->data = Buffer(bytes);
  data_ = capsule_->data.span();
  data_have_ = 0;
  reading_ = Reading::data;
}

void Connection::begin_h2c_data() {
  std::span<std::byte const> const header(header_);
  h2c_command_ = get16(header, kCommandAt);
  auto const at = transfers_.find(h2c_command_);
  if (at == transfers_.end() || !at->second.asked)
    return terminate({Fatal::invalid_header_field, kCommandAt});
  if (get16(header, kTagAt) != h2c_command_) return terminate({Fatal::invalid_header_field, kTagAt});
  Transfer& transfer = at->second;
  std::size_t const offset = get32(header, kOffsetAt), length = get32(header, kLengthAt);
  std::size_t const left = transfer.command.data.size - transfer.received;
  if (offset != transfer.received) return terminate({Fatal::data_out_of_range, kOffsetAt});
  if (length > left) return terminate({Fatal::data_out_of_range, kLengthAt});
  if (length != data_bytes(pdu_, rules_)) return terminate({Fatal::invalid_header_field, kLengthAt});
  bool const last = (pdu_.flags & kLastPdu) != 0;
  if (last && length < left) return terminate({Fatal::invalid_header_field, kFlagsAt});
  data_ = transfer.command.data.span().subspan(offset, length);
  data_have_ = 0;
  reading_ = Reading::data;
}

void Connection::data_complete() {
  if (!has_data_digest(pdu_, rules_)) return pdu_complete();
  reading_ = Reading::digest;
  have_ = 0;
  need_ = kDigestBytes;
}

// A data digest that does not fit ends the command, not the connection (NVMe TCP Transport 3.3.1.1).
void Connection::digest_complete() {
  bool const fits = get32(std::span<std::byte const>(header_), 0) == crc32c(data_);
  if (!fits && capsule_) {
    std::uint16_t const cid = capsule_->cid();
    capsule_.reset();
    next_pdu();
    return complete(cid, Outcome::failed(kTransientTransportError));
  }
  if (!fits) transfers_.at(h2c_command_).broken = true;
  pdu_complete();
}

void Connection::pdu_complete() {
  std::size_t const bytes = data_.size();
  next_pdu();
  if (capsule_) {
    Command command = *std::move(capsule_);
    capsule_.reset();
    std::size_t const in_capsule = command.data.size;
    return start_command(std::move(command), in_capsule);
  }
  Transfer& transfer = transfers_.at(h2c_command_);
  transfer.received += bytes;
  if (transfer.received == transfer.command.data.size) transfer_complete(h2c_command_);
}

void Connection::next_pdu() {
  reading_ = Reading::common_header;
  have_ = 0;
  need_ = kCommonHeaderBytes;
  data_ = {};
  data_have_ = 0;
}

void Connection::terminate(PduError const& error) {
  core_.protocol_error(*this, error);
  send_head(c2h_term_req(error, std::span<std::byte const>(header_).first(have_)));
  terminated_ = true;
  reading_ = Reading::nothing;
  end_after(core_.options().termination_grace, "host kept the connection after C2HTermReq");
  flush();
}

}  // namespace rdssim::nvme_tcp
