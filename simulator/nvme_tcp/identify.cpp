// What a controller tells of itself: Identify data and log pages. See controller.h. Offsets are those of NVMe
// Base 2.0 (figures "Identify Controller Data Structure", "Get Log Page"), the NVM Command Set and the
// Discovery Log of NVMe over Fabrics. Values are those of Linux's nvmet, which the device presumably runs
// (FACTS 7.4).
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "base/random.h"
#include "simulator/nvme_tcp/controller.h"

namespace rdssim::nvme_tcp {
namespace {

constexpr std::uint8_t kUuidDescriptor = 3;
constexpr std::uint8_t kTransportTcp = 3, kIpv4 = 1, kIpv6 = 2, kCurrentDiscovery = 3, kNvmeSubsystem = 2;
constexpr std::uint32_t kAnaGroup = 1;

// Text fields are filled up with blanks, or with NULs where the specification says "null terminated".
void put_text(Buffer& to, std::size_t offset, std::size_t width, std::string_view text, char filler = ' ') {
  std::memset(to.data.get() + offset, filler, width);
  std::memcpy(to.data.get() + offset, text.data(), std::min(width, text.size()));
}

std::string serial_of(Options const& options, std::string const& nqn) {
  return rdscsi::base::RandomStream(options.seed).derive("serial/" + nqn).hex(20);
}

std::uint8_t log2_of(std::uint32_t value) {
  std::uint8_t log = 0;
  while ((value >>= 1) != 0) ++log;
  return log;
}

Buffer firmware_page(Options const& options) {
  Buffer page = Buffer::zeros(512);
  put8(page.span(), 0, 1);  // slot 1 is active
  put_text(page, 8, 8, options.firmware);
  return page;
}

Buffer smart_page() {
  Buffer page = Buffer::zeros(512);
  put16(page.span(), 1, 273 + 35);  // composite temperature, kelvins
  put8(page.span(), 3, 100);        // available spare, per cent
  put8(page.span(), 4, 10);         // its threshold
  return page;
}

Buffer effects_page(bool discovery) {
  Buffer page = Buffer::zeros(kPageBytes);
  auto const supported = [&](std::size_t base, std::uint8_t opcode, std::uint32_t effect) {
    put32(page.span(), base + std::size_t{opcode} * 4, 1U | effect);
  };
  for (std::uint8_t opcode : {kGetLogPage, kIdentify, kSetFeatures, kGetFeatures, kAsyncEvent, kKeepAlive})
    supported(0, opcode, 0);
  if (discovery) return page;
  supported(0, kAbort, 0);
  constexpr std::uint32_t kLogicalBlocksChange = 2;
  for (std::uint8_t opcode : {kFlush, kRead, kCompare}) supported(1024, opcode, 0);
  for (std::uint8_t opcode : {kWrite, kWriteZeroes, kDatasetManagement})
    supported(1024, opcode, kLogicalBlocksChange);
  return page;
}

// One group with one namespace, optimized on every path (the kernel capture shows `ana_state = optimized`).
// EVIDENCE(inferred): One ANA group, optimized on every path, as nvmet has it. [FACTS 7.4; capture
// kernel-6.1-multipath-Y]
Buffer ana_page() {
  Buffer page = Buffer::zeros(16 + 32 + 4);
  put16(page.span(), 8, 1);           // groups
  put32(page.span(), 16, kAnaGroup);  // its id
  put32(page.span(), 20, 1);          // namespaces in it
  put8(page.span(), 32, 1);           // optimized
  put32(page.span(), 48, 1);          // NSID 1
  return page;
}

}  // namespace

Outcome Controller::identify(Command const& command) {
  if (command.sgl_length() != kPageBytes) return Outcome::failed(kSglLengthInvalid | kDnr);
  std::uint8_t const what = get8(command.sqe, 40);
  std::uint32_t const nsid = command.nsid();
  if (what == 0x01) return Outcome::with(identify_controller());
  if (subsystem_->discovery) return Outcome::failed(kInvalidField | kDnr);
  switch (what) {
    case 0x00:  // of all namespaces: what they have in common
      if (nsid != 1 && nsid != 0xFFFFFFFF) return Outcome::failed(kInvalidNamespace | kDnr);
      return Outcome::with(identify_namespace());
    case 0x02: {  // active namespaces above `nsid`
      if (nsid >= 0xFFFFFFFE) return Outcome::failed(kInvalidNamespace | kDnr);
      Buffer list = Buffer::zeros(kPageBytes);
      if (nsid < 1) put32(list.span(), 0, 1);
      return Outcome::with(std::move(list));
    }
    case 0x03:
      return nsid == 1 ? Outcome::with(identify_descriptors()) : Outcome::failed(kInvalidNamespace | kDnr);
    case 0x06:  // I/O command set specific; the NVM command set adds nothing we limit
      if (get8(command.sqe, 47) != 0) return Outcome::failed(kInvalidField | kDnr);
      return Outcome::with(Buffer::zeros(kPageBytes));
    default:
      return Outcome::failed(kInvalidField | kDnr);
  }
}

// EVIDENCE(inferred): Identify fields have the values of Linux's nvmet; what differs is listed in
// e2e/kernel_lab/lab_test.cpp. [FACTS 7.4]
Buffer Controller::identify_controller() const {
  Options const& options = *around_.options;
  Buffer data = Buffer::zeros(kPageBytes);
  auto const bytes = data.span();
  bool const discovery = subsystem_->discovery;
  put_text(data, 4, 20, serial_of(options, subsystem_->what.nqn));
  put_text(data, 24, 40, options.model);
  put_text(data, 64, 8, options.firmware);
  put8(bytes, 72, 6);                                   // RAB
  put8(bytes, 76, discovery ? 0 : 0x01 | 0x02 | 0x08);  // CMIC: several ports and controllers, ANA
  put8(bytes, 77, discovery ? 0 : kTransferPagesLog2);  // MDTS
  put16(bytes, 78, association_->cntlid);
  put32(bytes, 80, options.version);
  put32(bytes, 92, discovery ? 0 : 0x100);  // OAES: namespace attribute notices
  put32(bytes, 96, 1);                      // CTRATT: 128-bit host identifier
  put8(bytes, 111, discovery ? 2 : 1);      // CNTRLTYPE
  put8(bytes, 258, 3);                      // ACL
  put8(bytes, 259, 3);                      // AERL
  put8(bytes, 260, 0x03);                   // FRMW: one slot, read only
  put8(bytes, 261, 0x02 | 0x04);            // LPA: effects page, long offsets
  put8(bytes, 262, 127);                    // ELPE
  put16(bytes, 320, 10);                    // KAS: seconds
  put8(bytes, 512, 0x66);                   // SQES
  put8(bytes, 513, 0x44);                   // CQES
  put16(bytes, 514, 1024);                  // MAXCMD
  put32(bytes, 516, discovery ? 0 : 1);     // NN
  put16(bytes, 520, discovery ? 0 : 0x0D);  // ONCS: compare, DSM, write zeroes
  put8(bytes, 525, discovery ? 0 : 1);      // VWC
  put32(bytes, 536, 1U | (1U << 20));       // SGLS: yes, with offsets in capsules
  put32(bytes, 540, discovery ? 0 : 1);     // MNAN
  if (!discovery) {
    put8(bytes, 342, 10);          // ANATT, seconds
    put8(bytes, 343, 0x01);        // ANACAP: the optimized state is reported
    put32(bytes, 344, kAnaGroup);  // ANAGRPMAX
    put32(bytes, 348, 1);          // NANAGRPID
  }
  put_text(data, 768, 256, subsystem_->what.nqn, '\0');
  std::uint32_t const in_capsule = discovery ? 0 : options.in_capsule_bytes;
  put32(bytes, 1792, static_cast<std::uint32_t>((kSqeBytes + in_capsule) / 16));  // IOCCSZ
  put32(bytes, 1796, 1);                                                          // IORCSZ
  put8(bytes, 1803, 1);                                                           // MSDBD
  // The one power state, as nvmet claims it.
  put16(bytes, 2048, 2500);  // MP, centiwatts
  put32(bytes, 2052, 16);    // ENLAT, microseconds
  put32(bytes, 2056, 4);     // EXLAT
  return data;
}

Buffer Controller::identify_namespace() const {
  Buffer data = Buffer::zeros(kPageBytes);
  auto const bytes = data.span();
  put64(bytes, 0, subsystem_->blocks);   // NSZE
  put64(bytes, 8, subsystem_->blocks);   // NCAP
  put64(bytes, 16, subsystem_->blocks);  // NUSE
  put8(bytes, 30, 1);                    // NMIC: shared between controllers
  // EVIDENCE(inferred): Deallocated blocks read as zeros: images are files with holes. [FACTS 7.4]
  put8(bytes, 33, 0x01 | 0x08);  // DLFEAT: deallocated blocks read zero, by Write Zeroes, too
  put32(bytes, 92, kAnaGroup);
  put8(bytes, 130, log2_of(subsystem_->what.block_bytes));  // LBAF 0, LBADS
  return data;
}

Buffer Controller::identify_descriptors() const {
  Buffer data = Buffer::zeros(kPageBytes);
  put8(data.span(), 0, kUuidDescriptor);
  put8(data.span(), 1, 16);
  for (std::size_t i = 0; i < 16; ++i) put8(data.span(), 4 + i, subsystem_->what.uuid[i]);
  return data;
}

Outcome Controller::get_log_page(Command const& command) {
  std::uint64_t const dwords = (command.dword(10) >> 16) | (std::uint64_t{command.dword(11) & 0xFFFF} << 16);
  std::uint64_t const wanted = (dwords + 1) * 4;
  std::uint64_t const offset = get64(command.sqe, 48);
  if (wanted != command.sgl_length()) return Outcome::failed(kSglLengthInvalid | kDnr);
  if (offset % 4 != 0 || wanted > kTransferBytesMax) return Outcome::failed(kInvalidField | kDnr);
  Buffer const page = log_page(get8(command.sqe, 40), (get8(command.sqe, 41) & 0x80) != 0);
  if (page.size == 0) return Outcome::failed(kInvalidLogPage | kDnr);
  if (offset > page.size) return Outcome::failed(kInvalidField | kDnr);
  Buffer part = Buffer::zeros(wanted);
  std::copy_n(page.span().begin() + static_cast<std::ptrdiff_t>(offset),
              std::min<std::uint64_t>(wanted, page.size - offset), part.span().begin());
  return Outcome::with(std::move(part));
}

Buffer Controller::log_page(std::uint8_t page, bool retain_event) {
  if (page == 0x70 && subsystem_->discovery) return discovery_log();
  if (page == 0x05) return effects_page(subsystem_->discovery);
  if (subsystem_->discovery) return {};
  switch (page) {
    case 0x01:
      return Buffer::zeros(std::size_t{128} * 64);  // no error has been logged
    case 0x02:
      return smart_page();
    case 0x03:
      return firmware_page(*around_.options);
    case 0x04: {
      Buffer list = Buffer::zeros(kPageBytes);
      if (changed_) put32(list.span(), 0, 1);
      if (!retain_event) {
        changed_ = event_masked_ = false;
        send_event();
      }
      return list;
    }
    case 0x0C:
      return ana_page();
    default:
      return {};
  }
}

Buffer Controller::discovery_log() const {
  constexpr std::size_t kEntryBytes = 1024;
  auto const entries = around_.discovery();
  Buffer log = Buffer::zeros(kEntryBytes * (1 + entries.size()));
  put64(log.span(), 0, around_.discovery_generation());
  put64(log.span(), 8, entries.size());
  std::size_t at = kEntryBytes;
  for (DiscoveryEntry const& entry : entries) {
    auto const bytes = log.span().subspan(at, kEntryBytes);
    put8(bytes, 0, kTransportTcp);
    put8(bytes, 1, entry.ipv6 ? kIpv6 : kIpv4);
    put8(bytes, 2, entry.itself ? kCurrentDiscovery : kNvmeSubsystem);
    // EVIDENCE(documented): Discovery entries say: treq not specified, flow control may be disabled, portid
    // equal to the port. [FACTS 7.1; capture nvme-discover-linux-host]
    put8(bytes, 3, 0x04);            // TREQ: not specified, SQ flow control may be disabled
    put16(bytes, 4, entry.port_id);  // FACTS 7.1: equals the port
    put16(bytes, 6, 0xFFFF);         // dynamic controllers
    put16(bytes, 8, 32);             // ASQSZ
    put_text(log, at + 32, 32, std::to_string(entry.port));
    put_text(log, at + 256, 256, entry.nqn, '\0');
    put_text(log, at + 512, 256, entry.address);
    at += kEntryBytes;
  }
  return log;
}

}  // namespace rdssim::nvme_tcp
