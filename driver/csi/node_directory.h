// NodeDirectory: what nodes announced about themselves, their host NQN above all, which publishing fences by.
// An interface: a file today (FileNodeDirectory), Kubernetes later, scenarios fill one of their own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/file_system.h"

namespace rdscsi::csi {

struct NodeRecord {
  std::string node_id;
  std::string host_nqn;  // empty: not announced, so its volumes are not fenced
};

// Thread-safe. Failures have effect none: nothing was asked of the RDS yet.
class NodeDirectory {
 public:
  virtual ~NodeDirectory() = default;
  // Absent: there is no such node. What complete() denies is never absent.
  virtual base::StatusOr<std::optional<NodeRecord>> find(base::Context const& ctx,
                                                         std::string_view node_id) = 0;
  virtual base::StatusOr<std::vector<NodeRecord>> list(base::Context const& ctx) = 0;
  // It names every node there is.
  virtual bool complete() const = 0;
};

// Knows nothing: every node may exist, none has announced anything.
class OpenNodeDirectory final : public NodeDirectory {
 public:
  base::StatusOr<std::optional<NodeRecord>> find(base::Context const& ctx, std::string_view node_id) override;
  base::StatusOr<std::vector<NodeRecord>> list(base::Context const& ctx) override;
  bool complete() const override { return false; }
};

class FixedNodeDirectory final : public NodeDirectory {
 public:
  explicit FixedNodeDirectory(std::vector<NodeRecord> nodes) : nodes_(std::move(nodes)) {}
  base::StatusOr<std::optional<NodeRecord>> find(base::Context const& ctx, std::string_view node_id) override;
  base::StatusOr<std::vector<NodeRecord>> list(base::Context const& ctx) override;
  bool complete() const override { return true; }

 private:
  std::vector<NodeRecord> const nodes_;
};

// The file of --nodes-file, read anew for each question: a node may be added while the driver runs.
class FileNodeDirectory final : public NodeDirectory {
 public:
  FileNodeDirectory(std::shared_ptr<base::FileSystem> files, std::string path);
  base::StatusOr<std::optional<NodeRecord>> find(base::Context const& ctx, std::string_view node_id) override;
  base::StatusOr<std::vector<NodeRecord>> list(base::Context const& ctx) override;
  bool complete() const override { return true; }

 private:
  std::shared_ptr<base::FileSystem> files_;
  std::string path_;
};

// `<node id> <host NQN>` a line, `-` for a node that announced none; empty lines and lines that begin with
// `#` count for nothing. invalid_argument names the line. Two nodes must not announce the same NQN: fencing
// could not tell them apart.
base::StatusOr<std::vector<NodeRecord>> parse_nodes(std::string_view text);

// `nqn.<year>-<month>.<domain>[:<text>]`, at most 223 bytes of printable characters without blanks (NVMe Base
// 2.0, section 4.5).
bool is_host_nqn(std::string_view text);

}  // namespace rdscsi::csi
