// See node_directory.h.
#include "csi/node_directory.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/reasons.h"
#include "csi/request_rules.h"
#include "csi/text.h"

namespace rdscsi::csi {
namespace {

using base::Effect;
using base::Reason;
using base::Status;
using base::StatusOr;

constexpr std::size_t kNqnBytesMax = 223;

Status wrong(int line, std::string const& what) {
  return base::fail(Reason::invalid_argument, Effect::none, "line " + std::to_string(line) + ": " + what);
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    auto const begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    auto const end = std::min(line.find_first_of(" \t\r"), line.size());
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::optional<NodeRecord> find_in(std::vector<NodeRecord> const& nodes, std::string_view node_id) {
  auto const found = std::find_if(nodes.begin(), nodes.end(),
                                  [&](NodeRecord const& node) { return node.node_id == node_id; });
  return found == nodes.end() ? std::nullopt : std::optional(*found);
}

StatusOr<NodeRecord> read_line(int number, std::vector<std::string> const& words) {
  if (words.size() != 2)
    return wrong(number, std::to_string(words.size()) + " words, expected a node id and its host NQN or -");
  if (words[0].size() > kNodeIdBytesMax)
    return wrong(number, "node id " + in_quotes(words[0]) + " is longer than 256 bytes");
  if (words[1] != "-" && !is_host_nqn(words[1])) {
    return wrong(number, in_quotes(words[1]) +
                             " is no host NQN; expected nqn.2014-08.org.nvmexpress:uuid:<uuid>, as "
                             "/etc/nvme/hostnqn has it, or -");
  }
  return NodeRecord{words[0], words[1] == "-" ? "" : words[1]};
}

}  // namespace

bool is_host_nqn(std::string_view text) {
  if (text.size() > kNqnBytesMax || !text.starts_with("nqn.") || text.size() < 13) return false;
  for (std::size_t i = 4; i < 11; ++i) {
    bool const digit = text[i] >= '0' && text[i] <= '9';
    if (i == 8 ? text[i] != '-' : !digit) return false;
  }
  return text[11] == '.' &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

StatusOr<std::vector<NodeRecord>> parse_nodes(std::string_view text) {
  std::vector<NodeRecord> nodes;
  std::map<std::string, int> ids, nqns;
  for (int number = 1; !text.empty(); ++number) {
    auto const end = std::min(text.find('\n'), text.size());
    auto const words = words_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (words.empty() || words[0].starts_with('#')) continue;
    auto node = read_line(number, words);
    if (!node.ok()) return node.status();
    if (auto const [earlier, fresh] = ids.emplace(node->node_id, number); !fresh)
      return wrong(number, in_quotes(node->node_id) + " stands in line " + std::to_string(earlier->second));
    if (!node->host_nqn.empty()) {
      if (auto const [earlier, fresh] = nqns.emplace(node->host_nqn, number); !fresh) {
        return wrong(number, in_quotes(node->host_nqn) + " is the host NQN of line " +
                                 std::to_string(earlier->second) +
                                 ", too; every node needs its own (nvme gen-hostnqn)");
      }
    }
    nodes.push_back(*std::move(node));
  }
  return nodes;
}

StatusOr<std::optional<NodeRecord>> OpenNodeDirectory::find(base::Context const&, std::string_view node_id) {
  return std::optional<NodeRecord>(NodeRecord{std::string(node_id), ""});
}

StatusOr<std::vector<NodeRecord>> OpenNodeDirectory::list(base::Context const&) {
  return std::vector<NodeRecord>{};
}

StatusOr<std::optional<NodeRecord>> FixedNodeDirectory::find(base::Context const&, std::string_view node_id) {
  return find_in(nodes_, node_id);
}

StatusOr<std::vector<NodeRecord>> FixedNodeDirectory::list(base::Context const&) {
  return nodes_;
}

FileNodeDirectory::FileNodeDirectory(std::shared_ptr<base::FileSystem> files, std::string path)
    : files_(std::move(files)), path_(std::move(path)) {}

StatusOr<std::vector<NodeRecord>> FileNodeDirectory::list(base::Context const& ctx) {
  auto const text = files_->read(ctx, path_);
  // Not the caller's mistake, and mended without it: to be tried again.
  auto const unreadable = [&](Status const& why) {
    return base::fail(Reason::nodes_unknown, Effect::none,
                      "the file of --nodes-file, " + path_ + ": " +
                          std::string(why.message().data(), why.message().size()));
  };
  if (!text.ok()) return unreadable(text.status());
  auto nodes = parse_nodes(*text);
  if (!nodes.ok()) return unreadable(nodes.status());
  return nodes;
}

StatusOr<std::optional<NodeRecord>> FileNodeDirectory::find(base::Context const& ctx,
                                                            std::string_view node_id) {
  auto const nodes = list(ctx);
  if (!nodes.ok()) return nodes.status();
  return find_in(*nodes, node_id);
}

}  // namespace rdscsi::csi
