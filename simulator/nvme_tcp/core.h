// Core: all that a target owns on its loop's thread: exports as subsystems, ports, connections, controllers,
// faults. Target is its face to other threads; connections call it back.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "simulator/nvme_tcp/connection.h"
#include "simulator/nvme_tcp/recorder.h"

namespace rdssim::nvme_tcp {

class Core {
 public:
  Core(Options options, Recorder& recorder);
  ~Core();
  Core(Core const&) = delete;
  Core& operator=(Core const&) = delete;

  Loop& loop() { return loop_; }

  // --- for Target, on the loop's thread ---
  void apply_exports(std::vector<Export> exports);
  void inject(FaultId id, Fault fault);
  void heal(FaultId id);
  void set_resize_shows(ResizeShows how) { options_.resize_shows = how; }
  void set_allow_host_cuts(bool cuts);
  void shut_down();  // every port and connection
  // A connection on a configured port. Takes the descriptor, which must be non-blocking; closes it when there
  // are too many already.
  void take_connection(int fd, std::uint16_t port);
  std::size_t connections() const { return connections_.size(); }
  TargetState state() const;

  // --- for connections ---
  Options const& options() const { return options_; }
  FaultBook& faults() { return faults_; }
  Recorder& recorder() { return recorder_; }
  std::span<std::byte> scratch() { return scratch_; }
  Connection* find(std::uint64_t number);
  bool is_gone(Connection const& connection) const { return !connections_.contains(connection.number()); }
  // The object lives until the end of the turn, so that its callers may return through it.
  void close(Connection& connection, std::string const& reason);
  void protocol_error(Connection& connection, PduError const& error);
  Outcome connect(Connection& connection, Command const& command);

 private:
  struct Port {
    int fd = -1;
    std::uint16_t bound = 0;
    std::string error;
    Loop::Timer again = 0;
  };
  // What a Connect command says.
  struct Wish {
    std::uint16_t format = 0, qid = 0, entries_0_based = 0, cntlid = 0;
    std::uint32_t kato_ms = 0;
    bool flow_control = true;
    std::array<std::byte, 16> host_id{};
    std::string subsystem, host_nqn;
  };

  void end_turn();
  void retire(Connection& connection, std::string const& reason);
  void forget_controller(std::uint16_t cntlid, std::string const& reason);
  // Ends the associations with a subsystem; with `whom` only those it says yes to.
  void cut(Subsystem const& subsystem, std::string const& reason,
           std::function<bool(Controller const&)> const& whom = {});

  // --- exports (core_exports.cpp) ---
  void change_export(Subsystem& subsystem, Export wanted);
  void follow_image(Subsystem& subsystem);
  std::shared_ptr<Subsystem> find_subsystem(std::uint16_t port, std::string const& nqn) const;
  std::vector<DiscoveryEntry> discovery_for(std::string const& host_nqn, std::uint16_t port,
                                            std::string const& address, bool ipv6) const;

  // --- ports (core_ports.cpp) ---
  void open_and_close_ports();
  void open_port(std::uint16_t port);
  void close_port(Port& port);
  void accept(std::uint16_t port);
  std::size_t close_connections(FaultMatch const& match, std::string const& reason);

  // --- Connect (core_connect.cpp) ---
  static Wish wish_of(Command const& command);
  Outcome refuse(Connection& connection, Wish const& wish, Status16 status, std::uint32_t where);
  Outcome connect_admin(Connection& connection, Wish const& wish, std::shared_ptr<Subsystem> subsystem);
  Outcome connect_io(Connection& connection, Wish const& wish, Subsystem const& subsystem);
  std::uint16_t free_cntlid();
  static void describe(ConnectionRecord& record, Controller const& controller);
  ConnectionRecord record_of(Connection const& connection, ConnectionEvent event) const;

  Options options_;
  Recorder& recorder_;
  Loop loop_;
  FaultBook faults_;
  std::map<FaultId, Loop::Timer> fault_ends_;
  std::vector<std::byte> scratch_;
  std::vector<std::shared_ptr<Subsystem>> subsystems_;
  std::map<std::uint16_t, std::shared_ptr<Subsystem>> discovery_;  // by port
  std::map<std::uint16_t, Port> ports_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> closed_;  // until the end of the turn
  std::map<std::uint16_t, std::unique_ptr<Controller>> controllers_;
  std::vector<std::unique_ptr<Controller>> ended_;  // likewise
  std::uint64_t next_connection_ = 1, generation_ = 0;
  std::uint64_t discovery_generation_ = 1;
  std::uint16_t last_cntlid_ = 0;
};

}  // namespace rdssim::nvme_tcp
