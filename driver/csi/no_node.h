// What a process without a node service says on a node's behalf. Used by the gRPC edge (grpc_calls.cpp).
//
// Clean-up code asks the node side of every volume, published or not; the upstream conformance suite does so
// after each of its controller tests. Here two such calls have a true answer without a node service: it can
// do nothing optional, and a path that does not exist has nothing published on it. All other calls stay
// UNIMPLEMENTED, NodeGetInfo among them, so that no kubelet takes this process for a node.
#pragma once

#include <string>

#include "base/status.h"

namespace rdscsi::csi {

// NodeUnpublishVolume: OK when nothing exists at `target_path` of this process's file system (CSI 1.12: "MUST
// be idempotent"); `unsupported` when something does; `invalid_argument` when one of the two is empty.
base::Status unpublish_without_node(std::string const& volume_id, std::string const& target_path);

}  // namespace rdscsi::csi
