// From a client's command to a line of its transcript.
#include "simulator/record/recorder.h"

#include <fstream>
#include <mutex>
#include <optional>
#include <utility>

#include "simulator/faults/text.h"

namespace rdssim::record {

using faults::concat;
using rdscsi::base::Guard;
using transcript::Entry;

namespace {

constexpr int kProxyFailed = 255;  // as ssh(1) ends when it could not connect

Entry::End entry_end(Upstream::Result const& result) {
  switch (result.end) {
    case Upstream::End::closed:
      return result.exit_status ? Entry::End::exit : Entry::End::no_status;
    case Upstream::End::refused:
      return Entry::End::refused;
    case Upstream::End::left:
      return Entry::End::left;
    case Upstream::End::lost:
      break;
  }
  return Entry::End::lost;
}

}  // namespace

// One client connection. `upstream` is made under `connecting` and stays until the last command lets go.
struct Recorder::Session {
  std::uint64_t number = 0;  // in this recording, by first command; 0: there was none yet
  bool begun = false;        // its transcript has its head
  std::string login;
  rdscsi::base::Mutex connecting, writing;
  std::unique_ptr<Upstream> upstream;
};

Recorder::Recorder(RecorderOptions options) : options_(std::move(options)) {
  for (auto const& secret : options_.secrets) redactor_.add_secret(secret);
  redactor_.add_secret(options_.upstream.password);
}

Recorder::~Recorder() = default;

// Null: the client has gone, and closed() has been or will be called before anything is made for it.
std::shared_ptr<Recorder::Session> Recorder::session(faults::SessionId id, Client const& client) {
  Guard const guard(mutex_);
  if (client.gone() || stopping_) return nullptr;
  auto& found = sessions_[id];
  if (found == nullptr) found = std::make_shared<Session>();
  return found;
}

void Recorder::closed(faults::SessionId id) {
  std::shared_ptr<Session> last;  // disconnects when the lock is given back
  Guard const guard(mutex_);
  auto const found = sessions_.find(id);
  if (found == sessions_.end()) return;
  last = std::move(found->second);
  sessions_.erase(found);
}

Upstream* Recorder::connected(Session& session, std::string const& login, Client& client) {
  Guard const guard(session.connecting);
  if (session.upstream == nullptr) {
    auto made = Upstream::connect(options_.upstream, login);
    if (made.ok()) {
      session.upstream = std::move(*made);
      session.login = login;
    } else {
      tell(client, std::string(made.status().message()));
    }
  }
  return session.upstream.get();
}

void Recorder::tell(Client& client, std::string const& text) const {
  options_.log(text);
  client.say(concat("rds-sim record: ", text, "\r\n"), true);
}

ssh::Relay::End Recorder::exec(faults::SessionId id, Command const& command, Client& client) {
  auto const mine = session(id, client);
  if (mine == nullptr) return {};
  Upstream* const upstream = connected(*mine, command.login, client);
  if (upstream == nullptr) return {kProxyFailed, false};
  Entry entry;
  {
    Guard const guard(mutex_);
    if (mine->number == 0) mine->number = ++totals_.sessions;
    entry.number = ++totals_.commands;
    entry.command = redactor_.clean(command.line);
  }
  if (command.pty) entry.pty = transcript::Terminal{command.pty->width, command.pty->height};
  auto const say = [&](std::string_view bytes, bool on_stderr) {
    (on_stderr ? entry.errors : entry.output) += bytes;
    client.say(std::string(bytes), on_stderr);
  };
  auto const result =
      upstream->exec(command.line, command.pty, say, [&] { return client.gone() || stopping_; });
  entry.end = entry_end(result);
  entry.exit_status = result.exit_status.value_or(0);
  write(*mine, entry);
  if (result.end == Upstream::End::refused) {
    tell(client, concat("the device refuses the command ", transcript::quoted(entry.command)));
    return {kProxyFailed, false};
  }
  return {result.exit_status, result.end == Upstream::End::lost};
}

void Recorder::write(Session& session, Entry entry) {
  {
    Guard const guard(mutex_);
    entry.output = redactor_.clean(entry.output);
    entry.errors = redactor_.clean(entry.errors);
  }
  std::string const path =
      concat(options_.directory, "/", options_.recording, "-", std::to_string(session.number), ".txt");
  Guard const guard(session.writing);
  std::string text;
  if (!session.begun) {
    transcript::Transcript head;
    head.source =
        concat("rds-sim record of ", options_.upstream.host, ":", std::to_string(options_.upstream.port));
    head.device = options_.device;
    head.commands = "see below";
    head.session = session.number;
    head.login = session.login;
    head.recording = options_.recording;
    text = transcript::write_head(head);
    session.begun = true;
  }
  text += transcript::write_entry(entry);
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << text;
  if (file.flush()) return options_.log(concat(path, ": ", transcript::quoted(entry.command)));
  options_.log(concat(path, ": cannot be written; ", transcript::quoted(entry.command), " is not recorded"));
  Guard const totals(mutex_);
  totals_.write_failed = true;
}

Recorder::Totals Recorder::totals() const {
  Guard const guard(mutex_);
  return totals_;
}

}  // namespace rdssim::record
