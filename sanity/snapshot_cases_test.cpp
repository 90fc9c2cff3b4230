// Cases of CreateSnapshot, DeleteSnapshot, ListSnapshots and GetSnapshot, and of volumes made from a snapshot
// or a volume.
#include <grpcpp/grpcpp.h>

#include <set>

#include "sanity/case_tools.h"

namespace sanity {
namespace {

using Request = wire::CreateSnapshotRequest;

auto cut(ControllerStub& controller, Request const& request) {
  return ask(controller, &ControllerStub::CreateSnapshot, request);
}

Request snapshot_request(SystemUnderTest& sut, std::string const& volume_id) {
  Request request;
  request.set_name("snapshot-" + sut.new_name().substr(4));
  request.set_source_volume_id(volume_id);
  return request;
}

wire::Snapshot new_snapshot(SystemUnderTest& sut, std::string const& volume_id) {
  auto const answer = cut(sut.controller(), snapshot_request(sut, volume_id));
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  return answer.response.snapshot();
}

grpc::Status drop(ControllerStub& controller, std::string const& snapshot_id) {
  wire::DeleteSnapshotRequest request;
  request.set_snapshot_id(snapshot_id);
  return ask(controller, &ControllerStub::DeleteSnapshot, request).status;
}

auto look_at(ControllerStub& controller, std::string const& snapshot_id) {
  wire::GetSnapshotRequest request;
  request.set_snapshot_id(snapshot_id);
  return ask(controller, &ControllerStub::GetSnapshot, request);
}

auto list_snapshots(ControllerStub& controller,
                    std::function<void(wire::ListSnapshotsRequest&)> const& change) {
  wire::ListSnapshotsRequest request;
  if (change) change(request);
  return ask(controller, &ControllerStub::ListSnapshots, request);
}

std::multiset<std::string> ids_in(wire::ListSnapshotsResponse const& response) {
  std::multiset<std::string> ids;
  for (auto const& entry : response.entries()) ids.insert(entry.snapshot().snapshot_id());
  return ids;
}

// --- CreateSnapshot ---

Case changed(std::string condition, std::function<void(Request&)> change) {
  return {"CreateSnapshot", std::move(condition), [change = std::move(change)](SystemUnderTest& sut) {
            auto request = snapshot_request(sut, sut.new_volume().volume_id());
            change(request);
            return cut(sut.controller(), request).status;
          }};
}

grpc::Status a_whole_snapshot(SystemUnderTest& sut) {
  auto const volume = sut.new_volume();
  auto const answer = cut(sut.controller(), snapshot_request(sut, volume.volume_id()));
  auto const& snapshot = answer.response.snapshot();
  EXPECT_FALSE(snapshot.snapshot_id().empty());
  EXPECT_EQ(snapshot.source_volume_id(), volume.volume_id());
  EXPECT_EQ(snapshot.size_bytes(), volume.capacity_bytes());
  EXPECT_GT(snapshot.creation_time().seconds(), 1'700'000'000);
  EXPECT_TRUE(snapshot.ready_to_use());
  EXPECT_TRUE(snapshot.group_snapshot_id().empty());
  return answer.status;
}

grpc::Status the_same_again(SystemUnderTest& sut) {
  auto const request = snapshot_request(sut, sut.new_volume().volume_id());
  auto const first = cut(sut.controller(), request);
  auto const second = cut(sut.controller(), request);
  EXPECT_EQ(first.response.SerializeAsString(), second.response.SerializeAsString());
  return second.status;
}

grpc::Status of_another_source(SystemUnderTest& sut) {
  auto request = snapshot_request(sut, sut.new_volume().volume_id());
  EXPECT_TRUE(cut(sut.controller(), request).status.ok());
  request.set_source_volume_id(sut.new_volume().volume_id());
  return cut(sut.controller(), request).status;
}

grpc::Status of_a_published_volume(SystemUnderTest& sut) {
  auto const id = sut.new_volume().volume_id();
  EXPECT_TRUE(publish(sut, publish_request(id, kNodeA)).status.ok());
  return cut(sut.controller(), snapshot_request(sut, id)).status;
}

Cases of_create() {
  return {
      {"CreateSnapshot", "answers", a_whole_snapshot},
      changed("name-missing", [](Request& request) { request.clear_name(); }),
      changed("name-too-long", [](Request& request) { request.set_name(std::string(129, 'n')); }),
      changed("name-of-greatest-length", [](Request& request) { request.set_name(std::string(128, 'n')); }),
      changed("source-missing", [](Request& request) { request.clear_source_volume_id(); }),
      changed("source-unknown", [](Request& request) { request.set_source_volume_id(kNoVolume); }),
      changed("source-of-no-known-form", [](Request& request) { request.set_source_volume_id(kForeignId); }),
      changed("parameter-unknown",
              [](Request& request) { (*request.mutable_parameters())["retention"] = "7d"; }),
      {"CreateSnapshot", "same-name-same-source", the_same_again},
      {"CreateSnapshot", "same-name-other-source", of_another_source},
      {"CreateSnapshot", "of-a-published-volume", of_a_published_volume},
      {"CreateSnapshot", "device-away",
       [](auto& sut) {
         return cut(*sut.without_device().controller, snapshot_request(sut, kNoVolume)).status;
       }},
  };
}

// --- DeleteSnapshot ---

Case dropped(std::string condition, std::string const& id) {
  return {"DeleteSnapshot", std::move(condition), [id](auto& sut) { return drop(sut.controller(), id); }};
}

grpc::Status deleted(SystemUnderTest& sut) {
  auto const id = new_snapshot(sut, sut.new_volume().volume_id()).snapshot_id();
  auto const status = drop(sut.controller(), id);
  EXPECT_EQ(look_at(sut.controller(), id).status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_TRUE(drop(sut.controller(), id).ok()) << "a second time";
  return status;
}

wire::CreateVolumeRequest request_from(SystemUnderTest& sut, wire::Snapshot const& snapshot) {
  auto request = sut.new_request();
  request.mutable_volume_content_source()->mutable_snapshot()->set_snapshot_id(snapshot.snapshot_id());
  return request;
}

grpc::Status with_a_volume_made_from_it(SystemUnderTest& sut) {
  auto const snapshot = new_snapshot(sut, sut.new_volume().volume_id());
  auto const made = create(sut, request_from(sut, snapshot));
  EXPECT_TRUE(made.status.ok()) << made.status.error_message();
  auto const status = drop(sut.controller(), snapshot.snapshot_id());
  EXPECT_EQ(times_listed(sut, made.response.volume().volume_id()), 1);
  return status;
}

Cases of_delete() {
  return {
      {"DeleteSnapshot", "answers", deleted},
      dropped("id-missing", ""),
      dropped("snapshot-unknown", kNoSnapshot),
      dropped("id-of-no-known-form", kForeignId),
      dropped("of-the-go-driver", std::string(kNoSnapshot) + "-at-0123456789"),
      {"DeleteSnapshot", "volume-made-from-it-stays", with_a_volume_made_from_it},
      {"DeleteSnapshot", "device-away",
       [](auto& sut) { return drop(*sut.without_device().controller, kNoSnapshot); }},
  };
}

// --- ListSnapshots ---

grpc::Status each_once(SystemUnderTest& sut) {
  auto const id = new_snapshot(sut, sut.new_volume().volume_id()).snapshot_id();
  auto const answer = list_snapshots(sut.controller(), {});
  auto const ids = ids_in(answer.response);
  EXPECT_EQ(ids.count(id), 1U);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
  return answer.status;
}

grpc::Status of_one_volume(SystemUnderTest& sut) {
  auto const volume = sut.new_volume().volume_id();
  auto const first = new_snapshot(sut, volume).snapshot_id(),
             second = new_snapshot(sut, volume).snapshot_id();
  new_snapshot(sut, sut.new_volume().volume_id());
  auto const answer =
      list_snapshots(sut.controller(), [&](auto& request) { request.set_source_volume_id(volume); });
  EXPECT_EQ(ids_in(answer.response), (std::multiset<std::string>{first, second}));
  return answer.status;
}

grpc::Status one_snapshot(SystemUnderTest& sut) {
  auto const id = new_snapshot(sut, sut.new_volume().volume_id()).snapshot_id();
  auto const answer = list_snapshots(sut.controller(), [&](auto& request) { request.set_snapshot_id(id); });
  EXPECT_EQ(ids_in(answer.response), std::multiset<std::string>{id});
  return answer.status;
}

Case empty_list(std::string condition, std::function<void(wire::ListSnapshotsRequest&)> change) {
  return {"ListSnapshots", std::move(condition), [change = std::move(change)](auto& sut) {
            auto const answer = list_snapshots(sut.controller(), change);
            EXPECT_EQ(answer.response.entries_size(), 0);
            return answer.status;
          }};
}

grpc::Status in_pages(SystemUnderTest& sut) {
  auto const volume = sut.new_volume().volume_id();
  for (int i = 0; i < 5; ++i) new_snapshot(sut, volume);
  auto const whole = list_snapshots(sut.controller(), {});
  std::multiset<std::string> seen;
  std::string token;
  grpc::Status status;
  do {
    auto const page = list_snapshots(sut.controller(), [&](auto& request) {
      request.set_max_entries(2);
      request.set_starting_token(token);
    });
    EXPECT_LE(page.response.entries_size(), 2);
    seen.merge(ids_in(page.response));
    token = page.response.next_token();
    status = page.status;
  } while (status.ok() && !token.empty());
  EXPECT_EQ(seen, ids_in(whole.response));
  return status;
}

Cases of_list() {
  return {
      {"ListSnapshots", "answers", each_once},
      {"ListSnapshots", "of-one-volume", of_one_volume},
      empty_list("of-an-unknown-volume", [](auto& request) { request.set_source_volume_id(kNoVolume); }),
      {"ListSnapshots", "one-snapshot", one_snapshot},
      empty_list("an-unknown-snapshot", [](auto& request) { request.set_snapshot_id(kForeignId); }),
      {"ListSnapshots", "in-pages", in_pages},
      empty_list("token-invalid", [](auto& request) { request.set_starting_token("page 2"); }),
      empty_list("max-entries-negative", [](auto& request) { request.set_max_entries(-1); }),
      {"ListSnapshots", "device-away",
       [](auto& sut) { return list_snapshots(*sut.without_device().controller, {}).status; }},
  };
}

// --- GetSnapshot ---

grpc::Status as_it_was_cut(SystemUnderTest& sut) {
  auto const snapshot = new_snapshot(sut, sut.new_volume().volume_id());
  auto const answer = look_at(sut.controller(), snapshot.snapshot_id());
  EXPECT_EQ(answer.response.snapshot().SerializeAsString(), snapshot.SerializeAsString());
  return answer.status;
}

Case looked_at(std::string condition, std::string const& id) {
  return {"GetSnapshot", std::move(condition),
          [id](auto& sut) { return look_at(sut.controller(), id).status; }};
}

Cases of_get() {
  return {
      {"GetSnapshot", "answers", as_it_was_cut},
      looked_at("id-missing", ""),
      looked_at("snapshot-unknown", kNoSnapshot),
      looked_at("id-of-no-known-form", kForeignId),
      {"GetSnapshot", "device-away",
       [](auto& sut) { return look_at(*sut.without_device().controller, kNoSnapshot).status; }},
  };
}

// --- CreateVolume from something ---

grpc::Status from_a_snapshot(SystemUnderTest& sut) {
  auto const snapshot = new_snapshot(sut, sut.new_volume().volume_id());
  auto const answer = create(sut, request_from(sut, snapshot));
  auto const& volume = answer.response.volume();
  EXPECT_EQ(volume.content_source().snapshot().snapshot_id(), snapshot.snapshot_id());
  EXPECT_GE(volume.capacity_bytes(), snapshot.size_bytes());
  return answer.status;
}

grpc::Status from_a_snapshot_again(SystemUnderTest& sut) {
  auto const request = request_from(sut, new_snapshot(sut, sut.new_volume().volume_id()));
  auto const first = create(sut, request), second = create(sut, request);
  EXPECT_EQ(first.response.volume().volume_id(), second.response.volume().volume_id());
  EXPECT_EQ(second.response.volume().content_source().SerializeAsString(),
            first.response.volume().content_source().SerializeAsString());
  return second.status;
}

grpc::Status from_another_source(SystemUnderTest& sut) {
  auto const volume = sut.new_volume().volume_id();
  auto request = request_from(sut, new_snapshot(sut, volume));
  EXPECT_TRUE(create(sut, request).status.ok());
  request.mutable_volume_content_source()->mutable_snapshot()->set_snapshot_id(
      new_snapshot(sut, volume).snapshot_id());
  return create(sut, request).status;
}

grpc::Status above_the_limit(SystemUnderTest& sut) {
  auto large = sut.new_request();
  large.mutable_capacity_range()->set_required_bytes(2 * kGiB);
  auto request = request_from(sut, new_snapshot(sut, create(sut, large).response.volume().volume_id()));
  request.mutable_capacity_range()->set_required_bytes(kGiB);
  request.mutable_capacity_range()->set_limit_bytes(kGiB);
  return create(sut, request).status;
}

grpc::Status from_an_unknown_snapshot(SystemUnderTest& sut) {
  wire::Snapshot nothing;
  nothing.set_snapshot_id(kNoSnapshot);
  return create(sut, request_from(sut, nothing)).status;
}

grpc::Status from_the_volume(SystemUnderTest& sut, std::string const& id) {
  auto request = sut.new_request();
  request.mutable_volume_content_source()->mutable_volume()->set_volume_id(id);
  auto const answer = create(sut, request);
  auto const& source = answer.response.volume().content_source();
  EXPECT_TRUE(!answer.status.ok() || source.volume().volume_id() == id);
  return answer.status;
}

Cases of_sources() {
  return {
      {"CreateVolume", "from-a-snapshot", from_a_snapshot},
      {"CreateVolume", "from-a-snapshot-again", from_a_snapshot_again},
      {"CreateVolume", "from-another-source-under-the-name", from_another_source},
      {"CreateVolume", "from-an-unknown-snapshot", from_an_unknown_snapshot},
      {"CreateVolume", "from-a-snapshot-above-the-limit", above_the_limit},
      {"CreateVolume", "from-a-volume",
       [](auto& sut) { return from_the_volume(sut, sut.new_volume().volume_id()); }},
      {"CreateVolume", "from-an-unknown-volume", [](auto& sut) { return from_the_volume(sut, kNoVolume); }},
  };
}

}  // namespace

Cases snapshot_cases() {
  Cases all;
  for (auto const& list : {of_create(), of_delete(), of_list(), of_get(), of_sources()})
    all.insert(all.end(), list.begin(), list.end());
  for (Case& one : all) one.needs_snapshots = true;
  return all;
}

}  // namespace sanity
