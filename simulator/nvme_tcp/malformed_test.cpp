// PDUs no host may send. Each must end its connection with a C2HTermReq that carries the Fatal Error Status
// the specification names (NVMe TCP Transport 3.6.2.4) and the offset of the field, or simply with a close
// where it names none; meanwhile another host's I/O goes on. A data digest that does not fit ends the command
// only.
#include <gtest/gtest.h>

#include <functional>

#include "simulator/nvme_tcp/testing/served_disk.h"

namespace rdssim::nvme_tcp {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): the vocabulary of these tests

enum class Stage { fresh, connected, after_r2t };  // what the connection has been through before

// What a case may use: the queue, and after an R2T its command and tag.
struct Scene {
  Queue& queue;
  std::uint16_t cid = 0, tag = 0;
};

struct Malformed {
  std::string name;
  Stage stage;
  std::function<Bytes(Scene&)> bytes;
  std::optional<Fatal> status;  // none: closed without a C2HTermReq
  std::uint32_t information = 0;
  bool digests = false;
};

Bytes ic_req(std::function<void(std::span<std::byte>)> const& edit) {
  Bytes bytes(kIcBytes);
  put8(bytes, 2, kIcBytes);
  put32(bytes, 4, kIcBytes);
  edit(bytes);
  return bytes;
}

Bytes edited(Bytes bytes, std::function<void(std::span<std::byte>)> const& edit) {
  edit(bytes);
  return bytes;
}

Bytes capsule(Scene& scene, std::size_t data, std::function<void(std::span<std::byte>)> const& edit) {
  Queue::Sqe command = scene.queue.sqe(kRead, 1);
  return edited(scene.queue.pdu(PduType::capsule_cmd, command, pattern(data, 1)), edit);
}

// The write under way is of 8192 bytes; its R2T asks for all of them.
Bytes h2c(
    Scene& scene, std::uint32_t offset, std::size_t size, bool last,
    std::function<void(std::span<std::byte>)> const& edit = [](auto) {}) {
  std::array<std::byte, kDataBytes - kCommonHeaderBytes> rest{};
  put16(rest, 0, scene.cid);
  put16(rest, 2, scene.tag);
  put32(rest, 4, offset);
  put32(rest, 8, static_cast<std::uint32_t>(size));
  return edited(scene.queue.pdu(PduType::h2c_data, rest, pattern(size, 2), last ? kLastPdu : 0), edit);
}

constexpr auto kNothing = [](std::span<std::byte>) {};

std::vector<Malformed> opening_cases() {
  auto const set8 = [](std::size_t at, std::uint8_t value) {
    return [=](std::span<std::byte> bytes) { put8(bytes, at, value); };
  };
  auto const set32 = [](std::size_t at, std::uint32_t value) {
    return [=](std::span<std::byte> bytes) { put32(bytes, at, value); };
  };
  using enum Fatal;
  std::vector<Malformed> cases;
  auto const add = [&](std::string name, Bytes bytes, Fatal status, std::uint32_t information) {
    cases.push_back({std::move(name), Stage::fresh, [bytes](Scene&) { return bytes; }, status, information});
  };
  add("ICReq of another protocol version", ic_req(set8(8, 1)), unsupported_parameter, 8);
  add("ICReq with a data alignment beyond 31", ic_req(set8(10, 32)), invalid_header_field, 10);
  add("ICReq with HLEN 127", ic_req(set8(2, 127)), invalid_header_field, 2);
  add("ICReq with PLEN 127", ic_req(set32(4, 127)), invalid_header_field, 4);
  add("ICReq with PLEN 129", ic_req(set32(4, 129)), invalid_header_field, 4);
  for (std::uint8_t const type : {0x01, 0x03, 0x05, 0x07, 0x08, 0x09, 0x0A, 0x7F, 0xFF})
    add("PDU type " + std::to_string(type), ic_req(set8(0, type)), invalid_header_field, 0);
  for (std::uint8_t const type : {0x04, 0x06})
    add("type " + std::to_string(type) + " before ICReq", ic_req(set8(0, type)), sequence_error, 0);
  return cases;
}

std::vector<Malformed> command_cases() {
  using enum Fatal;
  std::vector<Malformed> cases;
  auto const add = [&](std::string name, std::size_t data, std::function<void(std::span<std::byte>)> edit,
                       Fatal status, std::uint32_t information, bool digests = false) {
    cases.push_back({std::move(name), Stage::connected,
                     [data, edit](Scene& scene) { return capsule(scene, data, edit); }, status, information,
                     digests});
  };
  cases.push_back(
      {"a second ICReq", Stage::connected, [](Scene&) { return ic_req(kNothing); }, sequence_error, 0});
  add(
      "capsule with HLEN 71", 0, [](auto bytes) { put8(bytes, 2, 71); }, invalid_header_field, 2);
  add(
      "capsule with HLEN 0", 0, [](auto bytes) { put8(bytes, 2, 0); }, invalid_header_field, 2);
  add(
      "capsule with PLEN 71", 0, [](auto bytes) { put32(bytes, 4, 71); }, invalid_header_field, 4);
  add(
      "capsule with PLEN 0", 0, [](auto bytes) { put32(bytes, 4, 0); }, invalid_header_field, 4);
  add(
      "capsule with a header digest nobody agreed on", 0, [](auto bytes) { put8(bytes, 1, kHeaderDigest); },
      invalid_header_field, 1);
  add(
      "capsule with a data digest nobody agreed on", 512, [](auto bytes) { put8(bytes, 1, kDataDigest); },
      invalid_header_field, 1);
  add(
      "capsule whose data begins inside its header", 512, [](auto bytes) { put8(bytes, 3, 64); },
      invalid_header_field, 3);
  add(
      "capsule whose data is not aligned", 512, [](auto bytes) { put8(bytes, 3, 74); }, invalid_header_field,
      3);
  add(
      "capsule whose data begins after its end", 512,
      [](auto bytes) {
        put32(bytes, 4, 80);
        put8(bytes, 3, 80);
      },
      invalid_header_field, 4);
  add("capsule with more data than IOCCSZ allows", 20480, kNothing, invalid_header_field, 4);
  add(
      "capsule of four gigabytes", 0,
      [](auto bytes) {
        put32(bytes, 4, 0xFFFFFFFC);
        put8(bytes, 3, 72);
      },
      invalid_header_field, 4);
  add(
      "capsule without the digest that was agreed on", 0, [](auto bytes) { put8(bytes, 1, 0); },
      invalid_header_field, 1, true);
  cases.push_back({"H2CData nobody asked for", Stage::connected,
                   [](Scene& scene) { return h2c(scene, 0, 512, true); }, invalid_header_field, 8});
  cases.push_back({"H2CTermReq", Stage::connected,
                   [](Scene&) {
                     Bytes bytes(kTermBytes);
                     put8(bytes, 0, 2);
                     put8(bytes, 2, kTermBytes);
                     put32(bytes, 4, kTermBytes);
                     return bytes;
                   },
                   std::nullopt, 0});
  cases.push_back({"H2CTermReq that repeats more than 128 bytes", Stage::connected,
                   [](Scene&) {
                     Bytes bytes(kTermBytes + 256);
                     put8(bytes, 0, 2);
                     put8(bytes, 2, kTermBytes);
                     put32(bytes, 4, kTermBytes + 256);
                     return bytes;
                   },
                   invalid_header_field, 4});
  return cases;
}

std::vector<Malformed> data_cases() {
  using enum Fatal;
  std::vector<Malformed> cases;
  auto const add = [&](std::string name, std::function<Bytes(Scene&)> bytes, Fatal status,
                       std::uint32_t information) {
    cases.push_back({std::move(name), Stage::after_r2t, std::move(bytes), status, information});
  };
  add(
      "data for another command",
      [](Scene& scene) { return h2c(scene, 0, 8192, true, [](auto bytes) { put16(bytes, 8, 4321); }); },
      invalid_header_field, 8);
  add(
      "data under another transfer tag",
      [](Scene& scene) { return h2c(scene, 0, 8192, true, [](auto bytes) { put16(bytes, 10, 4321); }); },
      invalid_header_field, 10);
  add(
      "data that begins beyond what was asked for", [](Scene& scene) { return h2c(scene, 8192, 512, true); },
      data_out_of_range, 12);
  add(
      "data with a gap", [](Scene& scene) { return h2c(scene, 512, 512, false); }, data_out_of_range, 12);
  add(
      "data that ends beyond what was asked for", [](Scene& scene) { return h2c(scene, 0, 8704, true); },
      data_out_of_range, 16);
  add(
      "data whose length contradicts PLEN",
      [](Scene& scene) { return h2c(scene, 0, 4096, false, [](auto bytes) { put32(bytes, 16, 512); }); },
      invalid_header_field, 16);
  add(
      "data that calls itself the last and is not", [](Scene& scene) { return h2c(scene, 0, 512, true); },
      invalid_header_field, 1);
  add(
      "data above MAXH2CDATA", [](Scene& scene) { return h2c(scene, 0, 16384, false); }, data_limit_exceeded,
      4);
  add(
      "data with HLEN 72",
      [](Scene& scene) { return h2c(scene, 0, 512, false, [](auto bytes) { put8(bytes, 2, 72); }); },
      invalid_header_field, 2);
  add(
      "data without data",
      [](Scene& scene) { return h2c(scene, 0, 0, false, [](auto bytes) { put8(bytes, 3, 24); }); },
      invalid_header_field, 4);
  add(
      "data that begins inside its header",
      [](Scene& scene) { return h2c(scene, 0, 512, false, [](auto bytes) { put8(bytes, 3, 20); }); },
      invalid_header_field, 3);
  return cases;
}

// A write of 8192 bytes up to the target's R2T.
void begin_write(Queue& queue, Scene& scene) {
  Queue::Sqe command = queue.sqe(kWrite, 1);
  scene.cid = 555;
  put16(command, 2, scene.cid);
  put16(command, 48, 15);
  put32(command, 32, 8192);
  queue.send_command(command);
  auto const asked = queue.receive();
  ASSERT_TRUE(asked);
  ASSERT_EQ(static_cast<PduType>(asked->header.type), PduType::r2t);
  scene.tag = get16(asked->bytes, 10);
}

void expect_end(Malformed const& one, Queue& queue) {
  auto const answer = queue.receive();
  if (!one.status) {
    EXPECT_FALSE(answer) << one.name << ": closed, nothing said";
    return;
  }
  ASSERT_TRUE(answer) << one.name << ": closed without a C2HTermReq";
  ASSERT_EQ(static_cast<PduType>(answer->header.type), PduType::c2h_term_req) << one.name;
  EXPECT_EQ(get16(answer->bytes, 8), static_cast<std::uint16_t>(*one.status)) << one.name;
  EXPECT_EQ(get32(answer->bytes, 10), one.information) << one.name;
  EXPECT_LE(answer->data.size(), kTermDataMax) << one.name;
  EXPECT_TRUE(queue.closed()) << one.name << ": the connection goes on";
}

TEST(MalformedPdus, EachEndsItsConnectionWithTheStatusTheSpecificationNames) {
  Options options;
  options.termination_grace = std::chrono::milliseconds(20);
  options.max_h2c_data = 8192 + 1024;
  ServedDisk served(options);
  Host other;
  other.nqn = "nqn.bystander";
  ConnectedHost bystander(served, other);
  std::vector<Malformed> cases = opening_cases();
  for (auto&& more : {command_cases(), data_cases()}) cases.insert(cases.end(), more.begin(), more.end());
  unsigned round = 0;
  for (Malformed const& one : cases) {
    Host host;
    host.header_digest = host.data_digest = one.digests;
    AdminQueue association = served.associate(host);
    Queue queue = one.stage == Stage::fresh ? Queue(served.port())
                                            : io_queue(served.port(), kNqn, association.cntlid, host);
    Scene scene{queue};
    if (one.stage == Stage::after_r2t) begin_write(queue, scene);
    queue.send(one.bytes(scene));
    expect_end(one, queue);
    Bytes const bytes = pattern(4096, ++round);
    EXPECT_EQ(bystander.io.write(64, bytes, round % 2 == 0).status, kOk) << one.name;
    EXPECT_EQ(bystander.io.read(64, 8).data, bytes) << one.name << ": another connection keeps its I/O";
  }
  auto const fatal =
      std::count_if(cases.begin(), cases.end(), [](auto const& one) { return one.status.has_value(); });
  EXPECT_EQ(served.count(ConnectionEvent::protocol_error), static_cast<std::uint64_t>(fatal));
  std::cout << "malformed PDUs: " << cases.size() << " checked\n";
  EXPECT_GE(cases.size(), 40u);
}

TEST(MalformedPdus, AHeaderDigestThatDoesNotFitEndsTheConnectionWithTheDigest) {
  ServedDisk served;
  Host host;
  host.header_digest = true;
  ConnectedHost connected(served, host);
  connected.io.damage_next_header_digest();
  connected.io.send_command(connected.io.sqe(kFlush, 1));
  auto const answer = connected.io.receive();
  ASSERT_TRUE(answer);
  ASSERT_EQ(static_cast<PduType>(answer->header.type), PduType::c2h_term_req);
  EXPECT_EQ(get16(answer->bytes, 8), static_cast<std::uint16_t>(Fatal::header_digest_error));
}

TEST(MalformedPdus, ADataDigestThatDoesNotFitEndsTheCommandOnly) {
  ServedDisk served;
  Host host;
  host.data_digest = true;
  ConnectedHost connected(served, host);
  connected.io.damage_next_data_digest();
  EXPECT_EQ(connected.io.write(0, pattern(512, 1), true).status, kTransientTransportError);
  connected.io.damage_next_data_digest();
  EXPECT_EQ(connected.io.write(0, pattern(65536, 1), false).status, kTransientTransportError);
  EXPECT_EQ(connected.io.read(0, 1).data, Bytes(512)) << "nothing was written";
  EXPECT_EQ(connected.io.write(0, pattern(512, 1), true).status, kOk);
}

TEST(MalformedPdus, ByteByByteIsAsGoodAsAtOnce) {
  ServedDisk served;
  AdminQueue association = served.associate();
  Queue queue(served.port());
  queue.initialize();
  ASSERT_EQ(queue.connect(kNqn, 1, association.cntlid).status, kOk);
  Queue::Sqe command = queue.sqe(kWrite, 1);
  put16(command, 2, 42);
  put8(command, 39, kSglInCapsule);
  put32(command, 32, 512);
  Bytes const bytes = queue.pdu(PduType::capsule_cmd, command, pattern(512, 3));
  for (std::byte const byte : bytes) queue.send(std::span(&byte, 1));
  EXPECT_EQ(queue.wait(42).status, kOk);
  EXPECT_EQ(queue.read(0, 1).data, pattern(512, 3));
}

}  // namespace
}  // namespace rdssim::nvme_tcp
