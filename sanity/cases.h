// The cases of the conformance suite: for each row of codes.tsv one call, or a few, whose answer must have
// the row's code. One function a file `*_cases_test.cpp`; codes_test.cpp runs them all.
//
// To add one: a row in codes.tsv, and a Case of the same RPC and condition in the list of its file. A row
// without a case, or a case without a row, fails.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sanity/system_under_test.h"

namespace sanity {

struct Case {
  std::string rpc;
  std::string condition;
  // Answers the status that the row is about; whatever else must hold it checks itself.
  std::function<grpc::Status(SystemUnderTest&)> run;
  // Asked only where the RDS makes snapshots; elsewhere the capabilities are not advertised.
  bool needs_snapshots = false;
};
using Cases = std::vector<Case>;

Cases identity_cases();
Cases create_cases();
Cases delete_cases();
Cases expand_cases();
Cases publish_cases();
Cases read_cases();
Cases snapshot_cases();
Cases absent_cases();

}  // namespace sanity
