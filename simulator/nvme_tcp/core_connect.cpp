// See core.h: the Fabrics Connect command: who a host is and what it may have. Statuses as Linux's nvmet
// gives them; the kernel captures show 16770 for an unknown subsystem and 16772 for a host that is not
// allowed.
#include <algorithm>
#include <utility>

#include "simulator/nvme_tcp/core.h"

namespace rdssim::nvme_tcp {
namespace {

constexpr std::uint32_t kInData = 1U << 16;  // IATTR: the offset is one of the Connect data
constexpr std::uint32_t kHostIdAt = kInData | 0, kCntlidAt = kInData | 16, kSubsystemAt = kInData | 256,
                        kHostNqnAt = kInData | 512;
constexpr std::uint32_t kQidAt = 42, kEntriesAt = 44;
constexpr std::size_t kNqnBytes = 256, kNqnMax = 223;
constexpr std::uint16_t kAnyCntlid = 0xFFFF, kCntlidMax = 0xFFEF;
constexpr std::uint16_t kEntriesMax = 1024;

std::string text_at(std::span<std::byte const> bytes, std::size_t offset) {
  auto const field = bytes.subspan(offset, kNqnBytes);
  auto const end = std::find(field.begin(), field.end(), std::byte{0});
  std::string text;
  for (auto at = field.begin(); at != end; ++at) text += static_cast<char>(*at);
  return text;
}

Uuid uuid_of(std::array<std::byte, 16> const& bytes) {
  Uuid uuid{};
  for (std::size_t i = 0; i < uuid.size(); ++i) uuid[i] = std::to_integer<std::uint8_t>(bytes[i]);
  return uuid;
}

}  // namespace

Core::Wish Core::wish_of(Command const& command) {
  Wish wish;
  wish.format = get16(command.sqe, 40);
  wish.qid = get16(command.sqe, kQidAt);
  wish.entries_0_based = get16(command.sqe, kEntriesAt);
  wish.flow_control = (get8(command.sqe, 46) & 4) == 0;
  wish.kato_ms = get32(command.sqe, 48);
  std::span<std::byte const> const data = command.data.span();
  std::copy_n(data.begin(), wish.host_id.size(), wish.host_id.begin());
  wish.cntlid = get16(data, 16);
  wish.subsystem = text_at(data, 256);
  wish.host_nqn = text_at(data, 512);
  return wish;
}

Outcome Core::refuse(Connection& connection, Wish const& wish, Status16 status, std::uint32_t where) {
  ConnectionRecord record = record_of(connection, ConnectionEvent::refused);
  record.nqn = wish.subsystem;
  record.host_nqn = wish.host_nqn;
  record.host_id = to_string(uuid_of(wish.host_id));
  record.qid = wish.qid;
  record.status = status;
  record.reason = status == (kConnectHost | kDnr) ? "host is not allowed"
                  : where == kSubsystemAt         ? "no such subsystem on this port"
                  : status == (kConnectInvalid | kDnr)
                      ? "invalid parameter at " + std::to_string(where & 0xFFFF)
                      : "status " + std::to_string(status);
  recorder_.add(std::move(record));
  return Outcome::failed(status, where);
}

Outcome Core::connect(Connection& connection, Command const& command) {
  if (connection.controller() != nullptr) return Outcome::failed(kSequenceError | kDnr);
  Wish const wish = wish_of(command);
  if (wish.format != 0) return refuse(connection, wish, kConnectFormat | kDnr, 40);
  if (wish.entries_0_based == 0 || wish.entries_0_based >= kEntriesMax)
    return refuse(connection, wish, kConnectInvalid | kDnr, kEntriesAt);
  if (wish.host_nqn.empty() || wish.host_nqn.size() > kNqnMax)
    return refuse(connection, wish, kConnectInvalid | kDnr, kHostNqnAt);
  std::shared_ptr<Subsystem> const subsystem = find_subsystem(connection.port(), wish.subsystem);
  // EVIDENCE(documented): An unknown subsystem is refused with Connect Invalid Parameters (16770 in the
  // kernel's message). [spec NVMe over Fabrics 1.1, Connect; capture kernel-6.1-multipath-Y]
  if (!subsystem) return refuse(connection, wish, kConnectInvalid | kDnr, kSubsystemAt);
  // EVIDENCE(documented): A host that is not allowed is refused with Connect Invalid Host (16772 in the
  // kernel's message). [spec NVMe over Fabrics 1.1, Connect; capture kernel-6.1-multipath-Y]
  if (!subsystem->what.allows(wish.host_nqn))
    return refuse(connection, wish, kConnectHost | kDnr, kHostNqnAt);
  return wish.qid == 0 ? connect_admin(connection, wish, subsystem)
                       : connect_io(connection, wish, *subsystem);
}

Outcome Core::connect_admin(Connection& connection, Wish const& wish, std::shared_ptr<Subsystem> subsystem) {
  if (wish.cntlid != kAnyCntlid) return refuse(connection, wish, kConnectInvalid | kDnr, kCntlidAt);
  std::uint16_t const cntlid = free_cntlid();
  if (cntlid == 0) return refuse(connection, wish, kConnectBusy, 0);
  auto association = std::make_shared<Association>();
  association->nqn = subsystem->what.nqn;
  association->slot = subsystem->what.slot;
  association->host_nqn = wish.host_nqn;
  association->host_id = to_string(uuid_of(wish.host_id));
  association->cntlid = cntlid;
  association->generation = ++generation_;
  Controller::Surroundings around;
  around.options = &options_;
  around.loop = &loop_;
  around.discovery = [this, host = wish.host_nqn, port = connection.port(),
                      address = connection.local_address(),
                      ipv6 = connection.ipv6()] { return discovery_for(host, port, address, ipv6); };
  around.discovery_generation = [this] { return discovery_generation_; };
  around.cut = [this, cntlid](std::string const& reason) { forget_controller(cntlid, reason); };
  auto controller = std::make_unique<Controller>(std::move(around), std::move(subsystem),
                                                 std::move(association), wish.host_id, wish.kato_ms);
  controller->queues.emplace(std::uint16_t{0}, &connection);
  connection.become_queue(controller.get(), 0, static_cast<std::uint16_t>(wish.entries_0_based + 1),
                          wish.flow_control);
  controllers_.emplace(cntlid, std::move(controller));
  recorder_.add(record_of(connection, ConnectionEvent::connected));
  return {.result = cntlid};
}

Outcome Core::connect_io(Connection& connection, Wish const& wish, Subsystem const& subsystem) {
  auto const at = controllers_.find(wish.cntlid);
  bool const theirs = at != controllers_.end() && &at->second->subsystem() == &subsystem &&
                      at->second->association()->host_nqn == wish.host_nqn;
  if (!theirs) return refuse(connection, wish, kConnectInvalid | kDnr, kCntlidAt);
  Controller& controller = *at->second;
  if (controller.host_id() != wish.host_id)
    return refuse(connection, wish, kConnectInvalid | kDnr, kHostIdAt);
  if (wish.qid > controller.io_queues_max()) return refuse(connection, wish, kConnectInvalid | kDnr, kQidAt);
  if (!controller.enabled() || controller.queues.contains(wish.qid))
    return refuse(connection, wish, kSequenceError | kDnr, 0);
  controller.queues.emplace(wish.qid, &connection);
  connection.become_queue(&controller, wish.qid, static_cast<std::uint16_t>(wish.entries_0_based + 1),
                          wish.flow_control);
  recorder_.add(record_of(connection, ConnectionEvent::queue_connected));
  return {.result = wish.cntlid};
}

// Numbers go round, so that a host that is late does not meet another's controller under its own number.
std::uint16_t Core::free_cntlid() {
  for (int tries = 0; tries < kCntlidMax; ++tries) {
    last_cntlid_ = last_cntlid_ >= kCntlidMax ? 1 : static_cast<std::uint16_t>(last_cntlid_ + 1);
    if (!controllers_.contains(last_cntlid_)) return last_cntlid_;
  }
  return 0;
}

}  // namespace rdssim::nvme_tcp
