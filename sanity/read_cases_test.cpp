// Cases of the RPCs that only look: ValidateVolumeCapabilities, ListVolumes, ControllerGetVolume,
// GetCapacity.
#include <grpcpp/grpcpp.h>

#include <map>

#include "sanity/case_tools.h"

namespace sanity {
namespace {

// --- ValidateVolumeCapabilities ---

using Validate = wire::ValidateVolumeCapabilitiesRequest;

Validate validate_request(std::string const& id) {
  Validate request;
  request.set_volume_id(id);
  *request.add_volume_capabilities() = mount_capability(Modes::SINGLE_NODE_WRITER);
  return request;
}

auto validate(SystemUnderTest& sut, Validate const& request) {
  return ask(sut.controller(), &ControllerStub::ValidateVolumeCapabilities, request);
}

Case refused(std::string condition, Validate const& request) {
  return {"ValidateVolumeCapabilities", std::move(condition),
          [request](SystemUnderTest& sut) { return validate(sut, request).status; }};
}

// Of a volume that is there, with one thing changed.
Case judged(std::string condition, bool confirmed, std::function<void(Validate&)> change) {
  return {"ValidateVolumeCapabilities", std::move(condition),
          [confirmed, change = std::move(change)](SystemUnderTest& sut) {
            auto const volume = sut.new_volume();
            auto request = validate_request(volume.volume_id());
            *request.mutable_volume_context() = volume.volume_context();
            change(request);
            auto const answer = validate(sut, request);
            EXPECT_EQ(answer.response.has_confirmed(), confirmed) << answer.response.message();
            if (confirmed) {
              EXPECT_EQ(answer.response.confirmed().volume_capabilities_size(),
                        request.volume_capabilities_size());
              EXPECT_EQ(answer.response.confirmed().volume_context_size(), request.volume_context_size());
            } else {
              EXPECT_FALSE(answer.response.message().empty());
            }
            return answer.status;
          }};
}

Cases validate_cases() {
  Validate none = validate_request(kNoVolume), untyped = none, modeless = none;
  none.clear_volume_capabilities();
  untyped.mutable_volume_capabilities(0)->clear_mount();
  modeless.mutable_volume_capabilities(0)->clear_access_mode();
  return {
      refused("id-missing", validate_request("")),
      refused("id-too-long", validate_request(std::string(129, 'v'))),
      refused("capabilities-missing", none),
      refused("access-type-missing", untyped),
      refused("access-mode-missing", modeless),
      refused("volume-unknown", validate_request(kNoVolume)),
      refused("id-of-no-known-form", validate_request(kForeignId)),
      refused("id-of-another-rds", validate_request(kOtherRdsId)),
      judged("confirmed", true, [](Validate&) {}),
      judged("filesystem-on-many-nodes", false,
             [](Validate& request) {
               *request.mutable_volume_capabilities(0) = mount_capability(Modes::MULTI_NODE_MULTI_WRITER);
             }),
      judged("one-of-two-capabilities-unsupported", false,
             [](Validate& request) {
               *request.add_volume_capabilities() = block_capability(Modes::MULTI_NODE_READER_ONLY);
             }),
      judged("another-context", false,
             [](Validate& request) { (*request.mutable_volume_context())["nqn"] = "nqn.2000-02.com.other"; }),
      judged("parameter-unknown", false,
             [](Validate& request) { (*request.mutable_parameters())["replicas"] = "3"; }),
      {"ValidateVolumeCapabilities", "device-away",
       [](auto& sut) {
         return ask(*sut.without_device().controller, &ControllerStub::ValidateVolumeCapabilities,
                    validate_request(kNoVolume))
             .status;
       }},
  };
}

// --- ListVolumes ---

grpc::Status lists_what_is_there(SystemUnderTest& sut) {
  auto const volume = sut.new_volume();
  auto const gone = sut.new_volume();
  EXPECT_TRUE(remove(sut, gone.volume_id()).ok());
  auto const answer = list(sut);
  std::map<std::string, std::int64_t> listed;
  for (auto const& entry : answer.response.entries())
    EXPECT_TRUE(listed.emplace(entry.volume().volume_id(), entry.volume().capacity_bytes()).second);
  EXPECT_TRUE(listed.contains(volume.volume_id()));
  EXPECT_EQ(listed[volume.volume_id()], volume.capacity_bytes());
  EXPECT_FALSE(listed.contains(gone.volume_id()));
  EXPECT_TRUE(answer.response.next_token().empty());
  return answer.status;
}

grpc::Status pages_meet_each_volume_once(SystemUnderTest& sut) {
  for (int i = 0; i < 3; ++i) sut.new_volume();
  std::map<std::string, int> met;
  std::string token;
  grpc::Status status;
  do {
    auto const page = list(sut, token, 2);
    status = page.status;
    EXPECT_LE(page.response.entries_size(), 2);
    for (auto const& entry : page.response.entries()) ++met[entry.volume().volume_id()];
    token = page.response.next_token();
  } while (status.ok() && !token.empty());
  auto const whole = list(sut);
  EXPECT_EQ(static_cast<int>(met.size()), whole.response.entries_size());
  for (auto const& [id, times] : met) EXPECT_EQ(times, 1) << id;
  return status;
}

// A token that was handed out, before the volume it stands for went away.
grpc::Status after_a_delete_the_token_holds(SystemUnderTest& sut) {
  for (int i = 0; i < 2; ++i) sut.new_volume();
  int const all = list(sut).response.entries_size();
  auto const page = list(sut, "", 1);
  EXPECT_FALSE(page.response.next_token().empty());
  auto const& first = page.response.entries(0).volume().volume_id();
  EXPECT_TRUE(unpublish(sut, first, "").ok());
  EXPECT_TRUE(remove(sut, first).ok());
  auto const rest = list(sut, page.response.next_token());
  EXPECT_EQ(rest.response.entries_size(), all - 1);
  return rest.status;
}

grpc::Status a_token_that_was_changed(SystemUnderTest& sut) {
  for (int i = 0; i < 2; ++i) sut.new_volume();
  auto token = list(sut, "", 1).response.next_token();
  EXPECT_FALSE(token.empty());
  token.pop_back();
  return list(sut, token).status;
}

Cases list_cases() {
  return {
      {"ListVolumes", "answers", lists_what_is_there},
      {"ListVolumes", "pages", pages_meet_each_volume_once},
      {"ListVolumes", "token-of-a-deleted-volume", after_a_delete_the_token_holds},
      {"ListVolumes", "token-invalid", [](auto& sut) { return list(sut, "invalid-token").status; }},
      {"ListVolumes", "token-changed", a_token_that_was_changed},
      {"ListVolumes", "max-entries-negative", [](auto& sut) { return list(sut, "", -1).status; }},
      {"ListVolumes", "device-away",
       [](auto& sut) {
         return ask(*sut.without_device().controller, &ControllerStub::ListVolumes,
                    wire::ListVolumesRequest())
             .status;
       }},
  };
}

// --- ControllerGetVolume ---

wire::ControllerGetVolumeRequest get_request(std::string const& id) {
  wire::ControllerGetVolumeRequest request;
  request.set_volume_id(id);
  return request;
}

auto get(SystemUnderTest& sut, std::string const& id) {
  return ask(sut.controller(), &ControllerStub::ControllerGetVolume, get_request(id));
}

grpc::Status says_who_has_it(SystemUnderTest& sut) {
  auto const volume = sut.new_volume();
  EXPECT_EQ(get(sut, volume.volume_id()).response.status().published_node_ids_size(), 0);
  EXPECT_TRUE(publish(sut, publish_request(volume.volume_id(), kNodeA)).status.ok());
  auto const answer = get(sut, volume.volume_id());
  EXPECT_EQ(answer.response.volume().volume_id(), volume.volume_id());
  EXPECT_EQ(answer.response.volume().capacity_bytes(), volume.capacity_bytes());
  auto const& status = answer.response.status();
  EXPECT_TRUE(status.published_node_ids_size() == 1 && status.published_node_ids(0) == kNodeA);
  EXPECT_FALSE(status.volume_condition().abnormal()) << status.volume_condition().message();
  EXPECT_FALSE(status.volume_condition().message().empty());
  return answer.status;
}

Cases get_cases() {
  return {
      {"ControllerGetVolume", "answers", says_who_has_it},
      {"ControllerGetVolume", "id-missing", [](auto& sut) { return get(sut, "").status; }},
      {"ControllerGetVolume", "volume-unknown", [](auto& sut) { return get(sut, kNoVolume).status; }},
      {"ControllerGetVolume", "id-of-no-known-form", [](auto& sut) { return get(sut, kForeignId).status; }},
      {"ControllerGetVolume", "device-away",
       [](auto& sut) {
         return ask(*sut.without_device().controller, &ControllerStub::ControllerGetVolume,
                    get_request(kNoVolume))
             .status;
       }},
  };
}

// --- GetCapacity ---

auto capacity(SystemUnderTest& sut, wire::GetCapacityRequest const& request = {}) {
  return ask(sut.controller(), &ControllerStub::GetCapacity, request);
}

grpc::Status says_what_is_free(SystemUnderTest& sut) {
  auto const before = capacity(sut);
  EXPECT_GT(before.response.available_capacity(), 0);
  EXPECT_LE(before.response.available_capacity(), kPoolBytes);
  EXPECT_LE(before.response.maximum_volume_size().value(), before.response.available_capacity());
  EXPECT_GT(before.response.minimum_volume_size().value(), 0);
  auto const volume = sut.new_volume();
  EXPECT_LE(capacity(sut).response.available_capacity(),
            before.response.available_capacity() - volume.capacity_bytes());
  return before.status;
}

grpc::Status nothing_fits_capabilities_nobody_has(SystemUnderTest& sut) {
  wire::GetCapacityRequest request;
  *request.add_volume_capabilities() = mount_capability(Modes::MULTI_NODE_MULTI_WRITER);
  auto const answer = capacity(sut, request);
  EXPECT_EQ(answer.response.available_capacity(), 0);
  return answer.status;
}

grpc::Status a_capability_without_type(SystemUnderTest& sut) {
  wire::GetCapacityRequest request;
  request.add_volume_capabilities()->mutable_access_mode()->set_mode(Modes::SINGLE_NODE_WRITER);
  return capacity(sut, request).status;
}

grpc::Status an_unknown_parameter(SystemUnderTest& sut) {
  wire::GetCapacityRequest request;
  (*request.mutable_parameters())["replicas"] = "3";
  return capacity(sut, request).status;
}

Cases capacity_cases() {
  return {
      {"GetCapacity", "answers", says_what_is_free},
      {"GetCapacity", "capabilities-unsupported", nothing_fits_capabilities_nobody_has},
      {"GetCapacity", "access-type-missing", a_capability_without_type},
      {"GetCapacity", "parameter-unknown", an_unknown_parameter},
      {"GetCapacity", "device-away",
       [](auto& sut) {
         return ask(*sut.without_device().controller, &ControllerStub::GetCapacity,
                    wire::GetCapacityRequest())
             .status;
       }},
  };
}

}  // namespace

Cases read_cases() {
  Cases all;
  for (auto const& list : {validate_cases(), list_cases(), get_cases(), capacity_cases()})
    all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace sanity
