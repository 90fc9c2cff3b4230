// TestClient: a blocking libssh client that says exactly what it saw. For the tests of this folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct ssh_key_struct;

namespace rdssim::ssh {

class TestClient {
 public:
  explicit TestClient(std::uint16_t port, int timeout_s = 10);  // of each step
  ~TestClient();
  TestClient(TestClient const&) = delete;

  // Before connect(): nothing else is acceptable.
  void offer_only(std::string const& key_exchange, std::string const& cipher, std::string const& mac);

  // Each step returns whether it worked; error() then says why not.
  bool connect();
  bool log_in(std::string const& user, ssh_key_struct* key);
  bool log_in(std::string const& user, std::string const& password);
  std::string error() const;
  std::string banner() const;
  std::string host_key() const;  // `ssh-ed25519 AAAA...`
  bool connected() const;

  struct Answer {
    bool opened = false, accepted = false;  // the channel, the request
    std::string output, errors;
    int exit_status = -1;  // -1: none came
    bool ended = false;    // EOF came
    bool lost = false;     // the connection died
  };
  Answer exec(std::string const& line, int timeout_ms = 10'000);

  // The same in two steps, so that many can be under way.
  std::size_t begin(std::string const& line);
  Answer end(std::size_t channel, int timeout_ms = 10'000);

  // A shell: opens it with a pty, types, reads until `until` shows up or time is up.
  bool open_shell(int columns = 80);
  void type(std::string const& keys);
  std::string read_until(std::string const& until, int timeout_ms = 10'000);

  bool open_subsystem(std::string const& name);
  bool open_forward(std::string const& host, int port);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rdssim::ssh
