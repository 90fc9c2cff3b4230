// Cases of CreateVolume.
#include <grpcpp/grpcpp.h>

#include <limits>

#include "sanity/case_tools.h"

namespace sanity {
namespace {

using Request = wire::CreateVolumeRequest;

// A served request with one thing changed, and the answer's status.
Case changed(std::string condition, std::function<void(Request&)> change) {
  return {"CreateVolume", std::move(condition), [change = std::move(change)](SystemUnderTest& sut) {
            auto request = sut.new_request();
            change(request);
            return create(sut, request).status;
          }};
}

// A served request that is made, then asked for again with one thing changed.
Case again(std::string condition, std::function<void(Request&)> change) {
  return {"CreateVolume", std::move(condition), [change = std::move(change)](SystemUnderTest& sut) {
            auto request = sut.new_request();
            auto const first = create(sut, request);
            EXPECT_TRUE(first.status.ok()) << first.status.error_message();
            change(request);
            auto const second = create(sut, request);
            if (second.status.ok()) {
              EXPECT_EQ(second.response.volume().volume_id(), first.response.volume().volume_id());
              EXPECT_EQ(second.response.volume().capacity_bytes(), first.response.volume().capacity_bytes());
            }
            return second.status;
          }};
}

Case sized(std::string condition, std::int64_t required, std::int64_t limit) {
  return {"CreateVolume", std::move(condition), [required, limit](SystemUnderTest& sut) {
            auto request = sut.new_request();
            request.mutable_capacity_range()->set_required_bytes(required);
            request.mutable_capacity_range()->set_limit_bytes(limit);
            auto const answer = create(sut, request);
            if (answer.status.ok()) {
              EXPECT_GE(answer.response.volume().capacity_bytes(), required);
              EXPECT_TRUE(limit == 0 || answer.response.volume().capacity_bytes() <= limit);
            }
            return answer.status;
          }};
}

Case with_capability(std::string condition, wire::VolumeCapability const& capability) {
  return changed(std::move(condition),
                 [capability](Request& request) { *request.mutable_volume_capabilities(0) = capability; });
}

grpc::Status answers_with_the_volume(SystemUnderTest& sut) {
  Request request = sut.new_request();
  request.clear_capacity_range();
  auto const answer = create(sut, request);
  EXPECT_FALSE(answer.response.volume().volume_id().empty());
  EXPECT_GT(answer.response.volume().capacity_bytes(), 0);
  std::size_t bytes = 0;
  for (auto const& [key, value] : answer.response.volume().volume_context())
    bytes += key.size() + value.size();
  EXPECT_TRUE(bytes > 0 && bytes <= 4096) << bytes;
  return answer.status;
}

grpc::Status a_name_is_any_text(SystemUnderTest& sut, std::string const& name) {
  Request request = sut.new_request();
  request.set_name(name);
  auto const answer = create(sut, request);
  EXPECT_LE(answer.response.volume().volume_id().size(), 128U);
  return answer.status;
}

grpc::Status deleted_and_made_anew(SystemUnderTest& sut) {
  Request request = sut.new_request();
  auto const first = create(sut, request);
  EXPECT_TRUE(remove(sut, first.response.volume().volume_id()).ok());
  request.mutable_capacity_range()->set_required_bytes(2 * kGiB);
  auto const second = create(sut, request);
  EXPECT_EQ(second.response.volume().capacity_bytes(), 2 * kGiB);
  return second.status;
}

// The device does what it is told and never answers, so whichever of the two comes first stays pending; the
// one that ends is the other.
grpc::Status a_pending_operation_refuses_another(SystemUnderTest& sut) {
  grpc::CompletionQueue queue;
  auto const create_context = call_context(), delete_context = call_context();
  auto request = sut.new_request();
  request.set_name(kSilentVolume);
  wire::DeleteVolumeRequest deletion;
  deletion.set_volume_id(kSilentVolume);
  wire::CreateVolumeResponse created;
  wire::DeleteVolumeResponse deleted;
  grpc::Status create_status, delete_status;
  auto const creating = sut.controller().AsyncCreateVolume(create_context.get(), request, &queue);
  creating->Finish(&created, &create_status, &create_status);
  auto const deleting = sut.controller().AsyncDeleteVolume(delete_context.get(), deletion, &queue);
  deleting->Finish(&deleted, &delete_status, &delete_status);
  void* tag = nullptr;
  bool ok = false;
  EXPECT_TRUE(queue.Next(&tag, &ok));
  grpc::Status const first = *static_cast<grpc::Status*>(tag);
  EXPECT_TRUE(mentions(first, kSilentVolume)) << first.error_message();
  create_context->TryCancel();
  delete_context->TryCancel();
  EXPECT_TRUE(queue.Next(&tag, &ok));
  queue.Shutdown();
  return first;
}

grpc::Status equal_requests_at_once_make_one_volume(SystemUnderTest& sut) {
  constexpr int kCalls = 8;
  struct Call {
    std::unique_ptr<grpc::ClientContext> context = call_context();
    wire::CreateVolumeResponse response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<wire::CreateVolumeResponse>> reader;
  };
  grpc::CompletionQueue queue;
  auto const request = sut.new_request();
  std::vector<Call> calls(kCalls);
  for (auto& call : calls) {
    call.reader = sut.controller().AsyncCreateVolume(call.context.get(), request, &queue);
    call.reader->Finish(&call.response, &call.status, &call);
  }
  void* tag = nullptr;
  bool ok = false;
  for (int i = 0; i < kCalls; ++i) EXPECT_TRUE(queue.Next(&tag, &ok));
  queue.Shutdown();
  grpc::Status worst;
  for (auto const& call : calls) {
    if (!call.status.ok()) worst = call.status;
    EXPECT_EQ(call.response.volume().volume_id(), calls.front().response.volume().volume_id());
  }
  EXPECT_EQ(times_listed(sut, calls.front().response.volume().volume_id()), 1);
  return worst;
}

void append(Cases& all, Cases const& more) {
  all.insert(all.end(), more.begin(), more.end());
}

Cases of_the_capabilities() {
  wire::VolumeCapability untyped, modeless, unknown_mode, long_flags;
  untyped.mutable_access_mode()->set_mode(Modes::SINGLE_NODE_WRITER);
  modeless.mutable_mount();
  unknown_mode = mount_capability(static_cast<Mode>(99));
  long_flags = mount_capability(Modes::SINGLE_NODE_WRITER);
  for (int i = 0; i < 33; ++i) long_flags.mutable_mount()->add_mount_flags(std::string(128, 'f'));
  return {
      changed("capabilities-missing", [](Request& request) { request.clear_volume_capabilities(); }),
      with_capability("access-type-missing", untyped),
      with_capability("access-mode-missing", modeless),
      with_capability("access-mode-unknown", mount_capability(Modes::UNKNOWN)),
      with_capability("access-mode-of-a-newer-csi", unknown_mode),
      with_capability("access-mode-unsupported", block_capability(Modes::MULTI_NODE_READER_ONLY)),
      with_capability("filesystem-on-many-nodes", mount_capability(Modes::MULTI_NODE_MULTI_WRITER)),
      with_capability("filesystem-unsupported", mount_capability(Modes::SINGLE_NODE_WRITER, "btrfs")),
      with_capability("mount-flags-too-long", long_flags),
      with_capability("block-on-many-nodes", block_capability(Modes::MULTI_NODE_MULTI_WRITER)),
      changed("one-of-two-capabilities-unsupported",
              [](Request& request) {
                *request.add_volume_capabilities() = block_capability(Modes::MULTI_NODE_SINGLE_WRITER);
              }),
  };
}

// Asked of the program that has snapshots switched off.
Case without_snapshots(std::string condition, std::function<void(Request&)> change) {
  return {"CreateVolume", std::move(condition), [change = std::move(change)](SystemUnderTest& sut) {
            auto request = sut.new_request();
            change(request);
            return ask(*sut.without_snapshots().controller, &ControllerStub::CreateVolume, request).status;
          }};
}

Cases of_parameters_and_source() {
  return {
      changed("parameter-unknown",
              [](Request& request) { (*request.mutable_parameters())["replicas"] = "3"; }),
      changed("parameter-invalid",
              [](Request& request) { (*request.mutable_parameters())["nvmePort"] = "seventy"; }),
      changed(
          "parameters-too-long",
          [](Request& request) { (*request.mutable_parameters())["volumePath"] = std::string(4097, 'p'); }),
      changed("mutable-parameters",
              [](Request& request) { (*request.mutable_mutable_parameters())["iops"] = "100"; }),
      without_snapshots("source-is-a-snapshot",
                        [](Request& request) {
                          request.mutable_volume_content_source()->mutable_snapshot()->set_snapshot_id(
                              kNoSnapshot);
                        }),
      without_snapshots("source-is-a-volume",
                        [](Request& request) {
                          request.mutable_volume_content_source()->mutable_volume()->set_volume_id(kNoVolume);
                        }),
      changed("source-without-a-kind", [](Request& request) { request.mutable_volume_content_source(); }),
      changed("secrets-of-no-use", [](Request& request) { (*request.mutable_secrets())["user"] = "nobody"; }),
  };
}

Cases of_the_size() {
  constexpr std::int64_t kLargest = std::int64_t{1} << 44;
  return {
      sized("size-required", 3 * kGiB, 0),
      sized("size-between", kGiB + 1, 2 * kGiB),
      sized("size-exact", kGiB, kGiB),
      sized("limit-below-required", 2 * kGiB, kGiB),
      sized("limit-below-smallest", 0, 4096),
      sized("no-size-fits", kGiB + 1, kGiB + 1),
      sized("required-above-largest", kLargest + 1, 0),
      sized("required-above-everything", std::numeric_limits<std::int64_t>::max(), 0),
      sized("required-negative", -1, 0),
      sized("limit-negative", kGiB, -1),
      sized("pool-full", 4 * kPoolBytes, 0),
  };
}

Cases of_repetition() {
  return {
      again("again-the-same", [](Request&) {}),
      again("again-with-a-range-that-fits",
            [](Request& request) {
              request.mutable_capacity_range()->set_required_bytes(kGiB / 2);
              request.mutable_capacity_range()->set_limit_bytes(4 * kGiB);
            }),
      again("again-larger",
            [](Request& request) { request.mutable_capacity_range()->set_required_bytes(2 * kGiB); }),
      again("again-with-other-parameters",
            [](Request& request) { (*request.mutable_parameters())["ctrlLossTmo"] = "61"; }),
      again("again-with-other-capabilities",
            [](Request& request) {
              *request.mutable_volume_capabilities(0) = block_capability(Modes::SINGLE_NODE_WRITER);
            }),
      {"CreateVolume", "again-after-delete", deleted_and_made_anew},
      {"CreateVolume", "equal-requests-at-once", equal_requests_at_once_make_one_volume},
      {"CreateVolume", "another-operation-pending", a_pending_operation_refuses_another},
  };
}

}  // namespace

Cases create_cases() {
  Cases all = {
      {"CreateVolume", "answers", answers_with_the_volume},
      changed("name-missing", [](Request& request) { request.clear_name(); }),
      changed("name-too-long", [](Request& request) { request.set_name(std::string(129, 'n')); }),
      changed("name-with-control-character",
              [](Request& request) {
                request.set_name(
                    "data\x01"
                    "0");
              }),
      {"CreateVolume", "name-of-greatest-length",
       [](auto& sut) { return a_name_is_any_text(sut, std::string(128, 'n')); }},
      {"CreateVolume", "name-of-any-text",
       [](auto& sut) { return a_name_is_any_text(sut, "данные \"$[:put 1]\"; /disk\tremove 0"); }},
      {"CreateVolume", "device-away",
       [](auto& sut) {
         return ask(*sut.without_device().controller, &ControllerStub::CreateVolume, sut.new_request())
             .status;
       }},
  };
  append(all, of_the_capabilities());
  append(all, of_parameters_and_source());
  append(all, of_the_size());
  append(all, of_repetition());
  return all;
}

}  // namespace sanity
