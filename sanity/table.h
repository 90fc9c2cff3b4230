// Tab-separated tables of this folder: codes.tsv and upstream_map.tsv. Used by the tests beside it.
#pragma once

#include <string>
#include <vector>

namespace sanity {

// The cells of each line of `path` that is neither empty nor a comment (`#`). A line whose cells are not
// `columns` many, or one of them empty, fails the running test and is left out; so does a file that is
// missing.
std::vector<std::vector<std::string>> read_table(std::string const& path, std::size_t columns);

// One line of codes.tsv.
struct Row {
  std::string rpc;        // as csi.proto names it
  std::string condition;  // a slug, unique within the RPC
  std::string code;       // "INVALID_ARGUMENT"
  std::string rule;       // "<section of CSI 1.12>: what it says, in our words"
  std::string name() const { return rpc + "/" + condition; }
};

std::vector<Row> read_codes();

}  // namespace sanity
