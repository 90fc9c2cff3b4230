// See pdu_input.h.
#include "simulator/nvme_tcp/fuzz/pdu_input.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "simulator/nvme_tcp/core.h"
#include "simulator/nvme_tcp/crc32c.h"
#include "simulator/nvme_tcp/testing/memory_image.h"

namespace rdssim::nvme_tcp::fuzz {
namespace {

using Bytes = std::vector<std::byte>;

constexpr char kNqn[] = "nqn.2000-02.com.mikrotik:fuzz";
constexpr std::size_t kInputMax = 1 << 16;

[[noreturn]] void broken(char const* what) {
  std::fprintf(stderr, "pdu fuzzer: %s\n", what);
  std::abort();
}

struct Digests {
  bool header = false, data = false;
};

Bytes ic_req(Digests digests) {
  Bytes bytes(kIcBytes);
  put8(bytes, 2, kIcBytes);
  put32(bytes, 4, kIcBytes);
  put8(bytes, 11, static_cast<std::uint8_t>((digests.header ? 1 : 0) | (digests.data ? 2 : 0)));
  return bytes;
}

Bytes capsule(Digests digests, std::span<std::byte const> command, Bytes const& data) {
  std::size_t const pdo = kCapsuleCmdBytes + (digests.header ? kDigestBytes : 0);
  bool const data_digest = digests.data && !data.empty();
  Bytes bytes(pdo + data.size() + (data_digest ? kDigestBytes : 0));
  put8(bytes, 0, static_cast<std::uint8_t>(PduType::capsule_cmd));
  put8(bytes, 1,
       static_cast<std::uint8_t>((digests.header ? kHeaderDigest : 0) | (data_digest ? kDataDigest : 0)));
  put8(bytes, 2, kCapsuleCmdBytes);
  put8(bytes, 3, static_cast<std::uint8_t>(data.empty() ? 0 : pdo));
  put32(bytes, 4, static_cast<std::uint32_t>(bytes.size()));
  std::copy(command.begin(), command.end(), bytes.begin() + kCommonHeaderBytes);
  if (digests.header) put32(bytes, kCapsuleCmdBytes, crc32c(std::span(bytes).first(kCapsuleCmdBytes)));
  std::copy(data.begin(), data.end(), bytes.begin() + static_cast<std::ptrdiff_t>(pdo));
  if (data_digest) put32(bytes, bytes.size() - kDigestBytes, crc32c(data));
  return bytes;
}

void put_text(Bytes& to, std::size_t at, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) to[at + i] = static_cast<std::byte>(text[i]);
}

Bytes connect(Digests digests, std::string_view nqn, std::uint16_t qid, std::uint16_t cntlid) {
  std::array<std::byte, kSqeBytes> command{};
  put8(command, 0, kFabrics);
  put8(command, 1, 0x40);
  put8(command, 4, kConnect);
  put8(command, 39, kSglInCapsule);
  put32(command, 32, 1024);
  put16(command, 42, qid);
  put16(command, 44, 31);
  Bytes data(1024);
  put16(data, 16, cntlid);
  put_text(data, 256, nqn);
  put_text(data, 512, "nqn.of-the-fuzzer");
  return capsule(digests, command, data);
}

Bytes enable(Digests digests) {
  std::array<std::byte, kSqeBytes> command{};
  put8(command, 0, kFabrics);
  put8(command, 1, 0x40);
  put8(command, 4, kPropertySet);
  put32(command, 44, kCc);
  put32(command, 48, 0x00460001);
  return capsule(digests, command, {});
}

// A target that this thread turns, with one disk and one host that stays connected, whose I/O queues the
// inputs become.
class Bench {
 public:
  Bench() : recorder_(16), core_(options(), recorder_) {
    Export what;
    what.nqn = kNqn;
    what.image = std::make_shared<testing::MemoryImage>(1 << 20);
    what.slot = "fuzz";
    core_.apply_exports({what});
    int const host = begin();
    send(host, ic_req({}));
    send(host, connect({}, kNqn, 0, 0xFFFF));
    send(host, enable({}));
    auto const state = core_.state();
    if (state.exports.at(0).controllers.size() != 1) broken("the host that stays cannot connect");
    cntlid_ = state.exports[0].controllers[0].association.cntlid;
    staying_ = core_.connections();
  }

  void feed(std::span<std::byte const> input) {
    auto const mode = std::to_integer<unsigned>(input[0]);
    input = input.subspan(1);
    Digests const digests{(mode & 4) != 0, (mode & 8) != 0};
    char const* const nqn = (mode & 16) != 0 ? kDiscoveryNqn : kNqn;
    int const host = begin();
    if ((mode & 3) >= 1) send(host, ic_req(digests));
    if ((mode & 3) == 2) {
      send(host, connect(digests, nqn, 0, 0xFFFF));
      send(host, enable(digests));
    }
    if ((mode & 3) == 3) send(host, connect(digests, kNqn, 1, cntlid_));
    send(host, input);
    ::close(host);
    for (int turns = 0; core_.connections() > staying_; ++turns) {
      if (turns > 1000) broken("the target keeps a connection whose host has gone");
      core_.loop().turn(0);
    }
  }

 private:
  static Options options() {
    Options options;
    options.ephemeral_ports = true;
    options.records_kept = 16;
    return options;
  }

  int begin() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
      broken("no sockets");
    core_.take_connection(ends[0], 4420);
    return ends[1];
  }

  void send(int host, std::span<std::byte const> bytes) {
    while (!bytes.empty()) {
      ssize_t const sent = ::send(host, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) bytes = bytes.subspan(static_cast<std::size_t>(sent));
      core_.loop().turn(0);
      if (!drain(host)) return;
    }
    for (int turns = 0; turns < 2; ++turns) {
      core_.loop().turn(0);
      if (!drain(host)) return;
    }
  }

  // False: the target has closed the connection.
  bool drain(int host) {
    for (;;) {
      ssize_t const got = ::recv(host, drained_.data(), drained_.size(), 0);
      if (got == 0) return false;
      if (got < 0) return errno == EAGAIN;
    }
  }

  Recorder recorder_;
  Core core_;
  std::uint16_t cntlid_ = 0;
  std::size_t staying_ = 0;
  std::array<std::byte, 1 << 16> drained_{};
};

}  // namespace

void feed(std::span<std::byte const> input) {
  static Bench bench;
  if (!input.empty()) bench.feed(input.first(std::min(input.size(), kInputMax)));
}

}  // namespace rdssim::nvme_tcp::fuzz
