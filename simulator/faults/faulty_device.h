// FaultyDevice: a Device as its network sees it: sessions, channels, latency, faults and a record of all that
// happened. simulator/ssh puts libssh in front of it (L2), the scenario engine's link puts mailboxes in front
// (L1), so that a fault means the same at every level.
//
// The life of one command, as both callers play it:
//   on_connect -> on_login -> open_channel -> draw_latency, wait .request -> exec -> wait .reply -> deliver
//   the verdict
//   -> close_channel ... -> close_session
// exec() blocks for as long as the device is busy, on the caller's thread. Nothing a caller does
// (close_session, a timeout, a kill of the *client's* domain) stops a command that exec() has begun, except
// the fault session_dies with script=stops and interrupt().
//
// Threads: every method may be called from any base thread. The device is held while a line is evaluated and
// given up while it is busy, so lines of several sessions interleave there. Listeners and LinkControl are
// called without any lock; while a listener is told of an effect the device is held for it. A listener may do
// everything here but exec() and, told of an effect, with_device().
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/sync.h"
#include "base/time.h"
#include "simulator/faults/fault.h"
#include "simulator/routeros/device.h"

namespace rdssim::faults {

using SessionId = std::uint64_t;  // one TCP connection, from on_connect to close_session; 0 is none
using CommandId = std::uint64_t;  // one exec or shell line; 1, 2, 3 ...
using FaultId = std::uint64_t;    // one injection; 1, 2, 3 ...

// Time a command spends on the way, both ways together; uniform, drawn from a stream of its own.
struct LatencyModel {
  Duration low = std::chrono::milliseconds(150);
  Duration high = std::chrono::milliseconds(250);
  bool off = false;  // no delay and no draw
};

struct Latency {
  Duration request{};  // half of the draw
  Duration reply{};    // the rest
};

enum class ConnectVerdict {
  accept,
  refuse,            // nobody listens
  hang,              // TCP is accepted, no banner ever comes
  close,             // accepted and reset before the banner: session limit, connect_rate
  host_key_changed,  // goes on like accept, but the device shows another host key
};
enum class LoginVerdict { accept, refused };
enum class ChannelVerdict { accept, refuse, hang };

struct Connection {
  ConnectVerdict verdict = ConnectVerdict::refuse;
  SessionId id = 0;  // 0 for refuse and close; else to be given back by close_session()
};

// What becomes of the reply.
enum class Reply {
  answered,      // output, exit status, channel closed
  never,         // output is delivered, then nothing: no EOF, no exit status, the channel stays open
  then_reset,    // output is delivered, then the caller calls cut()
  session_dead,  // nothing is delivered; the connection was reset through LinkControl already
  vanished,      // half-open: nothing is delivered, and nobody is told
};

struct ExecVerdict {
  Reply reply = Reply::answered;
  // EVIDENCE(confirmed): Lines of an exec end in CR LF. [FACTS 1.1; capture
  // errors-ssh-exec-stdout-exit0-7.20.8-hex]
  std::string output;  // bytes as the channel carries them
  int exit_status = 0;
  std::string menu;                   // where a shell's next line is read
  std::int64_t bytes_per_second = 0;  // trickle; 0: as fast as the link carries it
  CommandId command = 0;
};

// How a line is run. Zero width or height: what the login modifiers said.
struct ExecMode {
  bool interactive = false;
  int width = 0, height = 0;
  std::string menu = {};  // where a shell's line is read: "/disk"; "" is the root
  std::shared_ptr<routeros::SessionMemory> memory = {};  // a shell's
};

// What the caller does to its connections when a fault says so. Called on the thread that injected or
// triggered the fault, without any lock; must not block and must not call exec().
class LinkControl {
 public:
  virtual ~LinkControl() = default;
  virtual void reset(SessionId session) = 0;      // cut now, both ways; close_session() was done already
  virtual void half_open(SessionId session) = 0;  // from now on its bytes vanish both ways, until reset()
  virtual void listen(bool accepting) = 0;        // `refuse` begins (false) or ends (true)
};

// Plays faults of scope `nvme`. Called from any thread, without any lock; must not wait for the device. It
// tells FaultyDevice::nvme_fired() whenever one strikes.
class NvmeControl {
 public:
  virtual ~NvmeControl() = default;
  virtual void inject(FaultId id, Fault const& fault) = 0;
  virtual void heal(FaultId id) = 0;
};

// One thing that happened, for "when an event happens" triggers, timelines and digests.
struct Event {
  enum class Kind {
    connected,  // text: peer; verdict in `detail`
    logged_in,  // text: user
    login_refused,
    session_closed,  // detail: client | reset
    channel_opened,  // detail: accept | refuse | hang
    channel_closed,
    command_started,   // text: the line
    effect,            // effect is set; text: `/disk add pvc-1`
    command_finished,  // text: the line; detail: how the reply went
    fault_injected,    // fault is set; text: its description
    fault_fired,
    fault_healed,
    boot_stage,  // text: the stage entered, `down` at a reboot
  };
  Kind kind{};
  TimePoint at{};
  SessionId session = 0;
  CommandId command = 0;
  FaultId fault = 0;
  std::string user;
  std::string text, detail;
  // Both only for an effect, and valid during the call only. The device is held for the listener: read it
  // freely.
  routeros::EffectRecord const* effect = nullptr;
  routeros::Device* device = nullptr;
};

std::string_view to_string(Event::Kind kind);
std::string_view to_string(Reply reply);

// One command, for timelines and the oracle.
struct CommandRecord {
  CommandId id = 0;
  SessionId session = 0;
  std::string user;
  std::string line;
  TimePoint started{};
  std::optional<TimePoint> finished;  // absent: still running
  Reply reply = Reply::answered;
  std::string output;  // as delivered
  std::uint64_t effects = 0;
  std::vector<FaultId> faults;  // that struck it
};

struct Counters {
  std::uint64_t connects =
      0;  // TCP connections asked for, whatever became of them (L2 cannot see refused ones)
  std::uint64_t handshakes = 0;  // logins that succeeded
  std::uint64_t logins_refused = 0;
  std::uint64_t execs = 0;
  std::uint64_t running = 0;                      // execs inside exec() now
  std::uint64_t sessions = 0, sessions_peak = 0;  // connections open now
  std::uint64_t channels = 0, channels_peak = 0;  // open now, over all sessions
  std::uint64_t channels_per_session_peak = 0;
  std::uint64_t channels_refused = 0;
};

struct FaultRecord {
  FaultId id = 0;
  Fault fault;
  TimePoint injected{};
  std::optional<TimePoint> healed;
  std::uint64_t fired = 0;
  std::vector<TimePoint> fired_at;  // the first 1000
};

struct FaultyDeviceOptions {
  std::uint64_t seed = 1;
  LatencyModel latency;
  int width = 80;  // columns of sessions whose login has no modifiers
  // The newest commands history() keeps, at least those under way; older ones are forgotten, their ids are
  // not.
  std::size_t history_kept = 4096;
  // EVIDENCE(documented): Twenty sessions at once (max-sessions); what the next client sees is a guess:
  // closed before the banner. [FACTS 5.8; FACTS 9.5]
  int session_limit = 20;  // `/ip service max-sessions` (FACTS 5.8); 0: none. Over it: ConnectVerdict::close
  // EVIDENCE(unknown): How many channels a connection may have; eight at once worked. [FACTS 5.8; FACTS 9.5;
  // switch channel_limit]
  int channel_limit = 0;  // open at once in one session; 0: any number. Over it: ChannelVerdict::refuse
  // false: what keeps the device busy is over at once, for who runs millions of lines.
  bool busy_passes = true;
};

class FaultyDevice {
 public:
  // Whoever else holds the device leaves it alone until this one is gone.
  FaultyDevice(std::shared_ptr<routeros::Device> device, FaultyDeviceOptions options);
  ~FaultyDevice();  // every exec() must have returned
  FaultyDevice(FaultyDevice const&) = delete;

  // --- what the front (SSH server, L1 link) calls ---
  Connection on_connect(std::string_view peer);
  // `login` with modifiers (`admin+cte80w`). Who may log in is the caller's business; this only says whether
  // a fault refuses it, and keeps the name for matching and records.
  LoginVerdict on_login(SessionId session, std::string_view login);
  void close_session(SessionId session);  // closes its channels too; unknown ids are ignored
  // The device's own end of a session: the same, and LinkControl::reset. For Reply::then_reset.
  void cut(SessionId session);
  ChannelVerdict open_channel(SessionId session);
  void close_channel(SessionId session);  // ignored when the session is gone
  Latency draw_latency();
  ExecVerdict exec(SessionId session, std::string_view line, ExecMode mode = {});
  // Ctrl-C: the commands of this session stop after the effect they are at, or when their busy time ends.
  void interrupt(SessionId session);
  bool session_open(SessionId session) const;
  bool is_half_open(SessionId session) const;
  std::size_t half_open_sessions() const;
  std::vector<routeros::OpenSession> logged_in() const;  // what /user/active shows
  // At most one; null to detach. The caller makes sure no call is under way when it goes away.
  void set_link_control(LinkControl* link);

  // In the place of FaultyDeviceOptions::session_limit, for connections that come.
  void set_session_limit(int sessions);

  // --- power and boot ---
  // As `/system reboot`: sessions are reset, commands under way are gone, connections are refused until the
  // device reaches stage `ssh`; pools and exports follow. expire() enters each stage when its time has come,
  // see next_expiry(). Sessions that are half-open stay silent: a reset does not reach them either.
  void reboot();
  void switch_off();  // the same, and it stays `down` until
  void switch_on();
  routeros::BootStage boot_stage() const;
  // Another device takes its place, as after a restore from a backup: sessions end as at a reboot, lines
  // under way end on the device they began on, pool faults are healed with it.
  void replace_device(std::unique_ptr<routeros::Device> device);
  // Device::on_exports_change(), kept over replace_device().
  void on_exports_change(std::function<void()> callback);

  // --- faults ---
  FaultId inject(Fault fault);
  void heal(FaultId id);
  void heal_all();
  // Windowed faults (`for`) end and stages of a boot pass when somebody looks: every method above looks, and
  // the owner of a clock calls expire() at next_expiry() so that all of it comes back by itself.
  TimePoint next_expiry() const;  // kNoDeadline: none
  void expire();
  // Who plays faults of scope `nvme`; null to detach, then injecting one does nothing. As set_link_control().
  void set_nvme_control(NvmeControl* control);
  bool serves_nvme() const;
  void nvme_fired(FaultId id);
  std::uint64_t fired(FaultId id) const;
  std::vector<FaultRecord> faults() const;  // all ever injected, in order

  // --- what happened ---
  void subscribe(
      std::function<void(Event const&)> listener);  // called in order of subscription; before use only
  std::vector<CommandRecord> history() const;       // oldest first; see history_kept
  Counters counters() const;

  // Runs `use(Device&)` with the device held. Not from a listener that is being told of an effect: it has
  // Event::device.
  template <std::invocable<routeros::Device&> Use>
  auto with_device(Use&& use) {
    Hold hold(*this);
    return use(*device_);
  }

  // The device is switched off: busy times end, scripts under way stop at their next step, later lines find a
  // dead session. For a front that must end its threads.
  void stop();

 private:
  struct State;
  struct Run;
  class Outbox;

  // The device belongs to one thread at a time; unlike a mutex it can be handed work (pool faults injected
  // from a listener) by a thread that must not wait for it.
  class Hold {
   public:
    explicit Hold(FaultyDevice& owner) : owner_(owner) { owner_.take_device(); }
    ~Hold() { owner_.give_device_back(); }
    Hold(Hold const&) = delete;

   private:
    FaultyDevice& owner_;
  };
  void take_device();
  void give_device_back();
  void on_device(std::function<void(routeros::Device&)> action);

  void tell(Event const& event);
  void deliver(Outbox& outbox);
  void follow_boot(Outbox& outbox);
  void reset_sessions(Outbox& outbox);
  void adopt_device();
  void pool_fault(FaultId id, Fault const& fault, bool apply);
  void drop_session(SessionId session, std::string_view why, Outbox& outbox);
  void go_half_open(SessionId session, FaultId fault, Outbox& outbox);

  void begin(Run& run);
  void strike_link(Run& run, LinkAt at);
  void evaluate(Run& run);
  bool after_effect(Run& run, routeros::EffectRecord const& effect);
  void slow(Run& run, bool after);
  void busy(Run const& run, Duration duration);
  void shape_reply(Run& run);
  void finish(Run& run);
  void fire(Run& run, FaultId fault);

  std::shared_ptr<routeros::Device> device_;  // shared with lines under way
  std::unique_ptr<State> state_;
};

}  // namespace rdssim::faults
