// One input of the PDU fuzzer: bytes of a host, fed to a target without TCP ports and threads, so that a
// finding repeats. Used by pdu_fuzz.cpp (libFuzzer) and by pdu_seeds_test.cpp, which runs the committed seeds
// in every build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rdssim::nvme_tcp::fuzz {

// The first byte says what the connection has been through before: bits 0-1: nothing, ICReq, an admin queue,
// an I/O queue; bits 2-3: header and data digests; bit 4: the discovery subsystem. The rest comes from the
// host. Aborts when the target keeps the connection after the host has gone. Not thread-safe.
void feed(std::span<std::byte const> input);

}  // namespace rdssim::nvme_tcp::fuzz
