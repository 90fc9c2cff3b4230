// The test client over libssh's blocking client API.
#include "simulator/ssh/testing/test_client.h"

#include <libssh/libssh.h>

#include "base/time.h"
#include "simulator/ssh/keys.h"

namespace rdssim::ssh {

struct TestClient::State {
  ssh_session session = ssh_new();
  std::vector<ssh_channel> channels;
  std::vector<Answer> answers;
  ssh_channel shell = nullptr;
};

TestClient::TestClient(std::uint16_t port, int timeout_s) : state_(std::make_unique<State>()) {
  int const number = port;
  bool const no = false;
  long const timeout = timeout_s;
  int const nodelay = 1;
  auto* const session = state_->session;
  ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no);
  ssh_options_set(session, SSH_OPTIONS_HOST, "127.0.0.1");
  ssh_options_set(session, SSH_OPTIONS_PORT, &number);
  ssh_options_set(session, SSH_OPTIONS_TIMEOUT, &timeout);
  ssh_options_set(session, SSH_OPTIONS_NODELAY, &nodelay);
}

TestClient::~TestClient() {
  for (auto* channel : state_->channels) {
    if (channel != nullptr) ssh_channel_free(channel);
  }
  if (state_->shell != nullptr) ssh_channel_free(state_->shell);
  ssh_disconnect(state_->session);
  ssh_free(state_->session);
}

void TestClient::offer_only(std::string const& key_exchange, std::string const& cipher,
                            std::string const& mac) {
  auto* const session = state_->session;
  ssh_options_set(session, SSH_OPTIONS_KEY_EXCHANGE, key_exchange.c_str());
  for (auto const option : {SSH_OPTIONS_CIPHERS_C_S, SSH_OPTIONS_CIPHERS_S_C})
    ssh_options_set(session, option, cipher.c_str());
  for (auto const option : {SSH_OPTIONS_HMAC_C_S, SSH_OPTIONS_HMAC_S_C})
    ssh_options_set(session, option, mac.c_str());
}

bool TestClient::connect() {
  return ssh_connect(state_->session) == SSH_OK;
}

bool TestClient::log_in(std::string const& user, ssh_key_struct* key) {
  // Only while it waits for an answer does libssh read which signatures of RSA keys the server takes.
  ssh_userauth_none(state_->session, user.c_str());
  return ssh_userauth_publickey(state_->session, user.c_str(), key) == SSH_AUTH_SUCCESS;
}

bool TestClient::log_in(std::string const& user, std::string const& password) {
  return ssh_userauth_password(state_->session, user.c_str(), password.c_str()) == SSH_AUTH_SUCCESS;
}

std::string TestClient::error() const {
  return ssh_get_error(state_->session);
}

std::string TestClient::banner() const {
  return ssh_get_serverbanner(state_->session);
}

std::string TestClient::host_key() const {
  ssh_key key = nullptr;
  if (ssh_get_server_publickey(state_->session, &key) != SSH_OK) return {};
  Key const owned(key);
  return public_line(*owned);
}

bool TestClient::connected() const {
  return ssh_is_connected(state_->session) != 0;
}

std::size_t TestClient::begin(std::string const& line) {
  Answer answer;
  ssh_channel const channel = ssh_channel_new(state_->session);
  answer.opened = ssh_channel_open_session(channel) == SSH_OK;
  answer.accepted = answer.opened && ssh_channel_request_exec(channel, line.c_str()) == SSH_OK;
  state_->channels.push_back(channel);
  state_->answers.push_back(answer);
  return state_->channels.size() - 1;
}

TestClient::Answer TestClient::end(std::size_t index, int timeout_ms) {
  Answer answer = state_->answers[index];
  ssh_channel const channel = state_->channels[index];
  auto const read_all = [&](std::string* target, int is_stderr) {
    char buffer[4096];
    auto const until = rdscsi::base::now() + std::chrono::milliseconds(timeout_ms);
    while (answer.accepted && rdscsi::base::now() < until) {
      int const size = ssh_channel_read_timeout(channel, buffer, sizeof buffer, is_stderr, 100);
      if (size > 0) target->append(buffer, static_cast<std::size_t>(size));
      if (size < 0 || ssh_channel_is_eof(channel) != 0 || ssh_channel_is_closed(channel) != 0) {
        if (size <= 0) break;
      }
    }
  };
  read_all(&answer.output, 0);
  answer.ended = ssh_channel_is_eof(channel) != 0;
  answer.lost = !connected();
  if (answer.ended) {
    read_all(&answer.errors, 1);
    answer.exit_status = ssh_channel_get_exit_status(channel);
  }
  ssh_channel_free(channel);
  state_->channels[index] = nullptr;
  return answer;
}

TestClient::Answer TestClient::exec(std::string const& line, int timeout_ms) {
  return end(begin(line), timeout_ms);
}

bool TestClient::open_shell(int columns) {
  state_->shell = ssh_channel_new(state_->session);
  return ssh_channel_open_session(state_->shell) == SSH_OK &&
         ssh_channel_request_pty_size(state_->shell, "vt100", columns, 24) == SSH_OK &&
         ssh_channel_request_shell(state_->shell) == SSH_OK;
}

void TestClient::type(std::string const& keys) {
  ssh_channel_write(state_->shell, keys.data(), static_cast<std::uint32_t>(keys.size()));
}

std::string TestClient::read_until(std::string const& until, int timeout_ms) {
  std::string seen;
  auto const end = rdscsi::base::now() + std::chrono::milliseconds(timeout_ms);
  char buffer[4096];
  while (rdscsi::base::now() < end && (until.empty() || seen.find(until) == std::string::npos)) {
    int const size = ssh_channel_read_timeout(state_->shell, buffer, sizeof buffer, 0, 100);
    if (size > 0) seen.append(buffer, static_cast<std::size_t>(size));
    if (size < 0 || ssh_channel_is_eof(state_->shell) != 0) break;
  }
  return seen;
}

bool TestClient::open_subsystem(std::string const& name) {
  ssh_channel const channel = ssh_channel_new(state_->session);
  bool const opened = ssh_channel_open_session(channel) == SSH_OK &&
                      ssh_channel_request_subsystem(channel, name.c_str()) == SSH_OK;
  ssh_channel_free(channel);
  return opened;
}

bool TestClient::open_forward(std::string const& host, int port) {
  ssh_channel const channel = ssh_channel_new(state_->session);
  bool const opened = ssh_channel_open_forward(channel, host.c_str(), port, "127.0.0.1", 1) == SSH_OK;
  ssh_channel_free(channel);
  return opened;
}

}  // namespace rdssim::ssh
