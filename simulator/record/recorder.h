// Recorder: the relay of `rds-sim record`: hands each client's commands to the device over a connection of
// its own and writes what passed, one transcript per client connection. Used by simulator/program/record.cpp.
//
// Threads: exec() runs on many at a time; what is said is passed on as it comes.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/sync.h"
#include "simulator/record/upstream.h"
#include "simulator/ssh/relay.h"
#include "simulator/transcript/redact.h"
#include "simulator/transcript/transcript.h"

namespace rdssim::record {

struct RecorderOptions {
  UpstreamOptions upstream;
  std::string directory;             // for ID-SESSION.txt; must be there
  std::string recording;             // the id
  std::string device;                // what the first line says of it
  std::vector<std::string> secrets;  // besides the upstream's password
  // Told of what a person should see, one line without line feed: commands as they end, what went wrong.
  std::function<void(std::string const&)> log;
};

class Recorder : public ssh::Relay {
 public:
  explicit Recorder(RecorderOptions options);
  ~Recorder() override;

  End exec(faults::SessionId session, Command const& command, Client& client) override;
  void closed(faults::SessionId session) override;
  void stop() override { stopping_ = true; }

  struct Totals {
    std::uint64_t sessions = 0, commands = 0;
    bool write_failed = false;  // a transcript misses something; logged
  };
  Totals totals() const;

 private:
  struct Session;

  std::shared_ptr<Session> session(faults::SessionId id, Client const& client);
  // Its connection, made by the first command. Null: told to the client.
  Upstream* connected(Session& session, std::string const& login, Client& client);
  void tell(Client& client, std::string const& text) const;
  void write(Session& session, transcript::Entry entry);

  RecorderOptions const options_;
  std::atomic<bool> stopping_ = false;
  mutable rdscsi::base::Mutex mutex_;
  std::map<faults::SessionId, std::shared_ptr<Session>> sessions_;
  transcript::Redactor redactor_;  // of all sessions together
  Totals totals_;
};

}  // namespace rdssim::record
