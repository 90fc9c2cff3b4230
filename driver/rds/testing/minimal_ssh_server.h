// MinimalSshServer: the smallest SSH server a connector can be tested against: one port on the loopback,
// public-key login, exec channels answered by a function, and the bad manners of incident 37. Used by
// ssh_connector_test.cpp; it knows nothing of RouterOS (the simulator does) and shares no code with the
// connector.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace rdscsi::rds::testing {

enum class Manners {
  good,
  silent_after_accept,   // TCP accepted, no banner ever
  hang_up,               // TCP accepted and closed
  not_ssh,               // sends an HTTP answer
  hang_in_key_exchange,  // banner, then nothing
  offer_only_rsa,        // banner and a KEXINIT whose host keys are all RSA, then nothing
  refuse_key,            // login denied
  ignore_channel_open,   // logged in, channel requests never answered
  refuse_channel,        // logged in, channels refused
};

// What one exec request is answered with.
struct Answer {
  std::string output;
  std::optional<int> exit_status = 0;
  base::Duration delay{};                    // before the first byte
  std::size_t chunk = std::size_t{1} << 15;  // bytes per write
  base::Duration between_chunks{};
  bool never = false;           // no output, no end
  bool cut_connection = false;  // after the output: reset the TCP connection instead of ending the channel
  bool refuse_exec = false;     // CHANNEL_FAILURE
};

// Thread-safe. The destructor cuts all connections and joins all threads.
class MinimalSshServer {
 public:
  struct Options {
    std::string host_key_file;      // private key, OpenSSH form
    std::string authorized_base64;  // the one public key let in
    Manners manners = Manners::good;
    bool ipv6 = false;
  };
  explicit MinimalSshServer(Options options);
  ~MinimalSshServer();

  std::uint16_t port() const;
  void answer_with(std::function<Answer(std::string const& line)> handler);  // default: echoes the line
  void set_manners(Manners manners);                                         // for connections from now on
  void cut_all();                                                            // resets every connection

  std::vector<std::string> lines() const;  // exec requests so far, in order of arrival
  std::vector<std::string> users() const;  // names tried at login
  int open_channels_peak() const;
  int open_channels() const;
  int connections() const;  // accepted so far

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Makes a key pair in `directory`: <name> (OpenSSH or PEM form as libssh writes it) and <name>.pub.
// Returns the public key as "type base64".
enum class KeyKind { ed25519, rsa, ecdsa };
std::string make_key_pair(std::string const& directory, std::string const& name, KeyKind kind,
                          std::string const& passphrase = "");

}  // namespace rdscsi::rds::testing
