// See core.h: connections and controllers, their end, faults, and what is true now.
#include "simulator/nvme_tcp/core.h"

#include <algorithm>
#include <utility>

namespace rdssim::nvme_tcp {
namespace {

constexpr std::size_t kScratchBytes = 65536;

bool shuts_ports(FaultKind kind) {
  return kind == FaultKind::refuse || kind == FaultKind::vanish;
}

}  // namespace

Core::Core(Options options, Recorder& recorder)
    : options_(std::move(options)), recorder_(recorder), faults_(options_.seed), scratch_(kScratchBytes) {
  loop_.every_turn([this] { end_turn(); });
}

Core::~Core() = default;

void Core::end_turn() {
  closed_.clear();
  ended_.clear();
}

Connection* Core::find(std::uint64_t number) {
  auto const at = connections_.find(number);
  return at == connections_.end() ? nullptr : at->second.get();
}

void Core::describe(ConnectionRecord& record, Controller const& controller) {
  Association const& association = *controller.association();
  record.nqn = association.nqn;
  record.host_nqn = association.host_nqn;
  record.host_id = association.host_id;
  record.cntlid = association.cntlid;
}

ConnectionRecord Core::record_of(Connection const& connection, ConnectionEvent event) const {
  ConnectionRecord record;
  record.event = event;
  record.connection = connection.number();
  record.port = connection.port();
  record.qid = connection.qid();
  if (connection.controller() != nullptr) describe(record, *connection.controller());
  return record;
}

void Core::retire(Connection& connection, std::string const& reason) {
  ConnectionRecord record = record_of(connection, ConnectionEvent::queue_closed);
  record.reason = reason;
  recorder_.add(std::move(record));
  loop_.unwatch(connection.descriptor());
  auto const at = connections_.find(connection.number());
  closed_.push_back(std::move(at->second));
  connections_.erase(at);
}

void Core::close(Connection& connection, std::string const& reason) {
  if (is_gone(connection)) return;
  Controller* const controller = connection.controller();
  std::uint16_t const qid = connection.qid();
  retire(connection, reason);
  if (controller == nullptr) return;
  controller->queues.erase(qid);
  // Without its admin queue an association is over; an I/O queue that ends leaves the others.
  if (qid == 0) forget_controller(controller->association()->cntlid, reason);
}

void Core::forget_controller(std::uint16_t cntlid, std::string const& reason) {
  auto const at = controllers_.find(cntlid);
  if (at == controllers_.end()) return;
  std::unique_ptr<Controller> controller = std::move(at->second);
  controllers_.erase(at);
  auto const queues = std::exchange(controller->queues, {});
  for (auto const& [qid, connection] : queues) {
    retire(*connection, reason);
    connection->forget_controller();
  }
  ConnectionRecord record;
  record.event = ConnectionEvent::disconnected;
  describe(record, *controller);
  record.reason = reason;
  recorder_.add(std::move(record));
  ended_.push_back(std::move(controller));
}

void Core::cut(Subsystem const& subsystem, std::string const& reason,
               std::function<bool(Controller const&)> const& whom) {
  std::vector<std::uint16_t> theirs;
  for (auto const& [cntlid, controller] : controllers_) {
    if (&controller->subsystem() == &subsystem && (!whom || whom(*controller))) theirs.push_back(cntlid);
  }
  for (std::uint16_t const cntlid : theirs) forget_controller(cntlid, reason);
}

void Core::protocol_error(Connection& connection, PduError const& error) {
  ConnectionRecord record = record_of(connection, ConnectionEvent::protocol_error);
  record.status = static_cast<std::uint16_t>(error.status);
  record.reason = "fatal error status " + std::to_string(record.status) + ", information " +
                  std::to_string(error.information);
  recorder_.add(std::move(record));
}

void Core::inject(FaultId id, Fault fault) {
  FaultKind const kind = fault.kind;
  FaultMatch const match = fault.match;
  if (fault.window) {
    fault_ends_[id] = loop_.after(*fault.window, [this, id] {
      fault_ends_.erase(id);
      heal(id);
    });
  }
  faults_.add(id, std::move(fault));
  if (kind == FaultKind::stall) {
    for (auto const& [number, connection] : connections_) {
      if (covers(match, connection->victim())) faults_.count(id);
      connection->reconsider_stall();
    }
  }
  if (shuts_ports(kind)) {
    faults_.count(id);
    open_and_close_ports();
  }
  if (kind == FaultKind::vanish || kind == FaultKind::reset) {
    FaultMatch where = match;
    if (kind == FaultKind::vanish) where = FaultMatch{.port = match.port};
    std::size_t const struck = close_connections(where, "fault " + std::string(to_string(kind)));
    if (kind == FaultKind::reset) {
      for (std::size_t i = 0; i < struck; ++i) faults_.count(id);
      heal(id);  // it struck once
    }
  }
}

std::size_t Core::close_connections(FaultMatch const& match, std::string const& reason) {
  std::vector<std::uint64_t> struck;
  for (auto const& [number, connection] : connections_) {
    if (covers(match, connection->victim())) struck.push_back(number);
  }
  for (std::uint64_t const number : struck) {
    if (Connection* const connection = find(number)) {
      connection->reset_on_close();
      close(*connection, reason);
    }
  }
  return struck.size();
}

void Core::heal(FaultId id) {
  if (auto const timer = fault_ends_.find(id); timer != fault_ends_.end()) {
    loop_.cancel(timer->second);
    fault_ends_.erase(timer);
  }
  auto const was = faults_.remove(id);
  if (!was) return;
  if (shuts_ports(was->kind)) open_and_close_ports();
  if (was->kind == FaultKind::stall) {
    // Data may have waited in the sockets: level-triggered events come by themselves.
    std::vector<std::uint64_t> numbers;
    for (auto const& [number, connection] : connections_) numbers.push_back(number);
    for (std::uint64_t const number : numbers) {
      if (Connection* const connection = find(number)) connection->reconsider_stall();
    }
  }
}

void Core::shut_down() {
  close_connections({}, "target stopped");
  for (auto& [number, port] : ports_) close_port(port);
  ports_.clear();
  end_turn();
}

TargetState Core::state() const {
  TargetState state;
  for (auto const& subsystem : subsystems_) {
    Export const& what = subsystem->what;
    ExportState entry{what.nqn, what.slot, what.allow_host, what.port, subsystem->generation, {}};
    for (auto const& [cntlid, controller] : controllers_) {
      if (&controller->subsystem() != subsystem.get()) continue;
      int const io_queues =
          static_cast<int>(std::count_if(controller->queues.begin(), controller->queues.end(),
                                         [](auto const& queue) { return queue.first > 0; }));
      entry.controllers.push_back(
          {*controller->association(), controller->kato_ms(), io_queues, controller->enabled()});
    }
    state.exports.push_back(std::move(entry));
  }
  for (auto const& [number, port] : ports_)
    state.ports.push_back({number, port.fd < 0 ? std::uint16_t{0} : port.bound, port.error});
  state.connections = static_cast<int>(connections_.size());
  return state;
}

}  // namespace rdssim::nvme_tcp
