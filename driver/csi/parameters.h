// StorageClass parameters, strictly: every key is known, every value exact; nothing is replaced in silence
// (W-30). Used by CreateVolume, ValidateVolumeCapabilities and GetCapacity. Keys and defaults are the Go
// driver's (knowledge/go-driver 2.1); operators read docs/configuration.md.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "csi/messages.h"

namespace rdscsi::csi {

struct ParameterDefaults {
  std::string rds_address;        // default of rdsAddress
  std::string base_path;          // volumePath must be it or lie below it
  std::string default_directory;  // volumePath when the class names none
  std::string nvme_address = {};  // default of nvmeAddress; empty: rds_address

  std::string const& data_address() const { return nvme_address.empty() ? rds_address : nvme_address; }
};

// Values after validation, defaults filled in.
struct VolumeParameters {
  std::string rds_address;
  std::string nvme_address;  // always an IP literal
  std::uint16_t nvme_port = 4420;
  std::string directory;             // volumePath
  std::int64_t ctrl_loss_tmo = -1;   // seconds; -1: for ever, 0: the kernel's default
  std::int64_t reconnect_delay = 5;  // seconds
  std::int64_t keep_alive_tmo = 0;   // seconds; 0: the kernel's default
  std::int64_t migration_timeout_seconds = 300;
};

// INVALID_ARGUMENT names the key, the value and what would be right; for an unknown key the nearest known
// one.
base::StatusOr<VolumeParameters> parse_parameters(StringMap const& parameters,
                                                  ParameterDefaults const& defaults);

// VolumeSnapshotClass parameters: only the Go driver's `volumePath`, which must be at or below the base path
// and has no effect: a snapshot lies beside the volumes (W-80). INVALID_ARGUMENT as above.
base::Status check_snapshot_parameters(StringMap const& parameters, ParameterDefaults const& defaults);

// Canonical text of what was asked, defaults included: equal wishes give equal texts. Keys of Kubernetes
// (csi.storage.k8s.io/...) and legacy keys without effect are left out.
std::string canonical_text(VolumeParameters const& parameters);

// The volume context of docs/formats.md. `file_path` is the backing file, `nvme_port` what the device says.
StringMap volume_context(VolumeParameters const& parameters, std::string const& nqn,
                         std::string const& file_path, std::uint16_t nvme_port);

// IPv4 or IPv6 literal, without brackets or zone.
bool is_ip_literal(std::string_view text);

// IP literal or host name (RFC 1123 labels).
bool is_host(std::string_view text);

// "" when `path` is an absolute, clean path of harmless characters, else what is wrong with it. Also used for
// --rds-volume-base-path.
std::string path_problem(std::string_view path);

// Whether `path` is `base` or below it, comparing whole components: "/a/bc" is not below "/a/b".
bool is_at_or_below(std::string_view path, std::string_view base);

}  // namespace rdscsi::csi
