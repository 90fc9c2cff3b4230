// Cases of ControllerExpandVolume.
#include <grpcpp/grpcpp.h>

#include <limits>

#include "sanity/case_tools.h"

namespace sanity {
namespace {

using Request = wire::ControllerExpandVolumeRequest;

Request request_for(std::string const& id, std::int64_t required, std::int64_t limit = 0) {
  Request request;
  request.set_volume_id(id);
  request.mutable_capacity_range()->set_required_bytes(required);
  request.mutable_capacity_range()->set_limit_bytes(limit);
  return request;
}

auto expand(SystemUnderTest& sut, Request const& request) {
  return ask(sut.controller(), &ControllerStub::ControllerExpandVolume, request);
}

// No volume is needed to refuse it.
Case refused(std::string condition, Request const& request) {
  return {"ControllerExpandVolume", std::move(condition),
          [request](SystemUnderTest& sut) { return expand(sut, request).status; }};
}

// Of a volume of 1 GiB, which has `bytes` afterwards.
Case grown(std::string condition, std::int64_t required, std::int64_t limit, std::int64_t bytes) {
  return {"ControllerExpandVolume", std::move(condition), [=](SystemUnderTest& sut) {
            auto const answer = expand(sut, request_for(sut.new_volume().volume_id(), required, limit));
            if (answer.status.ok()) {
              EXPECT_EQ(answer.response.capacity_bytes(), bytes);
              EXPECT_TRUE(answer.response.node_expansion_required());
            }
            return answer.status;
          }};
}

grpc::Status twice(SystemUnderTest& sut) {
  auto const request = request_for(sut.new_volume().volume_id(), 2 * kGiB);
  EXPECT_EQ(expand(sut, request).response.capacity_bytes(), 2 * kGiB);
  auto const second = expand(sut, request);
  EXPECT_EQ(second.response.capacity_bytes(), 2 * kGiB);
  return second.status;
}

grpc::Status while_published(SystemUnderTest& sut) {
  auto const id = sut.new_volume().volume_id();
  EXPECT_TRUE(publish(sut, publish_request(id, kNodeA)).status.ok());
  auto const answer = expand(sut, request_for(id, 2 * kGiB));
  EXPECT_EQ(answer.response.capacity_bytes(), 2 * kGiB);
  return answer.status;
}

}  // namespace

Cases expand_cases() {
  Request idless = request_for("", kGiB), rangeless, shared = request_for(kNoVolume, 2 * kGiB);
  rangeless.set_volume_id(kNoVolume);
  *shared.mutable_volume_capability() = mount_capability(Modes::MULTI_NODE_MULTI_WRITER);
  return {
      refused("id-missing", idless),
      refused("range-missing", rangeless),
      refused("range-empty", request_for(kNoVolume, 0)),
      refused("volume-unknown", request_for(kNoVolume, 2 * kGiB)),
      refused("id-of-no-known-form", request_for(kForeignId, 2 * kGiB)),
      refused("id-of-another-rds", request_for(kOtherRdsId, 2 * kGiB)),
      refused("capability-unsupported", shared),
      refused("required-negative", request_for(kNoVolume, -1)),
      refused("limit-below-required", request_for(kNoVolume, 2 * kGiB, kGiB)),
      refused("required-above-everything", request_for(kNoVolume, std::numeric_limits<std::int64_t>::max())),
      grown("answers", 3 * kGiB, 0, 3 * kGiB),
      grown("already-larger", kGiB / 2, 0, kGiB),
      grown("limit-below-the-size", kGiB / 4, kGiB / 2, 0),
      grown("pool-full", 4 * kPoolBytes, 0, 0),
      {"ControllerExpandVolume", "twice", twice},
      {"ControllerExpandVolume", "while-published", while_published},
      {"ControllerExpandVolume", "device-away",
       [](auto& sut) {
         return ask(*sut.without_device().controller, &ControllerStub::ControllerExpandVolume,
                    request_for(kNoVolume, kGiB))
             .status;
       }},
  };
}

}  // namespace sanity
