// libssh's client: blocking until it is logged in, in small steps afterwards.
#include "simulator/record/upstream.h"

#include <libssh/libssh.h>
#include <poll.h>

#include <mutex>
#include <utility>

#include "base/reasons.h"
#include "simulator/faults/text.h"
#include "simulator/ssh/keys.h"

namespace rdssim::record {

using faults::concat;
using rdscsi::base::Effect;
using rdscsi::base::fail;
using rdscsi::base::Guard;
using rdscsi::base::Reason;
using rdscsi::base::Status;
using rdscsi::base::StatusOr;

namespace {

// Another command of the same connection may have read what this one waits for.
constexpr int kLookAgainMs = 5;

struct SessionDeleter {
  void operator()(ssh_session session) const {
    ssh_disconnect(session);
    ssh_free(session);
  }
};
using Session = std::unique_ptr<std::remove_pointer_t<ssh_session>, SessionDeleter>;

std::string fingerprint_of(ssh_session session) {
  ssh_key raw = nullptr;
  if (ssh_get_server_publickey(session, &raw) != SSH_OK) return "unreadable";
  ssh::Key const key(raw);
  unsigned char* hash = nullptr;
  std::size_t size = 0;
  if (ssh_get_publickey_hash(key.get(), SSH_PUBLICKEY_HASH_SHA256, &hash, &size) != SSH_OK)
    return "unreadable";
  char* const text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size);
  std::string fingerprint = text == nullptr ? "unreadable" : text;
  ssh_string_free_char(text);
  ssh_clean_pubkey_hash(&hash);
  return fingerprint;
}

Status check_host_key(ssh_session session, UpstreamOptions const& options) {
  std::string const shown = fingerprint_of(session);
  if (!options.fingerprint.empty()) {
    if (shown == options.fingerprint) return absl::OkStatus();
    return fail(Reason::rds_host_key, Effect::none,
                concat(options.host, " shows the host key ", shown, ", expected ", options.fingerprint));
  }
  switch (ssh_session_is_known_server(session)) {
    case SSH_KNOWN_HOSTS_OK:
      return absl::OkStatus();
    case SSH_KNOWN_HOSTS_CHANGED:
    case SSH_KNOWN_HOSTS_OTHER:
      return fail(
          Reason::rds_host_key, Effect::none,
          concat(options.host, " shows the host key ", shown, ", another than in ", options.known_hosts));
    default:
      return fail(
          Reason::rds_host_key, Effect::none,
          concat("the host key of ", options.host, " is not in ", options.known_hosts, "; it shows ", shown));
  }
}

Status log_in(ssh_session session, UpstreamOptions const& options, std::string const& login) {
  int result = SSH_AUTH_DENIED;
  if (!options.key_file.empty()) {
    ssh_key raw = nullptr;
    if (ssh_pki_import_privkey_file(options.key_file.c_str(), "", nullptr, nullptr, &raw) != SSH_OK) {
      return fail(Reason::invalid_argument, Effect::none,
                  concat("`", options.key_file, "` is not a private key without passphrase"));
    }
    ssh::Key const key(raw);
    // As OpenSSH does. Only while it waits for an answer does libssh read which signatures of RSA keys the
    // device takes.
    ssh_userauth_none(session, nullptr);
    result = ssh_userauth_publickey(session, nullptr, key.get());
  } else {
    result = ssh_userauth_password(session, nullptr, options.password.c_str());
  }
  if (result == SSH_AUTH_SUCCESS) return absl::OkStatus();
  return fail(Reason::rds_auth, Effect::none,
              concat(options.host, " refuses the login ", login, " by ",
                     options.key_file.empty() ? "password" : "key"));
}

}  // namespace

StatusOr<std::unique_ptr<Upstream>> Upstream::connect(UpstreamOptions const& options,
                                                      std::string const& login) {
  Session session(ssh_new());
  bool const no = false;
  unsigned const port = options.port;
  auto const set = [&](ssh_options_e option, void const* value) {
    ssh_options_set(session.get(), option, value);
  };
  set(SSH_OPTIONS_PROCESS_CONFIG, &no);  // this machine's ssh_config is not ours
  set(SSH_OPTIONS_HOST, options.host.c_str());
  set(SSH_OPTIONS_PORT, &port);
  set(SSH_OPTIONS_USER, login.c_str());
  set(SSH_OPTIONS_TIMEOUT, &options.timeout_seconds);
  set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  set(SSH_OPTIONS_KNOWNHOSTS, options.known_hosts.empty() ? "/dev/null" : options.known_hosts.c_str());
  if (ssh_connect(session.get()) != SSH_OK) {
    return fail(Reason::rds_unreachable, Effect::none,
                concat(options.host, " port ", std::to_string(port), ": ", ssh_get_error(session.get())));
  }
  if (Status status = check_host_key(session.get(), options); !status.ok()) return status;
  if (Status status = log_in(session.get(), options, login); !status.ok()) return status;
  ssh_set_blocking(session.get(), 0);
  return std::unique_ptr<Upstream>(new Upstream(session.release()));
}

Upstream::Upstream(ssh_session_struct* session) : session_(session), event_(ssh_event_new()) {
  ssh_event_add_session(event_, session_);
}

Upstream::~Upstream() {
  ssh_event_remove_session(event_, session_);
  ssh_event_free(event_);
  SessionDeleter()(session_);
}

void Upstream::wait() const {
  pollfd readable{ssh_get_fd(session_), POLLIN, 0};
  ::poll(&readable, 1, kLookAgainMs);
}

// One command's channel; every call takes the session for as long as it lasts.
class Upstream::Channel {
 public:
  explicit Channel(Upstream& owner) : owner_(owner) {
    Guard const guard(owner_.mutex_);
    handle_ = ssh_channel_new(owner_.session_);
  }
  ~Channel() {
    Guard const guard(owner_.mutex_);
    ssh_channel_free(handle_);  // closes it when it is open
  }
  Channel(Channel const&) = delete;

  // Repeats `step` until it is done. False: refused, or the connection broke, or `gone` said so.
  bool finish(std::function<bool()> const& gone, auto step) {
    while (!gone()) {
      int result = SSH_ERROR;
      {
        Guard const guard(owner_.mutex_);
        result = step(handle_);
      }
      if (result != SSH_AGAIN) return result == SSH_OK;
      owner_.wait();
    }
    return false;
  }
  // What has come; empty: nothing now.
  std::string read(bool from_stderr) {
    char buffer[16384];
    Guard const guard(owner_.mutex_);
    int const size = ssh_channel_read_nonblocking(handle_, buffer, sizeof buffer, from_stderr ? 1 : 0);
    return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : std::string();
  }
  // Reading alone would not do: behind the end of the output libssh no longer looks for the close.
  bool closed() {
    Guard const guard(owner_.mutex_);
    ssh_event_dopoll(owner_.event_, 0);
    return ssh_channel_is_closed(handle_) != 0;
  }
  bool lost() {
    Guard const guard(owner_.mutex_);
    return ssh_is_connected(owner_.session_) == 0;
  }
  std::optional<int> exit_status() {
    Guard const guard(owner_.mutex_);
    int const status = ssh_channel_get_exit_status(handle_);
    return status < 0 ? std::nullopt : std::optional<int>(status);
  }

 private:
  Upstream& owner_;
  ssh_channel handle_;
};

Upstream::Result Upstream::exec(std::string const& line, std::optional<ssh::Relay::Terminal> const& pty,
                                Say const& say, std::function<bool()> const& gone) {
  Channel channel(*this);
  bool const begun =
      channel.finish(gone, [](ssh_channel handle) { return ssh_channel_open_session(handle); }) &&
      (!pty || channel.finish(gone,
                              [&](ssh_channel handle) {
                                return ssh_channel_request_pty_size(handle, pty->name.c_str(), pty->width,
                                                                    pty->height);
                              })) &&
      channel.finish(gone,
                     [&](ssh_channel handle) { return ssh_channel_request_exec(handle, line.c_str()); });
  if (!begun) {
    if (gone()) return {End::left, std::nullopt};
    return {channel.lost() ? End::lost : End::refused, std::nullopt};
  }
  for (;;) {
    // Asked first: what came before the close is read after it.
    bool const closed = channel.closed(), lost = channel.lost();
    bool heard = false;
    for (bool const from_stderr : {false, true}) {
      std::string const bytes = channel.read(from_stderr);
      if (!bytes.empty()) say(bytes, from_stderr);
      heard |= !bytes.empty();
    }
    if (heard) continue;
    if (closed && !lost) return {End::closed, channel.exit_status()};
    if (lost) return {End::lost, std::nullopt};
    if (gone()) return {End::left, std::nullopt};
    wait();
  }
}

}  // namespace rdssim::record
