// Every row of codes.tsv against the shipped programs: the code it asks for, a message for people, no
// details.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <set>

#include "csi/driver.h"
#include "gtest/gtest.h"
#include "sanity/cases.h"
#include "sanity/table.h"

namespace sanity {
namespace {

Cases all_cases() {
  Cases all;
  for (auto const& list : {identity_cases(), create_cases(), delete_cases(), expand_cases(), publish_cases(),
                           read_cases(), snapshot_cases(), absent_cases()}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

std::map<std::string, Case> cases_by_name() {
  std::map<std::string, Case> cases;
  for (auto const& one : all_cases()) {
    std::string const name = one.rpc + "/" + one.condition;
    EXPECT_TRUE(cases.emplace(name, one).second) << name << " has two cases";
  }
  return cases;
}

// CSI 1.12, "Error Scheme".
void check_status(grpc::Status const& status, Row const& row) {
  EXPECT_EQ(rdscsi::csi::grpc_code_name(status.error_code()), row.code)
      << row.rule << "\nanswered: " << status.error_message();
  EXPECT_TRUE(status.error_details().empty());
  EXPECT_TRUE(status.ok() || !status.error_message().empty()) << "an error without a message";
}

// What a call answers must not depend on the RouterOS version behind it.
class Sanity : public ::testing::TestWithParam<char const*> {};

TEST_P(Sanity, EveryRowOfTheTableHasItsCode) {
  auto const rows = read_codes();
  auto cases = cases_by_name();
  SystemUnderTest sut(GetParam());
  if (HasFailure()) return;
  std::set<std::string> names;
  std::size_t checked = 0, without_snapshots = 0;
  for (auto const& row : rows) {
    SCOPED_TRACE(row.name());
    EXPECT_TRUE(names.insert(row.name()).second) << "stands twice in codes.tsv";
    auto const found = cases.extract(row.name());
    if (found.empty()) {
      ADD_FAILURE() << "has no case";
      continue;
    }
    if (found.mapped().needs_snapshots && !sut.makes_snapshots()) {
      ++without_snapshots;
      continue;
    }
    check_status(found.mapped().run(sut), row);
    ++checked;
  }
  for (auto const& [name, one] : cases) ADD_FAILURE() << name << " has a case but no row in codes.tsv";
  std::cout << "sanity: " << rows.size() << " rows, " << checked << " cases checked on RouterOS "
            << GetParam() << ", " << without_snapshots << " need snapshots\n";
  EXPECT_EQ(rows.size(), checked + without_snapshots);
  // 7.16 has no btrfs menus.
  EXPECT_EQ(without_snapshots > 0, std::string(GetParam()) == "7.16");
  EXPECT_GT(checked, 100U);
}

std::string profile_name(::testing::TestParamInfo<char const*> const& info) {
  std::string name = std::string("Routeros") + info.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Codes, Sanity, ::testing::Values("7.16", "7.21", "7.24"), profile_name);

// A table that forgets an RPC of the contract, or names one that is not in it, says less than it seems to.
TEST(SanityTable, NamesEveryRpcOfTheContractAndNoOther) {
  std::set<std::string> contract;
  auto const* file = wire::ProbeRequest::descriptor()->file();
  for (int i = 0; i < file->service_count(); ++i) {
    for (int k = 0; k < file->service(i)->method_count(); ++k)
      contract.insert(file->service(i)->method(k)->name());
  }
  std::set<std::string> named;
  for (auto const& row : read_codes()) {
    named.insert(row.rpc);
    EXPECT_NE(row.rule.find(": "), std::string::npos) << row.name() << ": which section says so?";
  }
  EXPECT_EQ(named, contract);
}

}  // namespace
}  // namespace sanity
