// One attempt to log in, step by step; see ssh_connector.h.
#include "rds/ssh_connector.h"

#include <fcntl.h>
#include <libssh/libssh.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <utility>

#include "base/log.h"
#include "base/reasons.h"
#include "rds/endpoint_text.h"
#include "rds/host_key.h"
#include "rds/key_file.h"
#include "rds/ssh_session.h"
#include "rds/tcp_connect.h"
#include "rds/wakeup.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::Reason;
using base::Status;
using base::StatusOr;

// What proves who the device and who we are.
struct Credentials {
  PrivateKey private_key;
  HostKeys host_keys;  // empty when verification is off
};

StatusOr<Credentials> load_credentials(Endpoint const& endpoint) {
  Credentials credentials;
  StatusOr<PrivateKey> key = PrivateKey::load(endpoint.private_key_file, endpoint.passphrase_file);
  if (!key.ok()) return base::annotate(key.status(), "authentication");
  credentials.private_key = *std::move(key);
  if (endpoint.insecure_skip_host_key_verification) return credentials;
  StatusOr<HostKeys> host_keys = HostKeys::load(endpoint.host_key_file);
  if (!host_keys.ok()) return base::annotate(host_keys.status(), "host key");
  credentials.host_keys = *std::move(host_keys);
  return credentials;
}

// One login. Lives for one connect() on that thread.
class Login {
 public:
  Login(base::Context const& ctx, Endpoint const& endpoint, SshLimits const& limits,
        Credentials const& credentials, Wakeup const& wakeup)
      : ctx_(ctx),
        endpoint_(endpoint),
        limits_(limits),
        credentials_(credentials),
        wakeup_(wakeup),
        where_(host_port(endpoint)) {}

  StatusOr<SshHandle> run(FileDescriptor socket);

 private:
  // What libssh's return codes come down to.
  enum class Progress { done, again, failed };

  Status configure(FileDescriptor socket);
  Status exchange_banners();
  Progress go_on_connecting();
  Status exchange_keys();
  Status check_host_key();
  Status authenticate();
  template <typename Attempt>
  StatusOr<Progress> drive(std::string_view step, base::Duration limit, Attempt attempt);
  Status failed(Reason reason, std::string_view step, std::string const& what) const;
  std::string error_text() const { return ssh_get_error(session_.get()); }

  base::Context const& ctx_;
  Endpoint const& endpoint_;
  SshLimits const& limits_;
  Credentials const& credentials_;
  Wakeup const& wakeup_;
  std::string const where_;
  SshHandle session_;
  int fd_ = -1;  // libssh's once it has begun to connect
  int connect_rc_ = SSH_AGAIN;
  bool spoke_ = false;  // a byte has come from the peer
};

StatusOr<SshHandle> Login::run(FileDescriptor socket) {
  if (Status const status = configure(std::move(socket)); !status.ok()) return status;
  if (Status const status = exchange_banners(); !status.ok()) return status;
  if (Status const status = exchange_keys(); !status.ok()) return status;
  if (Status const status = check_host_key(); !status.ok()) return status;
  if (Status const status = authenticate(); !status.ok()) return status;
  return std::move(session_);
}

Status Login::failed(Reason reason, std::string_view step, std::string const& what) const {
  return base::fail(reason, Effect::none, std::string(step) + ": " + what);
}

// From here on libssh owns the socket: ssh_free() closes it.
Status Login::configure(FileDescriptor socket) {
  session_.reset(ssh_new());
  bool const process_config = false;
  int const log_nothing = SSH_LOG_NOLOG;
  // The host name is never resolved nor matched: the socket exists, and the host key comes from our own file.
  // A constant keeps libssh's own parsing of user@host, scopes and ports out of the way.
  bool ok = session_ != nullptr &&
            ssh_options_set(session_.get(), SSH_OPTIONS_PROCESS_CONFIG, &process_config) == 0 &&
            ssh_options_set(session_.get(), SSH_OPTIONS_LOG_VERBOSITY, &log_nothing) == 0 &&
            ssh_options_set(session_.get(), SSH_OPTIONS_HOST, "rds") == 0 &&
            ssh_options_set(session_.get(), SSH_OPTIONS_USER, endpoint_.user.c_str()) == 0 &&
            ssh_options_set(session_.get(), SSH_OPTIONS_SSH_DIR, "/nonexistent") == 0 &&
            ssh_options_set(session_.get(), SSH_OPTIONS_KNOWNHOSTS, "/dev/null") == 0 &&
            ssh_options_set(session_.get(), SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null") == 0;
  if (ok && !endpoint_.insecure_skip_host_key_verification) {
    std::string const algorithms = credentials_.host_keys.algorithms();
    ok = ssh_options_set(session_.get(), SSH_OPTIONS_HOSTKEYS, algorithms.c_str()) == 0;
  }
  int fd = socket.get();
  if (!ok || ssh_options_set(session_.get(), SSH_OPTIONS_FD, &fd) != 0) {
    return failed(Reason::internal, "SSH set-up", session_ ? error_text() : "out of memory");
  }
  ssh_set_blocking(session_.get(), 0);
  fd_ = socket.release();
  return absl::OkStatus();
}

// Repeats `attempt` until it is done or failed; polls in between. Fails on its own when time is up or ctx
// cancelled.
template <typename Attempt>
StatusOr<Login::Progress> Login::drive(std::string_view step, base::Duration limit, Attempt attempt) {
  base::Context const step_ctx = ctx_.with_timeout(limit);
  std::string const allowed = allowed_time(ctx_, limit);
  for (;;) {
    Progress const progress = attempt();
    if (progress != Progress::again) return progress;
    if (ctx_.cancelled()) return ctx_.check();
    if (!step_ctx.check().ok()) {
      return failed(Reason::rds_unreachable, step, "no answer within " + allowed + " from " + where_);
    }
    int const wanted = ssh_get_poll_flags(session_.get());
    auto const events = static_cast<short>(POLLIN | ((wanted & SSH_WRITE_PENDING) != 0 ? POLLOUT : 0));
    wait_for_events(fd_, events, wakeup_, step_ctx.deadline());
  }
}

Status Login::exchange_banners() {
  StatusOr<Progress> const end = drive("SSH banner", limits_.banner, [&] {
    char byte = 0;
    spoke_ = spoke_ || recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
    Progress const progress = go_on_connecting();
    return ssh_get_serverbanner(session_.get()) != nullptr ? Progress::done : progress;
  });
  if (!end.ok()) return end.status();
  if (*end == Progress::done) return absl::OkStatus();
  if (!spoke_) {
    return failed(Reason::rds_turned_away, "SSH banner",
                  where_ +
                      " took the connection and hung up: all its sessions are in use (/ip service "
                      "max-sessions), or it bans this address");
  }
  return failed(Reason::rds_unreachable, "SSH banner", where_ + " is no SSH server: " + error_text());
}

// ssh_connect() covers banner and key exchange, and starts all over when it is called once too often.
Login::Progress Login::go_on_connecting() {
  if (connect_rc_ == SSH_AGAIN) connect_rc_ = ssh_connect(session_.get());
  if (connect_rc_ == SSH_AGAIN) return Progress::again;
  return connect_rc_ == SSH_OK ? Progress::done : Progress::failed;
}

Status Login::exchange_keys() {
  StatusOr<Progress> const end =
      drive("key exchange", limits_.key_exchange, [&] { return go_on_connecting(); });
  if (!end.ok()) return end.status();
  if (*end == Progress::done) return absl::OkStatus();
  std::string const why = error_text();
  // libssh gives no code for this; the wording is pinned by a test.
  if (why.find("server host key algo") != std::string::npos) {
    return failed(Reason::rds_host_key, "host key",
                  where_ + " offers no host key of a type pinned in " + endpoint_.host_key_file + " (" +
                      credentials_.host_keys.text() + "): " + why);
  }
  return failed(Reason::rds_unreachable, "key exchange", where_ + ": " + why);
}

Status Login::check_host_key() {
  if (endpoint_.insecure_skip_host_key_verification) return absl::OkStatus();
  ssh_key raw = nullptr;
  if (ssh_get_server_publickey(session_.get(), &raw) != SSH_OK) {
    return failed(Reason::rds_host_key, "host key", where_ + " presented none: " + error_text());
  }
  StatusOr<PublicKey> const presented = describe_key(raw);
  ssh_key_free(raw);
  if (!presented.ok()) return presented.status();
  if (credentials_.host_keys.contains(*presented)) return absl::OkStatus();
  return failed(Reason::rds_host_key, "host key",
                where_ + " presented " + presented->text() + ", but " + endpoint_.host_key_file + " pins " +
                    credentials_.host_keys.text() +
                    "; if the device was reinstalled on purpose, put its new public key into that file");
}

Status Login::authenticate() {
  int rc = SSH_AUTH_ERROR;
  bool accepted = false;
  StatusOr<Progress> const end = drive("authentication", limits_.authentication, [&] {
    // Asked for first on its own: with its answer has come what the device says about RSA signatures
    // (ext-info), and libssh looks at that before it does anything else with a key.
    if (!accepted) {
      int const service = ssh_service_request(session_.get(), "ssh-userauth");
      if (service != SSH_OK) return service == SSH_AGAIN ? Progress::again : Progress::failed;
      accepted = true;
    }
    rc = ssh_userauth_publickey(session_.get(), nullptr, credentials_.private_key.handle());
    return rc == SSH_AUTH_AGAIN     ? Progress::again
           : rc == SSH_AUTH_SUCCESS ? Progress::done
                                    : Progress::failed;
  });
  if (!end.ok()) return end.status();
  if (*end == Progress::done) return absl::OkStatus();
  bool const answered = rc == SSH_AUTH_DENIED || rc == SSH_AUTH_PARTIAL;
  if (!answered)
    return failed(Reason::rds_unreachable, "authentication", where_ + " hung up: " + error_text());
  return failed(Reason::rds_auth, "authentication",
                where_ + " refused user '" + endpoint_.user + "' with the " +
                    credentials_.private_key.public_key().text() + " key of " +
                    credentials_.private_key.file() + ": " + error_text());
}

}  // namespace

struct SshConnector::Impl {
  SshLimits limits;
  NameLookup lookup;
  std::atomic<bool> warned{false};
};

SshConnector::SshConnector(SshLimits limits) : impl_(std::make_unique<Impl>()) {
  impl_->limits = limits;
}

SshConnector::~SshConnector() = default;

StatusOr<std::shared_ptr<Session>> SshConnector::connect(base::Context const& ctx, Endpoint const& endpoint) {
  if (Status const ended = ctx.check(); !ended.ok()) return ended;
  StatusOr<Credentials> const credentials = load_credentials(endpoint);
  if (!credentials.ok()) return credentials.status();
  if (endpoint.insecure_skip_host_key_verification && !impl_->warned.exchange(true)) {
    base::log(base::LogLevel::warn, ctx,
              "the host key of the RDS is not verified: anybody on the way can be it");
  }
  Wakeup wakeup;
  auto const cancelled = ctx.on_cancel([&wakeup] { wakeup.ring(); });
  StatusOr<FileDescriptor> socket =
      tcp_connect(ctx.with_timeout(impl_->limits.tcp_connect), endpoint, impl_->lookup, wakeup);
  if (!socket.ok()) return socket.status();
  Login login(ctx, endpoint, impl_->limits, *credentials, wakeup);
  StatusOr<SshHandle> session = login.run(*std::move(socket));
  if (!session.ok()) return session.status();
  return make_ssh_session(*std::move(session), host_port(endpoint), impl_->limits.channel_open);
}

Status check_credentials(Endpoint const& endpoint) {
  StatusOr<PrivateKey> const key = PrivateKey::load(endpoint.private_key_file, endpoint.passphrase_file);
  if (!key.ok()) {
    bool const phrase = key.status().message().find("passphrase file ") == 0;
    return base::annotate(key.status(), phrase ? "--rds-key-passphrase-file=" + endpoint.passphrase_file
                                               : "--rds-key-file=" + endpoint.private_key_file);
  }
  if (endpoint.insecure_skip_host_key_verification) return absl::OkStatus();
  StatusOr<HostKeys> const host_keys = HostKeys::load(endpoint.host_key_file);
  if (host_keys.ok()) return absl::OkStatus();
  return base::annotate(host_keys.status(), "--rds-host-key=" + endpoint.host_key_file);
}

}  // namespace rdscsi::rds
