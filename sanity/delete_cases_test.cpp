// Cases of DeleteVolume.
#include <grpcpp/grpcpp.h>

#include "sanity/case_tools.h"

namespace sanity {
namespace {

grpc::Status it_is_gone(SystemUnderTest& sut) {
  auto const id = sut.new_volume().volume_id();
  EXPECT_EQ(times_listed(sut, id), 1);
  auto const status = remove(sut, id);
  EXPECT_EQ(times_listed(sut, id), 0);
  return status;
}

grpc::Status twice(SystemUnderTest& sut) {
  auto const id = sut.new_volume().volume_id();
  EXPECT_TRUE(remove(sut, id).ok());
  return remove(sut, id);
}

grpc::Status while_published(SystemUnderTest& sut) {
  auto const id = sut.new_volume().volume_id();
  EXPECT_TRUE(publish(sut, publish_request(id, kNodeA)).status.ok());
  auto const refused = remove(sut, id);
  EXPECT_TRUE(unpublish(sut, id, kNodeA).ok());
  EXPECT_TRUE(remove(sut, id).ok()) << "free again, it can be deleted";
  return refused;
}

grpc::Status of_id(SystemUnderTest& sut, std::string const& id) {
  return remove(sut, id);
}

}  // namespace

Cases delete_cases() {
  return {
      {"DeleteVolume", "answers", it_is_gone},
      {"DeleteVolume", "id-missing", [](auto& sut) { return of_id(sut, ""); }},
      {"DeleteVolume", "volume-unknown", [](auto& sut) { return of_id(sut, kNoVolume); }},
      {"DeleteVolume", "id-of-no-known-form", [](auto& sut) { return of_id(sut, kForeignId); }},
      {"DeleteVolume", "id-of-another-rds", [](auto& sut) { return of_id(sut, kOtherRdsId); }},
      {"DeleteVolume", "twice", twice},
      {"DeleteVolume", "volume-in-use", while_published},
      {"DeleteVolume", "device-away",
       [](auto& sut) {
         wire::DeleteVolumeRequest request;
         request.set_volume_id(kNoVolume);
         return ask(*sut.without_device().controller, &ControllerStub::DeleteVolume, request).status;
       }},
  };
}

}  // namespace sanity
