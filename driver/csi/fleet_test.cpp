// Several RDSes in one process: which of them a StorageClass or an id means, and that what happens on one
// stays there.
#include "csi/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/operations.h"
#include "base/reasons.h"
#include "base/scheduler.h"
#include "csi/controller.h"
#include "csi/driver.h"
#include "csi/testing/fake_volume_store.h"

namespace rdscsi::csi {
namespace {

using base::Effect;
using base::Reason;
using ::testing::ElementsAre;
using testing::FakeVolumeStore;
using ::testing::HasSubstr;
using testing::simple_create;

constexpr char const* kName = "pvc-1b4e28ba-2fa1-11d2-883f-0016d3cca427";
constexpr char const* kOther = "pvc-2b4e28ba-2fa1-11d2-883f-0016d3cca427";

std::string code(base::Status const& status) {
  return std::string(grpc_code_name(grpc_code(status)));
}

std::string text(base::Status const& status) {
  return std::string(status.message());
}

// An RDS by flags and another one.
class TwoRdses : public ::testing::Test {
 protected:
  static ServedRds rds(std::string name, std::string address, FakeVolumeStore& store) {
    return {std::move(name), {std::move(address), "/p/csi", "/p/csi"}, &store, nullptr};
  }
  static CreateVolumeRequest create_on(std::string const& rds, std::string const& name = kName) {
    auto request = simple_create(name);
    request.parameters["rds"] = rds;
    return request;
  }
  std::vector<std::string> listed() {
    std::vector<std::string> ids;
    auto const list = service_.list_volumes(ctx_, {});
    EXPECT_TRUE(list.ok()) << list.status();
    if (list.ok())
      for (auto const& entry : list->entries) ids.push_back(entry.volume.volume_id);
    return ids;
  }

  FakeVolumeStore here_, there_;
  OpenNodeDirectory nodes_;
  base::Operations operations_;
  ControllerService service_{Fleet({rds("default", "10.0.0.1", here_), rds("rack7", "10.0.7.1", there_)}),
                             nodes_, operations_};
  base::Context ctx_ = base::Context::background();
};

TEST_F(TwoRdses, AStorageClassSaysWhichAndTheIdRemembers) {
  auto const here = service_.create_volume(ctx_, simple_create(kName));
  auto const there = service_.create_volume(ctx_, create_on("rack7", kOther));
  ASSERT_TRUE(here.ok() && there.ok()) << here.status() << there.status();
  EXPECT_EQ(here->volume_id, kName);
  EXPECT_EQ(there->volume_id, std::string("rack7.") + kOther);
  EXPECT_EQ(there->context.at("nvmeAddress"), "10.0.7.1");
  EXPECT_EQ(there->context.at("nqn"), std::string("nqn.2000-02.com.mikrotik:") + kOther)
      << "as the RDS has it";
  EXPECT_THAT(listed(), ElementsAre(kName, std::string("rack7.") + kOther));
}

// Twenty slow RDSes are asked at once: the list takes as long as one of them.
TEST(ManyRdses, AListTakesAsLongAsTheSlowestOfThem) {
  base::Scheduler scheduler({});
  auto const report = scheduler.run([] {
    std::vector<FakeVolumeStore> stores(20);
    std::vector<ServedRds> members;
    for (FakeVolumeStore& store : stores) {
      store.before = [](auto const&, auto) {
        base::sleep_for(std::chrono::seconds(3));
        return base::Status();
      };
      std::string const name = "rack" + std::to_string(members.size());
      members.push_back({name, {"10.0.0.1", "/p/csi", "/p/csi"}, &store, nullptr});
    }
    OpenNodeDirectory nodes;
    base::Operations operations;
    ControllerService service(Fleet(std::move(members)), nodes, operations);
    auto const began = base::now();
    auto const list = service.list_volumes(base::Context::background(), {});
    EXPECT_TRUE(list.ok()) << list.status();
    EXPECT_EQ(base::now() - began, std::chrono::seconds(3));
    for (FakeVolumeStore const& store : stores) EXPECT_EQ(store.calls("list"), 1);
  });
  EXPECT_EQ(report.end, base::RunEnd::finished) << report.explanation;
}

TEST_F(TwoRdses, TheSameNameOnTwoRdsesIsTwoVolumes) {
  ASSERT_TRUE(service_.create_volume(ctx_, create_on("default")).ok());
  ASSERT_TRUE(service_.create_volume(ctx_, create_on("rack7")).ok());
  ASSERT_TRUE(service_.delete_volume(ctx_, {std::string("rack7.") + kName}).ok());
  EXPECT_THAT(listed(), ElementsAre(kName)) << "deleted there, not here";
}

TEST_F(TwoRdses, OneThatIsAwayHarmsNoVolumeOfTheOther) {
  ASSERT_TRUE(service_.create_volume(ctx_, simple_create(kName)).ok());
  there_.before = [](base::Context const&, std::string_view) {
    return base::fail(Reason::rds_unreachable, Effect::none, "no session to the RDS 10.0.7.1");
  };
  EXPECT_EQ(code(service_.create_volume(ctx_, create_on("rack7")).status()), "UNAVAILABLE");
  EXPECT_TRUE(service_.get_volume(ctx_, {kName}).ok());
  auto const list = service_.list_volumes(ctx_, {});
  EXPECT_EQ(code(list.status()), "UNAVAILABLE") << "a shorter list would say that volumes are gone";
  EXPECT_THAT(text(list.status()), HasSubstr("10.0.7.1"));
  EXPECT_TRUE(service_.delete_volume(ctx_, {kName}).ok());
}

TEST_F(TwoRdses, EveryCallGoesToTheRdsOfItsId) {
  ASSERT_TRUE(service_.create_volume(ctx_, create_on("rack7")).ok());
  std::string const id = std::string("rack7.") + kName;
  auto const got = service_.get_volume(ctx_, {id});
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->volume.volume_id, id);
  EXPECT_EQ(code(service_.get_volume(ctx_, {kName}).status()), "NOT_FOUND");
  ExpandVolumeRequest grow;
  grow.volume_id = id;
  grow.capacity_range = CapacityRange{std::int64_t{4} << 30, 0};
  EXPECT_TRUE(service_.expand_volume(ctx_, grow).ok());
  PublishVolumeRequest publish;
  publish.volume_id = id;
  publish.node_id = "n1";
  publish.capability = simple_create(kName).capabilities.front();
  auto const published = service_.publish_volume(ctx_, publish);
  ASSERT_TRUE(published.ok()) << published.status();
  EXPECT_EQ(published->publish_context.at("nvme_address"), "10.0.7.1");
  publish.node_id = "n2";
  EXPECT_THAT(text(service_.publish_volume(ctx_, publish).status()), HasSubstr(id));
  EXPECT_TRUE(service_.unpublish_volume(ctx_, {id, "n1"}).ok());
  EXPECT_TRUE(service_.delete_volume(ctx_, {id}).ok());
  EXPECT_THAT(listed(), ElementsAre());
}

TEST_F(TwoRdses, AVolumeBeginsAsWhatLiesOnTheSameRds) {
  ASSERT_TRUE(service_.create_volume(ctx_, simple_create(kName)).ok());
  auto request = create_on("rack7", kOther);
  request.source = ContentSource::volume;
  request.source_id = kName;
  auto const refused = service_.create_volume(ctx_, request);
  EXPECT_EQ(code(refused.status()), "INVALID_ARGUMENT");
  EXPECT_THAT(text(refused.status()), HasSubstr("use a StorageClass with rds: default"));
}

TEST_F(TwoRdses, AnRdsNobodyKnowsIsSaidSo) {
  auto const status = service_.create_volume(ctx_, create_on("rack8")).status();
  EXPECT_EQ(code(status), "INVALID_ARGUMENT");
  EXPECT_THAT(text(status), HasSubstr("parameters.rds: 'rack8': expected one of default, rack7"));
  std::string const elsewhere = std::string("rack8.") + kName;
  EXPECT_EQ(code(service_.delete_volume(ctx_, {elsewhere})), "FAILED_PRECONDITION") << "not gone, unknown";
  EXPECT_EQ(code(service_.get_volume(ctx_, {elsewhere}).status()), "FAILED_PRECONDITION");
  EXPECT_TRUE(service_.delete_volume(ctx_, {std::string("default.") + kName}).ok()) << "no id of ours";
}

TEST(Fleet, WithoutADefaultAStorageClassMustSayWhich) {
  Fleet const fleet({{"rack7", {}, nullptr, nullptr}, {"rack8", {}, nullptr, nullptr}});
  EXPECT_EQ((*fleet.of_class({{"rds", "rack8"}}))->name, "rack8");
  auto const missing = fleet.of_class({});
  EXPECT_EQ(base::failure_of(missing.status()).reason, Reason::invalid_argument);
  EXPECT_THAT(text(missing.status()), HasSubstr("expected one of rack7, rack8"));
  EXPECT_EQ(base::failure_of(fleet.of_volume(kName).status()).reason, Reason::not_ours)
      << "it may lie on an RDS that was called default";
}

TEST(Fleet, NamesStandInIdsForEver) {
  for (char const* name : {"a", "rack7", "west-1", "0"}) EXPECT_TRUE(is_rds_name(name)) << name;
  for (char const* name : {"", "Rack", "a.b", "-a", "a-", "a_b", "a b", "123456789012345678901234567890123"})
    EXPECT_FALSE(is_rds_name(name)) << name;
}

}  // namespace
}  // namespace rdscsi::csi
