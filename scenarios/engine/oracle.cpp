// See oracle.h.
#include "scenarios/engine/oracle.h"

#include <algorithm>

namespace scenario {

using Device = rdssim::routeros::Device;

namespace {

std::string without_slash(std::string path) {
  if (!path.empty() && path.front() == '/') path.erase(0, 1);
  return path;
}

std::string directory_of(std::string const& path) {
  std::size_t const slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

bool below_base(std::string const& path) {
  std::string const prefix = std::string(Oracle::kBase) + "/";
  return path.compare(0, prefix.size(), prefix) == 0;
}

std::string quoted(std::string const& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\' || c == '$') out += '\\';
    out += c;
  }
  return out + "\"";
}

// What must stay equal about a disk; its id may change over a reboot (FACTS 7.5).
std::string fingerprint(Device::DiskRow const& row) {
  return row.slot + "|" + row.type + "|" + row.file_path + "|" + row.comment + "|" + row.nqn + "|" +
         std::to_string(row.size_bytes) + "|" + (row.nvme_tcp_export ? "exported" : "-");
}

}  // namespace

absl::Status Oracle::console(std::string const& line) {
  rdssim::routeros::ExecutionResult const result = rds_.with_device(
      [&](Device& device) { return device.execute(rdssim::routeros::SessionOptions{}, line, {}); });
  if (result.output.empty()) return {};
  return absl::InternalError("putting the world in place: `" + line + "` printed `" + result.output + "`");
}

absl::Status Oracle::plant_disk(ForeignDisk const& disk) {
  std::string const path = without_slash(disk.path);
  std::string const directory = directory_of(path);
  bool const known = rds_.with_device([&](Device& device) {
    auto const files = device.files();
    return std::any_of(files.begin(), files.end(),
                       [&](Device::FileRow const& row) { return row.name == directory; });
  });
  if (!known) {
    absl::Status const made = console("/file add name=" + quoted(directory) + " type=directory");
    if (!made.ok()) return made;
  }
  std::string line = "/disk add type=file file-path=" + quoted("/" + path) +
                     " file-size=" + std::to_string(disk.size_bytes) + " slot=" + quoted(disk.slot) +
                     " mount-filesystem=no";
  if (!disk.comment.empty()) line += " comment=" + quoted(disk.comment);
  if (disk.exported)
    line += " nvme-tcp-export=yes nvme-tcp-server-nqn=" + quoted("nqn.2026-01.test:" + disk.slot);
  absl::Status const added = console(line);
  if (!added.ok()) return added;
  DeviceLook const now = look();
  for (Device::DiskRow const& row : now.disks) {
    if (row.slot == disk.slot) disks_[row.slot] = row;
  }
  for (Device::FileRow const& row : now.files) {
    if (row.name == path) files_[path] = row;
  }
  return {};
}

absl::Status Oracle::plant_file(std::string const& path, std::int64_t size_bytes) {
  // A disk entry makes a file of any size, and leaves it behind when it goes (FACTS 2.2).
  ForeignDisk disk{.slot = "tmp-" + std::to_string(files_.size()), .path = path, .size_bytes = size_bytes};
  absl::Status const planted = plant_disk(disk);
  if (!planted.ok()) return planted;
  disks_.erase(disk.slot);
  return console("/disk remove [find slot=" + disk.slot + "]");
}

absl::Status Oracle::plant_unmarked(std::string const& id, std::int64_t size_bytes, std::string const& path,
                                    bool exported) {
  unmarked_[id] = true;
  std::string const file = path.empty() ? std::string(kBase) + "/" + id + ".img" : without_slash(path);
  return console(
      "/disk add type=file file-path=" + quoted("/" + file) + " file-size=" + std::to_string(size_bytes) +
      " slot=" + quoted(id) + " nvme-tcp-export=" + (exported ? "yes" : "no") +
      " nvme-tcp-server-port=4420 nvme-tcp-server-nqn=" + quoted("nqn.2000-02.com.mikrotik:" + id));
}

absl::Status Oracle::plant_neighbours(std::string_view profile) {
  if (profile == "7.16-stock") return {};
  // The seeds' device holds 40-character slots; newer RouterOS limits a slot to 32 (FACTS 2.2).
  std::string const theirs =
      profile == "7.24" ? "pvc-aaaaaaaabbbbccccddddeeeeee" : "pvc-0a0a0a0a-1b1b-2c2c-3d3d-4e4e4e4e4e4e";
  std::string const other_mark = "rdscsi1 c=zzzzzzzzzz v=zzzzzzzzzzzzzzzz p=zzzzzzzz fmt=never src=-";
  ForeignDisk const disks[] = {
      {.slot = "vm-store", .path = "storage-pool/virtual-machines/vm-store.img", .exported = true},
      {.slot = theirs,
       .path = std::string(kBase) + "/pvc-0a0a0a0a-1b1b-2c2c-3d3d-4e4e4e4e4e4e.img",
       .comment = other_mark},
      {.slot = "pvc-evil",
       .path = "storage-pool/metal-csi-evil/pvc-0a0a0a0a-1b1b-2c2c-3d3d-4e4e4e4e4e4f.img"},
  };
  for (ForeignDisk const& disk : disks) {
    absl::Status const planted = plant_disk(disk);
    if (!planted.ok()) return planted;
  }
  return plant_file(std::string(kBase) + "/operator-notes.img", std::int64_t{1} << 20);
}

DeviceLook Oracle::look() {
  return rds_.with_device([](Device& device) {
    DeviceLook look;
    look.disks = device.disks();
    look.files = device.files();
    look.subvolumes = device.subvolumes();
    look.pool_visible = false;
    for (Device::PoolRow const& pool : device.pools()) {
      if (!pool.mounted) continue;
      look.pool_visible = true;
      look.pool_free = pool.free_bytes;
    }
    return look;
  });
}

std::vector<Device::DiskRow> Oracle::our_disks(DeviceLook const& look) const {
  std::vector<Device::DiskRow> ours;
  for (Device::DiskRow const& row : look.disks) {
    if (below_base(without_slash(row.file_path)) && !disks_.contains(row.slot)) ours.push_back(row);
  }
  return ours;
}

std::vector<Device::FileRow> Oracle::our_files(DeviceLook const& look) const {
  std::vector<Device::FileRow> ours;
  for (Device::FileRow const& row : look.files) {
    bool const in_snapshot = row.name.find("/snap-") != std::string::npos;
    if (below_base(row.name) && row.type != "directory" && !in_snapshot && !files_.contains(row.name))
      ours.push_back(row);
  }
  return ours;
}

std::string Oracle::id_of_path(std::string path) {
  path = without_slash(std::move(path));
  if (!below_base(path)) return {};
  std::string name = path.substr(path.rfind('/') + 1);
  if (name == "disk.img") {  // a volume in a subvolume of its own: the directory carries the id
    std::string const directory = directory_of(path);
    return directory.substr(directory.rfind('/') + 1);
  }
  if (name.size() > 4 && name.compare(name.size() - 4, 4, ".img") == 0) name.resize(name.size() - 4);
  return name;
}

std::vector<Device::SubvolumeRow> Oracle::snapshots_of(DeviceLook const& look, std::string const& id) {
  std::vector<Device::SubvolumeRow> found;
  for (Device::SubvolumeRow const& row : look.subvolumes) {
    std::string const leaf = row.path.substr(row.path.rfind('/') + 1);
    bool const fits = id.empty() ? leaf.rfind("snap-", 0) == 0 : leaf.rfind(id + ".", 0) == 0;
    if (fits && below_base(row.path)) found.push_back(row);
  }
  return found;
}

std::vector<std::string> Oracle::bytes_of(DeviceLook const& look, std::string const& id) {
  std::vector<std::string> names;
  for (Device::FileRow const& row : look.files) {
    if (row.type == "directory" || !below_base(row.name)) continue;
    bool const of_snapshot =
        row.name.find("/" + id + ".") != std::string::npos && row.name.ends_with("/disk.img");
    if (id_of_path(row.name) == id || of_snapshot) names.push_back(row.name);
  }
  return names;
}

std::vector<Device::DiskRow> Oracle::disks_of(DeviceLook const& look, std::string const& id) const {
  std::vector<Device::DiskRow> rows = our_disks(look);
  std::erase_if(rows, [&](Device::DiskRow const& row) { return id_of_path(row.file_path) != id; });
  return rows;
}

std::vector<Device::FileRow> Oracle::files_of(DeviceLook const& look, std::string const& id) const {
  std::vector<Device::FileRow> rows = our_files(look);
  std::erase_if(rows, [&](Device::FileRow const& row) { return id_of_path(row.name) != id; });
  return rows;
}

std::optional<std::string> Oracle::foreign_damage(DeviceLook const& look) const {
  bool const pool_listed = std::any_of(look.disks.begin(), look.disks.end(),
                                       [](Device::DiskRow const& row) { return row.slot == "storage-pool"; });
  if (!pool_listed) return "the pool's own disk entry is gone";
  if (!look.pool_visible) return std::nullopt;  // with the pool gone its files are invisible to everybody
  for (auto const& [slot, wanted] : disks_) {
    auto const found = std::find_if(look.disks.begin(), look.disks.end(),
                                    [&slot = slot](Device::DiskRow const& row) { return row.slot == slot; });
    if (found == look.disks.end()) return "foreign disk " + slot + " is gone";
    if (fingerprint(*found) != fingerprint(wanted)) {
      return "foreign disk " + slot + " changed from " + fingerprint(wanted) + " to " + fingerprint(*found);
    }
  }
  for (auto const& [name, wanted] : files_) {
    auto const found = std::find_if(look.files.begin(), look.files.end(),
                                    [&name = name](Device::FileRow const& row) { return row.name == name; });
    if (found == look.files.end()) return "foreign file " + name + " is gone";
    if (found->size_bytes != wanted.size_bytes) return "foreign file " + name + " changed its size";
  }
  return std::nullopt;
}

}  // namespace scenario
