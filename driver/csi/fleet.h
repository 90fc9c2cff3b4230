// Fleet: the RDSes this process serves, by name, and which of them a StorageClass or an id means. Ids are
// those of docs/formats.md: what lies on the RDS called `default` bears its bare id, what lies on another one
// `<rds>.<id>`. Used by ControllerService and Driver.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "csi/parameters.h"
#include "csi/snapshot_store.h"
#include "csi/volume_store.h"

namespace rdscsi::csi {

inline constexpr std::string_view kDefaultRds = "default";

// What a StorageClass says to choose one.
inline constexpr char const* kRdsParameter = "rds";

// One RDS. What it points to must outlive whoever uses it.
struct ServedRds {
  std::string name;
  ParameterDefaults defaults;
  VolumeStore* volumes = nullptr;
  SnapshotStore* snapshots = nullptr;  // null: none are served

  // The id a caller knows a volume or snapshot of this RDS by.
  std::string handle(std::string_view id) const;
};

// Shared: an operation under way keeps it.
using ServedRdsPtr = std::shared_ptr<ServedRds const>;

// Where a handle points to.
struct Place {
  ServedRdsPtr rds;
  std::string id;  // as the RDS has it
};

// Immutable, so thread-safe. At least one RDS; names differ.
class Fleet {
 public:
  explicit Fleet(std::vector<ServedRds> members);

  std::vector<ServedRdsPtr> const& members() const { return members_; }

  // The RDS of a StorageClass. invalid_argument names the parameter and which there are: it must be given
  // where none is called `default`.
  base::StatusOr<ServedRdsPtr> of_class(StringMap const& parameters) const;

  // Of a volume. not_found: no id this driver hands out; not_ours: of an RDS this process does not know, so
  // that "gone" or "not found" would be a guess.
  base::StatusOr<Place> of_volume(std::string_view volume_id) const;
  // Likewise.
  base::StatusOr<Place> of_snapshot(std::string_view snapshot_id) const;

 private:
  base::StatusOr<Place> split(std::string_view what, std::string_view handle,
                              bool (*is_id)(std::string_view)) const;
  std::string names() const;

  std::vector<ServedRdsPtr> members_;
};

// The name and the bare id of a handle, whether or not there is such an RDS.
struct HandleParts {
  std::string_view rds, id;
};
HandleParts split_handle(std::string_view handle);

// Names stand in ids for ever: letters and digits in lower case, and `-` between them; at most 32.
bool is_rds_name(std::string_view name);

}  // namespace rdscsi::csi
