// Reading rows. Used through rds/volume_rows.h.
#include "rds/volume_rows.h"

#include <charconv>

#include "base/reasons.h"
#include "rds/formats.h"

namespace rdscsi::rds {
namespace {

using base::Effect;
using base::fail;
using base::Reason;
using base::Status;

Status not_understood(Record const& record, std::string_view key, std::string_view expected, Effect effect) {
  auto const slot = record.get("slot");
  return fail(Reason::rds_reply_damaged, effect,
              "disk " + slot.value_or("?") + ": " + std::string(key) + "=" +
                  record.get(key).value_or("(missing)") + ", expected " + std::string(expected));
}

bool read_number(std::string_view text, std::int64_t& value) {
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && text.front() != '-' && error == std::errc() && end == text.data() + text.size();
}

// An absent property stays empty; a malformed one fails.
Status take_size(Record const& record, std::string_view key, Effect effect,
                 std::optional<std::int64_t>& size) {
  auto const text = record.get(key);
  if (!text) return absl::OkStatus();
  std::int64_t value = 0;
  if (!read_number(*text, value)) return not_understood(record, key, "bytes as plain digits", effect);
  size = value;
  return absl::OkStatus();
}

Status take_flag(Record const& record, std::string_view key, Effect effect, std::optional<bool>& flag) {
  auto const text = record.get(key);
  if (!text) return absl::OkStatus();
  if (*text == "true" || *text == "yes") {
    flag = true;
  } else if (*text == "false" || *text == "no") {
    flag = false;
  } else {
    return not_understood(record, key, "true or false", effect);
  }
  return absl::OkStatus();
}

Status take_port(Record const& record, std::string_view key, Effect effect,
                 std::optional<std::uint16_t>& port) {
  auto const text = record.get(key);
  if (!text) return absl::OkStatus();
  std::int64_t value = 0;
  if (!read_number(*text, value) || value < 1 || value > 65535)
    return not_understood(record, key, "1..65535", effect);
  port = static_cast<std::uint16_t>(value);
  return absl::OkStatus();
}

std::string absolute(std::string const& path) {
  return path.starts_with('/') ? path : "/" + path;
}

base::StatusOr<DiskRow> read_disk(Record const& record, Effect effect) {
  DiskRow row;
  row.slot = record.get("slot").value_or("");
  row.type = record.get("type");
  if (auto const path = record.get("file-path"); path && !path->empty()) row.path = absolute(*path);
  row.nqn = record.get("nvme-tcp-server-nqn");
  row.allow_host = record.get("nvme-tcp-server-allow-host-name");
  row.comment = record.get("comment").value_or("");
  for (Status const& status : {take_size(record, "size", effect, row.size_bytes),
                               take_flag(record, "nvme-tcp-export", effect, row.exported),
                               take_port(record, "nvme-tcp-server-port", effect, row.port),
                               take_flag(record, "mount-filesystem", effect, row.mount_filesystem)}) {
    if (!status.ok()) return status;
  }
  return row;
}

base::StatusOr<PoolRow> read_pool(Record const& record, Effect effect) {
  PoolRow pool;
  if (Status status = take_size(record, "size", effect, pool.size_bytes); !status.ok()) return status;
  if (Status status = take_size(record, "free", effect, pool.free_bytes); !status.ok()) return status;
  return pool;
}

}  // namespace

base::StatusOr<DeviceState> read_state(Reply const& reply, std::string_view pool_mount_point, Effect effect) {
  DeviceState state;
  for (Record const& record : reply.records) {
    if (auto const outcome = record.get("e"); outcome && record.fields.size() == 1) {
      state.outcome = *outcome;
    } else if (record.get("slot")) {
      if (record.get("mount-point") == pool_mount_point) {
        auto pool = read_pool(record, effect);
        if (!pool.ok()) return pool.status();
        state.pool = *pool;
        continue;
      }
      auto row = read_disk(record, effect);
      if (!row.ok()) return row.status();
      state.disks.push_back(*std::move(row));
    } else if (auto const name = record.get("name"); name && record.get("fs")) {
      state.subvolumes.push_back(name->substr(name->rfind('/') + 1));
    } else if (name) {
      state.files.push_back(absolute(*name));
    } else {
      return fail(Reason::rds_reply_damaged, effect,
                  "the reply holds a row that is neither a disk, a file nor a subvolume");
    }
  }
  return state;
}

Owner owner_of(DiskRow const& row, Territory const& territory) {
  if (row.type != "file" || !row.path || !is_below(*row.path, territory.base_path)) return Owner::foreign;
  MarkReading const reading = read_mark(row.comment);
  switch (reading.kind) {
    case MarkKind::unmarked:
      return Owner::unmarked;
    case MarkKind::unknown_version:
      return Owner::unknown_mark;
    case MarkKind::known:
      break;
  }
  return reading.mark.cluster == cluster_hash(territory.cluster_id) ? Owner::ours : Owner::foreign;
}

base::StatusOr<Volume> to_volume(DiskRow const& row, std::string_view volume_id, Owner owner, Effect effect) {
  auto const missing = [&](std::string_view key) {
    return fail(
        Reason::rds_reply_damaged, effect,
        "the device printed no " + std::string(key) + " for " + describe(row) + ": its state is unknown");
  };
  if (!row.path) return missing("file-path");
  if (!row.size_bytes) return missing("size");
  if (!row.exported) return missing("nvme-tcp-export");
  if (*row.exported && !row.port) return missing("nvme-tcp-server-port");
  if (*row.exported && !row.nqn) return missing("nvme-tcp-server-nqn");
  Volume volume;
  volume.volume_id = volume_id;
  volume.slot = row.slot;
  volume.file_path = *row.path;
  volume.size_bytes = *row.size_bytes;
  volume.nqn = row.nqn.value_or("");
  volume.nvme_port = row.port.value_or(0);
  volume.exported = *row.exported;
  volume.marked = owner == Owner::ours;
  volume.unknown_mark = owner == Owner::unknown_mark;
  if (owner == Owner::ours) volume.holders = holders_of(read_mark(row.comment).mark);
  volume.problem = problem_of(row, volume_id, std::nullopt);
  return volume;
}

std::string problem_of(DiskRow const& row, std::string_view volume_id, std::optional<bool> file_there) {
  if (file_there == false) return "its data file " + row.path.value_or("?") + " is missing";
  MarkReading const reading = read_mark(row.comment);
  if (reading.kind == MarkKind::unknown_version) return "its mark is of another version, it is not changed";
  if (row.mount_filesystem == true) return "the RDS itself may mount its filesystem (mount-filesystem=yes)";
  bool const held = reading.kind == MarkKind::known && !holders_of(reading.mark).empty();
  if (held && row.exported == false) return "it is published, but its export is off";
  if (row.exported == true && row.nqn && *row.nqn != nqn_of(volume_id)) {
    return "it is exported as " + *row.nqn + ", not as " + nqn_of(volume_id);
  }
  return {};
}

std::string describe(DiskRow const& row) {
  return "disk slot=" + row.slot + " type=" + row.type.value_or("?") +
         " file-path=" + row.path.value_or("?") + " comment=\"" + row.comment + "\"";
}

std::vector<DiskRow> disks_of(DeviceState const& state, std::string_view volume_id) {
  std::vector<DiskRow> found;
  for (DiskRow const& row : state.disks) {
    if (volume_id_of_slot(row.slot) == volume_id) found.push_back(row);
  }
  return found;
}

Status no_such_volume(std::string_view volume_id) {
  return fail(Reason::not_found, Effect::none,
              "volume \"" + std::string(volume_id) + "\" does not exist on the RDS");
}

Status two_claim(std::string_view volume_id, std::vector<DiskRow> const& rows, Effect effect) {
  return fail(Reason::rds_command_failed, effect,
              "two disks claim to be " + std::string(volume_id) + ": " + describe(rows[0]) + " and " +
                  describe(rows[1]));
}

Status pool_not_visible(Territory const& territory) {
  return fail(Reason::pool_not_visible, Effect::none,
              "no disk is mounted at \"" + territory.pool_mount_point() + "\": the pool of " +
                  territory.base_path + " is not visible, so nothing can be said about its volumes");
}

}  // namespace rdscsi::rds
