// Why this driver does not advertise each CSI 1.12 capability it does not advertise, and under which
// condition it advertises some. Whether one is advertised is not said here but asked of the services;
// capability_page_test.cpp joins the two into docs/capabilities.md and fails when they contradict each other.
// The conformance suite (sanity/) holds its map of upstream's cases against sanity_skips().
#pragma once

#include <span>
#include <string_view>

namespace rdscsi::csi {

// Whose capability: the enum of csi.proto its name is a value of.
enum class CapabilityKind { plugin, volume_expansion, controller, node, group_controller };

enum class Advertised { never, on_condition };

// All text is of static storage, one line, without `|`.
struct CapabilityRow {
  CapabilityKind kind;
  std::string_view name;  // of the enum's value, e.g. "CLONE_VOLUME"
  Advertised advertised;
  std::string_view why;  // for an operator: why not, or on which condition
};

// Every capability that is not advertised whatever the configuration.
std::span<CapabilityRow const> capability_rows();

// Specs of the upstream conformance suite that skip themselves, as they ask for a capability first.
struct SanitySkip {
  std::string_view group;  // as upstream names it, e.g. "CreateVolume"
  int specs;               // of that group
  std::string_view needs;  // name of a row above whose kind is plugin or controller
};

std::span<SanitySkip const> sanity_skips();

}  // namespace rdscsi::csi
