// Device: one simulated ROSE Data Server: its state (disks, files, pool, users), its console and its faults.
// No sockets, no clocks of its own, no threads: simulator/ssh puts an SSH server in front, the scenario
// engine's L1 link puts mailboxes in front. Both only hand lines in and carry bytes out. Truth: shared
// routeros/FACTS.md and the captures under testdata/, never what a driver happens to need.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/status.h"
#include "base/time.h"
#include "simulator/storage/image.h"

namespace rdssim::routeros {

using rdscsi::base::Duration;

// What a shell remembers from line to line. Made by the shell; its lines run one after the other.
struct SessionMemory {
  // By menu: the ids behind the numbers of its last print.
  std::map<std::string, std::map<std::int64_t, std::uint64_t>, std::less<>> printed;
};

// How one console session prints and evaluates. Login modifiers (`admin+cte80w`) are parsed by
// login_options().
struct SessionOptions {
  std::string user = "admin";
  // EVIDENCE(confirmed): Without a terminal a session is 80 columns wide. [FACTS 1.1; capture
  // disk-print-detail-file-7.21-rds-80col]
  int width = 80;  // columns; 80 without a pty (FACTS 1.1)
  int height = 24;
  bool interactive = false;                    // a shell with a pty: prompt, echo, no error suffix
  std::string menu = {};                       // where a shell's next line is read: "/disk"; "" is the root
  std::shared_ptr<SessionMemory> memory = {};  // null: an exec, which remembers nothing
};

// Splits `admin+cte80w` into user and options (FACTS 5.6). Unknown letters are ignored as RouterOS does.
// EVIDENCE(documented): Login modifiers: admin+cte80w is admin, 80 columns wide. [FACTS 5.6]
SessionOptions login_options(std::string_view login);

// One thing that really happened to the device's state, in order. Scenarios and crash points are driven by
// these; the oracle judges by them.
struct EffectRecord {
  std::uint64_t sequence;  // 1, 2, 3 ... since the device was made
  std::string menu;        // "/disk"
  std::string command;     // "add", "set", "remove"
  std::string target;      // slot or file name
  std::string detail;      // canonical `name=value` text of what changed
  std::string user;
};

// A login as /user/active shows it.
struct OpenSession {
  std::uint64_t id = 0;
  std::int64_t since_ns = 0;  // since 1970, of the wall clock
  std::string user, address, via = "ssh";
};

// What the caller of execute() may do between effects. Null members are skipped.
struct ExecutionHooks {
  // After each effect, before the next statement. Returning false kills the script there: its session died
  // and the device's "scripts die with their session" switch is on (FACTS 9.10 is open).
  std::function<bool(EffectRecord const&)> after_effect;
  // A command asks (`All data will be lost, are you sure? [y/N]: `); the answer is what is typed. Only asked
  // of interactive sessions.
  std::function<std::string(std::string_view prompt)> ask;
  // Who is logged in now, and the end of one of these sessions (/user/active).
  std::function<std::vector<OpenSession>()> sessions;
  std::function<void(std::uint64_t id)> end_session;
  // The device is busy for this long (disk add, copy, :delay, a `slow` fault). The caller sleeps.
  std::function<void(Duration)> busy;
};

struct ExecutionResult {
  std::string output;  // bytes as the exec channel carries them: CRLF line ends
  // EVIDENCE(confirmed): An exec ends with status 0, also when it failed; the text is on standard output.
  // [FACTS 5.5; capture errors-ssh-exec-stdout-exit0-7.20.8-hex]
  int exit_status = 0;  // 0 always, unless the profile's switch says otherwise (FACTS 5.5)
  bool killed = false;  // after_effect said stop
  std::string menu;     // where a shell's next line is read
  bool hangs = false;   // an open quote or bracket (the real console would wait for more input), or a script
                        // that never ends; output holds what it printed until then
};

// How far a device has come since its power or its software went away. Each stage holds what the ones before
// it hold; incident 19 is what a client sees between ssh and pools.
enum class BootStage {
  down,     // nothing answers
  network,  // addresses answer, no service does
  ssh,      // commands run; no pool is mounted, nothing is exported
  pools,    // pools and files are there
  up,       // and so are the exports
};
std::string_view to_string(BootStage stage);

// How long a stage lasts until the next one is entered. No device has told us; an RDS takes minutes or less.
struct BootTiming {
  Duration down = std::chrono::seconds(25), network = std::chrono::seconds(5), ssh = std::chrono::seconds(10),
           pools = std::chrono::seconds(5);
};

class Device {
 public:
  // Loads a state file's text (JSON, values only; simulator/docs/state.md describes it). Errors name the JSON
  // path.
  static absl::StatusOr<std::unique_ptr<Device>> from_state(std::string_view json, std::uint64_t seed);
  // A device with one mounted pool `storage-pool` of `pool_bytes` and directory storage-pool/metal-csi.
  // `profile` is one of profile_names(), `filesystem` the pool's.
  static absl::StatusOr<std::unique_ptr<Device>> make(std::string_view profile, std::int64_t pool_bytes,
                                                      std::uint64_t seed,
                                                      std::string_view filesystem = "btrfs");
  static std::vector<std::string> profile_names();  // 7.16, 7.16-stock, 7.21, 7.24
  // 6.42 to 7.20: versions of which only shapes of print output are known. A state file may name them too;
  // their commands are 7.16's.
  static std::vector<std::string> older_profile_names();

  ~Device();

  // Runs one exec line. Not thread-safe: the owner runs one statement at a time; a line whose `busy` hook
  // sleeps may be interleaved with others only through the owner's own locking.
  ExecutionResult execute(SessionOptions const& session, std::string_view line, ExecutionHooks const& hooks);

  std::string save_state() const;                    // JSON text that from_state() accepts
  std::vector<EffectRecord> const& effects() const;  // oldest first; see keep_effects()
  std::uint64_t effect_count() const;                // since the device was made
  // Lines have left nothing behind that later ones could see since it was made: no effect, log line, reboot
  // or variable. Who runs many lines that must not see each other may use it again.
  bool untouched() const;
  // Empties the log, and counts its lines as never written.
  void forget_log();

  // --- what the oracle reads (never through the console) ---
  struct DiskRow {
    std::string id, slot, type, file_path, comment, nqn, allow_host;
    std::int64_t size_bytes = 0;
    bool nvme_tcp_export = false, mount_filesystem = true;
    int nvme_tcp_port = 0;
  };
  struct FileRow {
    std::string name, type;
    std::int64_t size_bytes = 0;
  };
  std::vector<DiskRow> disks() const;
  std::vector<FileRow> files() const;
  struct PoolRow {
    std::string slot, mount_point;
    bool mounted;
    std::int64_t size_bytes, free_bytes;
  };
  std::vector<PoolRow> pools() const;

  // What became of a file's bytes, and in which subvolume it lies ("" : the filesystem's root).
  struct BytesRow {
    std::string name, subvolume;
    std::int64_t allocated = 0;      // bytes that take space, shared ones included
    std::int64_t written = 0;        // bytes hosts have written since the device was made
    std::int64_t server_mounts = 0;  // how often the server mounted a filesystem it found in it
  };
  std::vector<BytesRow> file_bytes() const;
  struct SubvolumeRow {
    std::uint64_t id;                          // btrfs': 256, 257 ...
    std::string fs, name, path, origin, uuid;  // origin: what it is a snapshot of
    bool read_only;
  };
  std::vector<SubvolumeRow> subvolumes() const;

  // What /user, /user/ssh-keys and /ip/ssh say of a login (FACTS 5.4, 5.11). `known` false: no such row.
  struct LoginRules {
    bool known = false, disabled = false;
    bool ssh = false;               // the group has the policy `ssh`
    std::string password;           // plain, as it was set; "" is a password, too
    std::vector<std::string> keys;  // `ssh-ed25519 AAAA...`
    bool password_allowed = true;   // false: the user has a key, and nothing allows passwords besides
    std::optional<Duration> logs_out_after;   // a console without input
    std::vector<std::string> available_from;  // as in ServiceRules
  };
  LoginRules login_rules(std::string_view user) const;
  // What /ip/service says of one: ssh, ... (FACTS 3). A name it does not list is not enabled.
  struct ServiceRules {
    bool enabled = false;
    std::uint16_t port = 0;
    std::vector<std::string> available_from;  // 10.0.0.0/8, ...; empty: from everywhere
    int max_sessions = 20;
  };
  ServiceRules service_rules(std::string_view name) const;
  // What the SSH service itself is to be, of /ip/ssh.
  struct SshRules {
    std::string host_key_type;  // rsa, ed25519
    bool strong_crypto = false;
    std::vector<std::string> ciphers;  // groups: auto, aes-gcm ...
  };
  SshRules ssh_rules() const;
  // Behind the console's back, as a device comes configured: makes the user a row of group `full` when there
  // is none, sets the password unless it is empty, adds keys that are missing. False: a key is none.
  bool give_login(std::string_view name, std::string_view password, std::vector<std::string> const& keys);
  void clear_logins();                            // no user and no key is left
  void set_host_key_type(std::string_view type);  // rsa, ed25519

  // --- what hosts see of it ---
  // A disk that is exported over NVMe/TCP and whose file is there. `uuid_text` stays the same for the same
  // disk and file, also after a reboot (what a device does is not known, FACTS 9).
  struct ExportRow {
    std::string slot, nqn, allow_host, uuid_text;
    std::uint16_t port = 4420;
    std::shared_ptr<storage::Image> image;
  };
  // In print order. A disk whose bytes cannot be had on this machine (no space, no right) is left out and
  // logged in the device's log.
  std::vector<ExportRow> exports();
  // Called, with the device held, whenever exports() may answer otherwise than before: after a change of a
  // disk or file and when a pool comes or goes. Must not call the device.
  void on_exports_change(std::function<void()> callback);
  // Where the bytes of backing files lie on this machine, by file id, and stay; without it in a temporary
  // directory. Before the first exports() or image().
  absl::Status set_image_directory(std::string path);
  // The bytes of a file by its name (no slash at either end); null when there is no such visible file.
  std::shared_ptr<storage::Image> image(std::string_view file_name);

  // --- power, reboot, boot (the owner has the clock) ---
  // Sessions, variables and running commands are gone at once: a line that was busy ends `killed`.
  // Configuration and files stay. The owner waits until_next_stage() and calls enter_next_stage() until up.
  void reboot();
  BootStage boot_stage() const;
  Duration until_next_stage() const;  // zero when up
  BootStage enter_next_stage();       // what it is in now
  void set_boot_timing(BootTiming timing);
  // Told of every stage entered, `down` included, with the device held. Must not call the device.
  void on_boot_stage(std::function<void(BootStage)> callback);

  // --- what the world does to it ---
  void set_pool_mounted(std::string_view slot, bool mounted);  // incident 19
  void reserve_pool_bytes(std::string_view slot,
                          std::int64_t bytes);  // fill or release space behind everybody's back
  void add_log_line(std::string_view text);

  // How long commands keep the device busy; defaults 500 ms add, 300 ms remove, 0 for the others. Zero:
  // `busy` is not called.
  struct Timing {
    Duration disk_add{}, disk_remove{}, disk_set{}, file_remove{};
    std::int64_t copy_bytes_per_second = std::int64_t{1} << 30;  // of /disk copy; 0: at once
  };
  void set_timing(Timing timing);

  // What one line may cost before it hangs its session, as a script that never ends does. Absolute, and far
  // above what an honest script needs; no device has told us its own limits.
  struct Limits {
    int steps = 2'000'000;  // statements and turns of loops; a list of 10 000 volumes takes 560 000
    // Of all values it builds, output included; what it only looks at counts a sixteenth.
    std::uint64_t bytes = std::uint64_t{512} << 20;
    // Of all :global variables of all users together, and how many there may be.
    std::uint64_t global_bytes = std::uint64_t{16} << 20;
    std::size_t globals = 10'000;
  };
  void set_limits(Limits limits);
  // How many of the newest effects effects() keeps (default 4096, at most twice as many are there at a time);
  // older ones are forgotten, their sequence numbers are not. The log keeps its newest 1000 lines (RouterOS'
  // own default, memory-lines), gaps() its first 4096 words.
  void keep_effects(std::size_t newest);

  // --- switches for what no device has told us yet (FACTS 9); all are kept in the state file ---
  // Which wording of an unknown error text is used; keys and counts are in error_texts.h. False: no such key.
  bool set_error_variant(std::string_view key, int variant);
  // Longest slot in characters; absent = no limit. The profile decides until this is called.
  void set_slot_limit(std::optional<int> characters);
  // True: an image occupies only the bytes written to it; false (default): all its bytes at once.
  void set_sparse_files(bool sparse);
  // Whether /file remove takes a file that a disk item shows (default true).
  void set_remove_files_in_use(bool allowed);
  // Whether two disk items may show one file (default false).
  void set_share_files(bool allowed);
  // Whether a command that asks goes on without asking where there is no terminal (default true; FACTS 2.3).
  // EVIDENCE(unknown): Whether a command that asks goes on over exec. [FACTS 2.3; switch
  // set_exec_needs_no_answer]
  void set_exec_needs_no_answer(bool goes_on);
  // Whether mount-filesystem=yes makes the server mount what hosts made inside images (default true).
  void set_mount_found_filesystems(bool mounts);

  // The policies of a user (ssh, ftp, read, write ...): what the login decides by. A user the device does not
  // list has all of them, see permissions.h.
  std::set<std::string, std::less<>> policies(std::string_view user) const;

  std::string const& profile() const;
  // Commands and menus that lines asked for and that this simulator lacks although the real device may have
  // them, as "/menu word", sorted. Words the profile's device does not have either are no gaps.
  std::vector<std::string> gaps() const;

  struct State;  // private to simulator/routeros

 private:
  explicit Device(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rdssim::routeros
