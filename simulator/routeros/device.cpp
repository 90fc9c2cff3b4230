// Device: runs lines, keeps the state, answers the oracle. The language lives in parser*.cpp and console.cpp.
#include "simulator/routeros/device.h"

#include <algorithm>
#include <utility>

#include "simulator/routeros/console.h"
#include "simulator/routeros/error_texts.h"
#include "simulator/routeros/menu_support.h"
#include "simulator/routeros/menus.h"
#include "simulator/routeros/parser.h"
#include "simulator/routeros/service_menu.h"
#include "simulator/routeros/state_file.h"

namespace rdssim::routeros {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A word the profile's own device lacks too is no gap: a driver asks for such words to learn what the device
// can do. Menus outside the captured dumps may exist for all we know.
bool is_gap(Schema const& schema, std::string_view word) {
  auto const blank = word.find(' ');
  if (blank == std::string_view::npos) {
    // Below the root: not in the dump at all, except words that cannot be menus.
    return word.size() > 1 && word[1] >= 'a' && word[1] <= 'z';
  }
  auto const* menu = schema.menu(word.substr(0, blank));
  if (menu == nullptr) return true;
  auto const found = find_word(*menu, word.substr(blank + 1));
  // /ip and /system stand in the dumps for some of their menus only.
  if (found.unknown() && !menu->listed) return word[blank + 1] >= 'a' && word[blank + 1] <= 'z';
  return (found.command != nullptr && !found.command->implemented) ||
         (found.menu != nullptr && !found.menu->implemented);
}

}  // namespace

SessionOptions login_options(std::string_view login) {
  SessionOptions options;
  auto const plus = login.rfind('+');
  options.user = std::string(login.substr(0, plus));
  if (plus == std::string_view::npos) return options;
  auto rest = login.substr(plus + 1);
  while (!rest.empty()) {
    std::size_t digits = 0;
    while (digits < rest.size() && is_digit(rest[digits])) ++digits;
    std::int64_t number = 0;
    bool const sized =
        digits > 0 && digits < rest.size() && digits < 6 && parse_number(rest.substr(0, digits), number);
    if (sized && rest[digits] == 'w' && number >= 20) options.width = static_cast<int>(number);
    if (sized && rest[digits] == 'h' && number > 0) options.height = static_cast<int>(number);
    rest.remove_prefix(std::min(digits + 1, rest.size()));
  }
  return options;
}

Device::Device(std::unique_ptr<State> state) : state_(std::move(state)) {}
Device::~Device() = default;

absl::StatusOr<std::unique_ptr<Device>> Device::from_state(std::string_view json, std::uint64_t seed) {
  auto state = read_state(json);
  if (!state.ok()) return state.status();
  (*state)->random = rdscsi::base::RandomStream(seed);
  return std::unique_ptr<Device>(new Device(std::move(*state)));
}

absl::StatusOr<std::unique_ptr<Device>> Device::make(std::string_view profile, std::int64_t pool_bytes,
                                                     std::uint64_t seed, std::string_view filesystem) {
  auto const size = std::to_string(pool_bytes);
  return from_state(R"({"profile": ")" + std::string(profile) + R"(", "identity": "MikroTik-RDS", "disks": [
      {"slot": "storage-pool", "type": "raid", "slot-default": "", "parent": "", "fs-label": "storage-pool",
       "fs-uuid": "40437dbc-2318-45dc-817b-b3bb95cf48ab", "fs": ")" +
                        std::string(filesystem) +
                        R"(", "model": "RAID6 2-parity-disks",
       "size": )" + size +
                        R"(, "mount-filesystem": true, "mount-read-only": false, "compress": false,
       "sector-size": 512, "raid-type": "6", "raid-device-count": 8, "raid-max-component-size": "none",
       "raid-chunk-size": "1M", "raid-master": "none", "state": "clean", "nvme-tcp-export": false,
       "iscsi-export": false, "nfs-sharing": false, "smb-sharing": false, "media-sharing": false,
       "media-interface": "none", "swap": false, "disabled": false, "block-device": true,
       "pool": {"mount-point": "storage-pool", "mounted": true, "size": )" +
                        size + R"(}}],
      "files": [{"name": "storage-pool", "type": "disk", "last-modified": "2025-11-11 13:12:10"},
                {"name": "storage-pool/metal-csi", "type": "directory", "last-modified": "2025-11-11 16:47:07"}]})",
                    seed);
}

bool Device::untouched() const {
  return state_->effect_count == 0 && state_->log_lines == 0 && state_->globals.empty() && state_->boots == 0;
}

void Device::forget_log() {
  state_->log.clear();
  state_->log_lines = 0;
}

Device::ServiceRules Device::service_rules(std::string_view name) const {
  return routeros::service_rules(*state_, name);
}

std::vector<std::string> Device::older_profile_names() {
  return routeros::older_profile_names();
}

std::vector<std::string> Device::profile_names() {
  return all_profile_names();
}

ExecutionResult Device::execute(SessionOptions const& session, std::string_view line,
                                ExecutionHooks const& hooks) {
  if (state_->boot_stage < BootStage::ssh) {
    ExecutionResult nobody;
    nobody.killed = true;
    return nobody;
  }
  auto const& profile = *state_->profile;
  auto const parsed = parse(*profile.schema, line, {profile.bad_parameter, false, session.menu});
  ExecutionResult result;
  result.menu = parsed.menu;
  for (auto const& word : parsed.unknown_words) {
    if (is_gap(*profile.schema, word)) state_->add_gap(word);
  }
  if (parsed.incomplete) {
    result.hangs = true;
    return result;
  }
  if (parsed.program == nullptr) {
    result.output = parsed.error + "\r\n";
    return result;
  }
  Console console(*state_, session, hooks);
  try {
    console.run(*parsed.program);
  } catch (ScriptError const& error) {
    console.put(error.text);
  } catch (Killed const&) {
    result.killed = true;
  } catch (RunsForever const&) {
    result.hangs = true;
  } catch (ReturnSignal const&) {
    // :return at the top ends the script.
  } catch (ExitSignal const&) {
  } catch (LoopSignal const&) {
  }
  result.output = console.take_output();
  return result;
}

void Device::State::add_log(LogLine line) {
  ++log_lines;
  constexpr std::size_t kLines = 1000;  // memory-lines of RouterOS' own default
  if (log.size() >= kLines) log.erase(log.begin(), log.end() - (kLines - 1));
  log.push_back(std::move(line));
}

void Device::State::add_gap(std::string word) {
  constexpr std::size_t kWords = 4096;
  constexpr std::size_t kLongest = 200;
  if (word.size() <= kLongest && (gaps.size() < kWords || gaps.contains(word))) gaps.insert(std::move(word));
}

void Device::set_limits(Limits limits) {
  state_->limits = limits;
}
void Device::keep_effects(std::size_t newest) {
  state_->effects_kept = std::max<std::size_t>(1, newest);
}
std::uint64_t Device::effect_count() const {
  return state_->effect_count;
}

std::set<std::string, std::less<>> Device::policies(std::string_view user) const {
  return policies_of(state_->users, state_->groups, user);
}

std::string Device::save_state() const {
  return write_state(*state_);
}
std::vector<EffectRecord> const& Device::effects() const {
  return state_->effects;
}

std::vector<Device::DiskRow> Device::disks() const {
  std::vector<DiskRow> rows;
  for (auto const& disk : state_->storage.disks()) {
    DiskRow row;
    row.id = storage::format_id(disk.id);
    row.slot = disk.text("slot");
    row.type = disk.text("type");
    row.file_path = disk.text("file-path");
    row.comment = disk.text("comment");
    row.nqn = nqn_of(*state_->profile, disk);
    row.allow_host = disk.text("nvme-tcp-server-allow-host-name");
    row.size_bytes = disk.number("size");
    row.nvme_tcp_export = disk.flag("nvme-tcp-export");
    row.mount_filesystem = disk.flag("mount-filesystem", true);
    row.nvme_tcp_port = static_cast<int>(disk.number("nvme-tcp-server-port", row.nvme_tcp_export ? 4420 : 0));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Device::FileRow> Device::files() const {
  std::vector<FileRow> rows;
  for (auto const& file : state_->storage.all_files()) {
    rows.push_back({file.text("name"), file.text("type"), file.number("size")});
  }
  return rows;
}

std::vector<Device::PoolRow> Device::pools() const {
  std::vector<PoolRow> rows;
  for (auto const& pool : state_->storage.pools()) {
    auto const* disk = state_->storage.disk_by_id(pool.disk_id);
    if (disk == nullptr || pool.gone) continue;  // the boot flash is no pool
    rows.push_back({disk->text("slot"), pool.mount_point, state_->storage.mounted(pool), pool.size,
                    state_->storage.free_bytes(pool)});
  }
  return rows;
}

std::shared_ptr<storage::SparseFileImage> Device::State::image_of(storage::Record const& file) {
  auto const image = storage.image_of(file);
  if (image.ok()) return *image;
  add_log({wall_time_text(), "system,error", std::string(image.status().message())});
  return nullptr;
}

std::vector<Device::ExportRow> Device::exports() {
  std::vector<ExportRow> rows;
  if (state_->boot_stage != BootStage::up) return rows;
  // Asked after every change of the device: a search of all files for each disk would hold it up.
  auto const files = state_->storage.visible_files_by_name();
  for (auto const& disk : state_->storage.disks()) {
    if (!disk.flag("nvme-tcp-export") || disk.text("type") != "file" || disk.flag("disabled")) continue;
    auto const file = files.find(storage::file_name_of(disk.text("file-path")));
    auto const whole = file == files.end() ? nullptr : state_->image_of(*file->second);
    if (whole == nullptr) continue;
    ExportRow row;
    row.slot = disk.text("slot");
    row.nqn = nqn_of(*state_->profile, disk);
    row.allow_host = disk.text("nvme-tcp-server-allow-host-name");
    row.port = static_cast<std::uint16_t>(disk.number("nvme-tcp-server-port", 4420));
    row.uuid_text = storage::format_id(disk.id) + " " + disk.text("file-path");
    std::int64_t const offset = disk.number("file-offset"), size = disk.number("size");
    row.image = whole;
    // The same view as long as nothing changed, so that hosts are not told of a change.
    auto& view = state_->views[disk.id];
    if (offset == 0 && size == whole->size()) {
      view = {};
    } else {
      if (view.whole != whole || view.offset != offset || view.size != size)
        view = {whole, offset, size, std::make_shared<storage::ImageView>(whole, offset, size)};
      row.image = view.view;
    }
    rows.push_back(std::move(row));
  }
  forget_gone_disks(state_->views, state_->storage.disks());
  return rows;
}

void Device::on_exports_change(std::function<void()> callback) {
  state_->exports_changed = std::move(callback);
}

absl::Status Device::set_image_directory(std::string path) {
  return state_->storage.images.set_directory(std::move(path));
}

std::shared_ptr<storage::Image> Device::image(std::string_view file_name) {
  auto const* file = state_->storage.file_by_name(file_name);
  return file == nullptr ? nullptr : state_->image_of(*file);
}

void Device::set_pool_mounted(std::string_view slot, bool mounted) {
  state_->storage.set_mounted(slot, mounted);
  if (state_->exports_changed) state_->exports_changed();
}
void Device::reserve_pool_bytes(std::string_view slot, std::int64_t bytes) {
  state_->storage.reserve(slot, bytes);
}

void Device::add_log_line(std::string_view text) {
  // "topics message": the first word is the topics when it has a comma or is all there is of them.
  auto const blank = text.find(' ');
  bool const has_topics =
      blank != std::string_view::npos && text.substr(0, blank).find(',') != std::string_view::npos;
  state_->add_log({wall_time_text(), has_topics ? std::string(text.substr(0, blank)) : "system,info",
                   std::string(has_topics ? text.substr(blank + 1) : text)});
}

void Device::set_timing(Timing timing) {
  state_->timing = timing;
}

bool Device::set_error_variant(std::string_view key, int variant) {
  auto const count = error_variant_count(key);
  if (count == 0) return false;
  state_->error_variants[std::string(key)] = std::clamp(variant, 0, count - 1);
  return true;
}

void Device::set_slot_limit(std::optional<int> characters) {
  state_->slot_limit = characters;
}
void Device::set_sparse_files(bool sparse) {
  state_->storage.rules.sparse_files = sparse;
}
void Device::set_exec_needs_no_answer(bool goes_on) {
  state_->exec_needs_no_answer = goes_on;
}
void Device::set_mount_found_filesystems(bool mounts) {
  state_->storage.rules.mount_found_filesystems = mounts;
}
void Device::set_remove_files_in_use(bool allowed) {
  state_->storage.rules.remove_files_in_use = allowed;
}
void Device::set_share_files(bool allowed) {
  state_->storage.rules.share_files = allowed;
}

std::string const& Device::profile() const {
  return state_->profile->name;
}
std::vector<std::string> Device::gaps() const {
  return {state_->gaps.begin(), state_->gaps.end()};
}

}  // namespace rdssim::routeros
