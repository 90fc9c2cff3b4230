// See fleet.h.
#include "csi/fleet.h"

#include <algorithm>

#include "base/reasons.h"
#include "csi/controller_rules.h"
#include "csi/text.h"
#include "rds/formats.h"

namespace rdscsi::csi {

using base::Effect;
using base::Reason;
using base::StatusOr;

std::string ServedRds::handle(std::string_view id) const {
  return name == kDefaultRds ? std::string(id) : name + "." + std::string(id);
}

Fleet::Fleet(std::vector<ServedRds> members) {
  for (ServedRds& member : members) members_.push_back(std::make_shared<ServedRds const>(std::move(member)));
}

HandleParts split_handle(std::string_view handle) {
  auto const dot = handle.find('.');
  if (dot == std::string_view::npos) return {kDefaultRds, handle};
  return {handle.substr(0, dot), handle.substr(dot + 1)};
}

bool is_rds_name(std::string_view name) {
  constexpr std::size_t kCharactersMax = 32;
  bool const spelt =
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
  return spelt && !name.empty() && name.size() <= kCharactersMax && name.front() != '-' && name.back() != '-';
}

StatusOr<ServedRdsPtr> Fleet::of_class(StringMap const& parameters) const {
  auto const given = parameters.find(kRdsParameter);
  std::string_view const wanted = given == parameters.end() ? kDefaultRds : std::string_view(given->second);
  for (ServedRdsPtr const& member : members_) {
    if (member->name == wanted) return member;
  }
  if (given == parameters.end()) {
    return invalid("parameters.rds: is missing, and no RDS is called 'default': expected one of " + names());
  }
  return invalid("parameters.rds: " + in_quotes(wanted) + ": expected one of " + names());
}

StatusOr<Place> Fleet::of_volume(std::string_view volume_id) const {
  return split("volume_id", volume_id, rds::is_volume_id);
}

StatusOr<Place> Fleet::of_snapshot(std::string_view snapshot_id) const {
  return split("snapshot_id", snapshot_id, rds::is_snapshot_id);
}

StatusOr<Place> Fleet::split(std::string_view what, std::string_view handle,
                             bool (*is_id)(std::string_view)) const {
  HandleParts const parts = split_handle(handle);
  std::string const named = std::string(what) + " " + in_quotes(handle);
  bool const explicit_default = parts.rds == kDefaultRds && parts.id.size() != handle.size();
  if (!is_id(parts.id) || parts.rds.empty() || explicit_default)
    return base::fail(Reason::not_found, Effect::none, named + " is not an id this driver hands out");
  for (ServedRdsPtr const& member : members_) {
    if (member->name == parts.rds) return Place{member, std::string(parts.id)};
  }
  return base::fail(Reason::not_ours, Effect::none,
                    named + ": names an RDS this process is not configured for; it serves " + names());
}

std::string Fleet::names() const {
  std::vector<std::string_view> all;
  for (ServedRdsPtr const& member : members_) all.emplace_back(member->name);
  return comma_list(all);
}

}  // namespace rdscsi::csi
