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

#include "simulator/nvme_tcp/core.h"
#include "simulator/nvme_tcp/testing/host_pdus.h"
#include "simulator/nvme_tcp/testing/memory_image.h"

namespace rdssim::nvme_tcp::fuzz {
namespace {

using testing::Bytes;
using testing::Host;
using testing::Sqe;

constexpr char kNqn[] = "nqn.2000-02.com.mikrotik:fuzz";
constexpr std::size_t kInputMax = 1 << 16;

[[noreturn]] void broken(char const* what) {
  std::fprintf(stderr, "pdu fuzzer: %s\n", what);
  std::abort();
}

// A capsule; what data there is goes inside.
Bytes capsule(Host const& host, Sqe command, Bytes const& data = {}) {
  put8(command, 39, data.empty() ? kSglTransport : kSglInCapsule);
  put32(command, 32, static_cast<std::uint32_t>(data.size()));
  return testing::host_pdu(PduType::capsule_cmd, command, data, host.header_digest, host.data_digest);
}

Bytes connect(Host const& host, std::string_view nqn, std::uint16_t qid, std::uint16_t cntlid) {
  return capsule(host, testing::connect_command(host, qid, 0), testing::connect_data(host, nqn, cntlid));
}

Bytes enable(Host const& host) {
  return capsule(host, testing::property_set_command(kCc, testing::kEnable));
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
    send(host, testing::ic_req({}));
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
    Host who;
    who.header_digest = (mode & 4) != 0;
    who.data_digest = (mode & 8) != 0;
    char const* const nqn = (mode & 16) != 0 ? kDiscoveryNqn : kNqn;
    int const host = begin();
    if ((mode & 3) >= 1) send(host, testing::ic_req(who));
    if ((mode & 3) == 2) {
      send(host, connect(who, nqn, 0, 0xFFFF));
      send(host, enable(who));
    }
    if ((mode & 3) == 3) send(host, connect(who, kNqn, 1, cntlid_));
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
