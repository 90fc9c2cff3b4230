// The built-in rules about publishing. See run_rules.h. DESIGN rules 1, 2 and 4; incidents 7 and 9.
#include <algorithm>
#include <set>

#include "scenarios/engine/run_rules.h"

namespace scenario {
namespace {

struct Grant {
  std::string node;
  bool shared = false;
};

std::string node_of(Attempt const& attempt) {
  if (auto const* publish = std::get_if<csi::PublishVolumeRequest>(&attempt.request)) return publish->node_id;
  if (auto const* unpublish = std::get_if<csi::UnpublishVolumeRequest>(&attempt.request))
    return unpublish->node_id;
  return {};
}

bool is_shared(Attempt const& attempt) {
  auto const& publish = std::get<csi::PublishVolumeRequest>(attempt.request);
  return publish.capability && publish.capability->mode == csi::AccessMode::multi_node_multi_writer;
}

std::string describe(Attempt const& attempt) {
  return attempt.call + " attempt " + std::to_string(attempt.number) + " (" + attempt.verb + " " +
         volume_id_of(attempt.request) + " " + node_of(attempt) + ")";
}

// Another call on the same volume was under way, or one before it may still be at work.
bool contested(RulesInput const& in, Attempt const& one) {
  std::string const id = volume_id_of(one.request);
  return std::any_of(in.attempts.begin(), in.attempts.end(), [&](Attempt const& other) {
    if (&other == &one || !is_mutating(other.verb) || volume_id_of(other.request) != id) return false;
    bool const same = other.verb == one.verb && node_of(other) == node_of(one);
    return !same && (overlap(one, other) || lingers(other, one));
  });
}

struct Publishing {
  RulesInput const& in;
  Oracle const& oracle;
  std::vector<Violation> violations;

  void broken(char const* rule, std::string message, Duration at) {
    violations.push_back({rule, std::move(message), at, {}});
  }

  std::string nqn_of(std::string const& node) const {
    auto const found = in.nodes.find(node);
    return found == in.nodes.end() || found->second == "-" ? "" : found->second;
  }

  // OK means: this node's host could connect at that moment, and no other that announced itself.
  void published(Attempt const& attempt) {
    auto const disks = oracle.disks_of(attempt.look, volume_id_of(attempt.request));
    std::string const nqn = nqn_of(node_of(attempt));
    if (disks.size() != 1 || !lets_in(disks[0], nqn)) {
      broken("published-means-let-in", describe(attempt) + " was OK, but its host is not let in",
             attempt.end);
      return;
    }
    if (!in.fencing || nqn.empty() || is_shared(attempt)) return;
    for (auto const& [node, other] : in.nodes) {
      if (other == "-" || other == nqn || !lets_in(disks[0], other)) continue;
      broken("published-means-fenced", describe(attempt) + " was OK, but the host of " + node + " is let in",
             attempt.end);
    }
  }

  // OK of the last holder's unpublish means: nobody is let in.
  void unpublished(Attempt const& attempt, std::vector<Grant> const& left) {
    if (!in.fencing || !left.empty()) return;
    for (auto const& disk : oracle.disks_of(attempt.look, volume_id_of(attempt.request))) {
      if (!disk.nvme_tcp_export) continue;
      broken("rule-4-ok-means-done", describe(attempt) + " was OK, but the volume is still exported",
             attempt.end);
    }
  }

  // Never two nodes, except both asked for a shared volume.
  void granted(Attempt const& attempt, std::vector<Grant>& grants) {
    Grant const now{node_of(attempt), is_shared(attempt)};
    std::erase_if(grants, [&](Grant const& one) { return one.node == now.node; });
    for (Grant const& other : grants) {
      if (other.shared && now.shared && grants.size() < 2) continue;
      broken("rule-2-one-writer",
             describe(attempt) + " was OK while " + other.node + " had it" +
                 (now.shared ? " and a second node" : ""),
             attempt.end);
    }
    grants.push_back(now);
  }
};

}  // namespace

bool lets_in(rdssim::routeros::Device::DiskRow const& disk, std::string const& host_nqn) {
  return disk.nvme_tcp_export && (disk.allow_host.empty() || disk.allow_host == host_nqn);
}

std::vector<Violation> check_publishing(RulesInput const& input, Oracle const& oracle) {
  Publishing check{input, oracle, {}};
  std::map<std::string, std::vector<Grant>> grants;
  std::map<std::string, Attempt const*> offered;  // by id: who was told first that a node may format it
  std::set<std::string> filled;
  for (Attempt const& attempt : input.attempts) {
    auto const* create = std::get_if<csi::CreateVolumeRequest>(&attempt.request);
    bool const made_from = create != nullptr && create->source != csi::ContentSource::none;
    if (made_from && attempt.answer.ok()) filled.insert(attempt.answer.volume.volume_id);
  }
  std::vector<Attempt const*> answered;
  for (Attempt const& attempt : input.attempts) {
    bool const publishing = attempt.verb == "publish_volume" || attempt.verb == "unpublish_volume";
    if (publishing && attempt.answer.ok()) answered.push_back(&attempt);
  }
  std::stable_sort(answered.begin(), answered.end(),
                   [](Attempt const* a, Attempt const* b) { return a->end < b->end; });
  for (Attempt const* attempt : answered) {
    std::string const id = volume_id_of(attempt->request);
    bool const sure = !input.disturbed && !contested(input, *attempt);
    if (attempt->verb == "unpublish_volume") {
      std::string const node = node_of(*attempt);
      std::erase_if(grants[id], [&](Grant const& one) { return node.empty() || one.node == node; });
      // The Go driver's volumes say nowhere who has them, so nothing is taken away.
      if (sure && !oracle.unmarked(id)) check.unpublished(*attempt, grants[id]);
      continue;
    }
    if (sure) check.published(*attempt);
    check.granted(*attempt, grants[id]);
    auto const format = attempt->answer.publish_context.find("firstFormat");
    bool const allowed = format != attempt->answer.publish_context.end() && format->second == "allowed";
    if (!allowed) continue;
    Attempt const* const first = offered.emplace(id, attempt).first->second;
    // Equal calls at the same time are one, and share its answer.
    bool const same = first == attempt || (overlap(*first, *attempt) && node_of(*first) == node_of(*attempt));
    if (!same || oracle.unmarked(id) || filled.contains(id)) {
      check.broken("rule-1-first-format",
                   describe(*attempt) + " allows formatting a volume that was not proven blank",
                   attempt->end);
    }
  }
  return std::move(check.violations);
}

}  // namespace scenario
