// Login, channels and the end of one connection.
#include "simulator/ssh/connection.h"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>
#include <sys/socket.h>

#include <algorithm>

#include "simulator/faults/text.h"
#include "simulator/ssh/keys.h"
#include "simulator/ssh/peer.h"

namespace rdssim::ssh {
namespace {

// EVIDENCE(documented): Three login attempts a connection. [FACTS 5.9]
constexpr int kAttemptsMax = 3;  // FACTS 5.9

// EVIDENCE(documented): Who logs in over SSH needs the policy ssh. [FACTS 5.11]
bool may_log_in(routeros::Device::LoginRules const& rules, std::string_view address) {
  return rules.known && !rules.disabled && rules.ssh && comes_from(address, rules.available_from);
}

}  // namespace

// libssh's view of this connection; `userdata` is the Connection.
struct Connection::Callbacks {
  ssh_server_callbacks_struct table{};

  static Connection& self(void* data) { return *static_cast<Connection*>(data); }
  ssh_callbacks_struct common{};

  static int on_none(ssh_session, char const*, void*) { return SSH_AUTH_DENIED; }
  static int on_password(ssh_session, char const* user, char const* password, void* data) {
    return self(data).log_in_by_password(user, password) ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
  }
  static int on_key(ssh_session, char const* user, ssh_key_struct* key, char state, void* data) {
    bool const proven = state == SSH_PUBLICKEY_STATE_VALID;
    if (state != SSH_PUBLICKEY_STATE_NONE && !proven) return SSH_AUTH_DENIED;
    return self(data).log_in_by_key(user, *key, proven) ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
  }
  static void on_global_request(ssh_session, ssh_message message, void* data) {
    if (ssh_message_subtype(message) != SSH_GLOBAL_REQUEST_KEEPALIVE) {
      ssh_message_reply_default(message);  // forwarding: refused
    } else if (self(data).services_.options.answers_keepalive) {
      ssh_message_global_request_reply_success(message, 0);
    }
  }
  // All that no other callback takes: channel opens come here, because only here they may stay unanswered.
  static int on_message(ssh_session, ssh_message message, void* data) {
    constexpr int kAnswered = 0, kAnswerByDefault = 1;
    bool const opens = ssh_message_type(message) == SSH_REQUEST_CHANNEL_OPEN &&
                       ssh_message_subtype(message) == SSH_CHANNEL_SESSION;
    // EVIDENCE(documented): Forwarding is off unless switched on. [FACTS 5.7]
    if (!opens) return kAnswerByDefault;  // forwarding, unknown requests: refused
    return self(data).open_channel(message) == Opened::refused ? kAnswerByDefault : kAnswered;
  }
};

Connection::Connection(Services& services, faults::SessionId id, std::string_view peer,
                       ssh_session_struct* session)
    : services_(services),
      id_(id),
      session_(session),
      callbacks_(std::make_unique<Callbacks>()),
      address_(peer.substr(0, peer.rfind(':'))) {
  auto& table = callbacks_->table;
  ssh_callbacks_init(&table);
  table.userdata = this;
  table.auth_none_function = Callbacks::on_none;
  table.auth_password_function = Callbacks::on_password;
  table.auth_pubkey_function = Callbacks::on_key;
  ssh_set_server_callbacks(session_, &table);
  auto& common = callbacks_->common;
  ssh_callbacks_init(&common);
  common.userdata = this;
  common.global_request_function = Callbacks::on_global_request;
  ssh_set_callbacks(session_, &common);
  ssh_set_message_callback(session_, Callbacks::on_message, this);
  ssh_set_auth_methods(session_, SSH_AUTH_METHOD_PUBLICKEY | SSH_AUTH_METHOD_PASSWORD);
  ssh_set_blocking(session_, 0);
  ssh_handle_key_exchange(session_);  // sends the banner; the loop does the rest
  services_.loop.add(session_);
}

Connection::~Connection() {
  for (auto const& channel : channels_) channel->release(false);
  if (!half_open_) services_.loop.remove(session_);
  ssh_free(session_);
  if (!user_.empty())
    log(faults::concat("system,info,account user ", user_, " logged out from ", address_, " via ssh"));
  if (services_.relay != nullptr) services_.relay->closed(id_);
  if (!cut_) services_.left(id_);
}

bool Connection::turn() {
  if (cut_) return false;
  if (half_open_) return true;
  if (failures_ >= kAttemptsMax) ssh_disconnect(session_);
  if ((ssh_get_status(session_) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0) return false;
  for (auto const& channel : channels_) {
    channel->pump();
    if (channel->finished()) channel->release(true);
  }
  std::erase_if(channels_, [](auto const& channel) { return channel->finished(); });
  return true;
}

void Connection::cut() {
  linger const at_once{1, 0};
  setsockopt(ssh_get_fd(session_), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  cut_ = true;
}

void Connection::half_open() {
  if (half_open_) return;
  half_open_ = true;
  services_.loop.remove(session_);
  for (auto const& channel : channels_) channel->silence();
}

// --- login ---

// Names come from anywhere; the log is for people's screens.
void Connection::log(std::string_view text) {
  std::string plain(text);
  for (char& c : plain) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  }
  services_.device.with_device([&](routeros::Device& router) { router.add_log_line(plain); });
}

// EVIDENCE(confirmed): Logins and failed logins are lines of the log: `user admin logged in from ... via
// ssh`, `login failure for user root from ... via ssh`. [FACTS 3; capture log-print-detail]
bool Connection::failed_attempt(std::string_view user) {
  ++failures_;
  log(faults::concat("system,error,critical login failure for user ", user, " from ", address_, " via ssh"));
  return false;
}

bool Connection::admit(std::string_view login, std::string_view user) {
  if (services_.device.on_login(id_, login) != faults::LoginVerdict::accept) return failed_attempt(user);
  user_ = std::string(user);
  login_ = std::string(login);
  log(faults::concat("system,info,account user ", user, " logged in from ", address_, " via ssh"));
  return true;
}

Channel::Login Connection::login() const {
  auto const rules =
      services_.device.with_device([&](routeros::Device& router) { return router.login_rules(user_); });
  return {user_, login_, rules.logs_out_after};
}

bool Connection::log_in_by_password(std::string_view login, std::string_view password) {
  auto const user = routeros::login_options(login).user;
  auto const rules =
      services_.device.with_device([&](routeros::Device& router) { return router.login_rules(user); });
  bool const fits = may_log_in(rules, address_) && rules.password_allowed && rules.password == password;
  return fits ? admit(login, user) : failed_attempt(user);
}

bool Connection::log_in_by_key(std::string_view login, ssh_key_struct const& key, bool proven) {
  auto const user = routeros::login_options(login).user;
  auto const rules =
      services_.device.with_device([&](routeros::Device& router) { return router.login_rules(user); });
  bool const fits =
      may_log_in(rules, address_) &&
      std::any_of(rules.keys.begin(), rules.keys.end(), [&](auto const& line) { return is_key(line, key); });
  if (!proven) return fits;  // a question whether signing is worth it; no attempt yet
  return fits ? admit(login, user) : failed_attempt(user);
}

// --- channels ---

Connection::Opened Connection::open_channel(ssh_message_struct* request) {
  if (user_.empty()) return Opened::refused;
  switch (services_.device.open_channel(id_)) {
    case faults::ChannelVerdict::refuse:
      return Opened::refused;
    case faults::ChannelVerdict::hang:
      return Opened::unanswered;
    case faults::ChannelVerdict::accept:
      break;
  }
  ssh_channel const handle = ssh_message_channel_request_open_reply_accept(request);
  if (handle == nullptr) {
    services_.device.close_channel(id_);
    return Opened::refused;
  }
  channels_.push_back(std::make_shared<Channel>(services_, id_, login(), handle));
  return Opened::yes;
}

}  // namespace rdssim::ssh
