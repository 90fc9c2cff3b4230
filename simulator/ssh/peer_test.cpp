// Prefixes and addresses, as /ip service and /user have them.
#include "simulator/ssh/peer.h"

#include <gtest/gtest.h>

namespace rdssim::ssh {
namespace {

TEST(ComesFrom, PrefixesAndAddresses) {
  struct {
    std::string address;
    std::vector<std::string> from;
    bool comes;
  } const cases[] = {
      {"10.1.2.3", {}, true},
      {"10.1.2.3", {"10.0.0.0/8"}, true},
      {"11.1.2.3", {"10.0.0.0/8"}, false},
      {"10.1.2.3", {"192.168.0.0/16", "10.1.2.3"}, true},
      {"10.1.2.4", {"10.1.2.3"}, false},
      {"10.1.2.3", {"10.1.2.2/31"}, true},
      {"10.1.2.4", {"10.1.2.2/31"}, false},
      {"10.1.2.3", {"0.0.0.0/0"}, true},
      {"::1", {"0.0.0.0/0"}, false},
      {"::1", {"::/0"}, true},
      {"2001:db8::7", {"2001:db8::/32"}, true},
      {"2001:db9::7", {"2001:db8::/32"}, false},
      {"::ffff:10.1.2.3", {"10.0.0.0/8"}, true},
      {"10.1.2.3", {"10.0.0.0/33"}, false},
      {"10.1.2.3", {"rubbish"}, false},
      {"rubbish", {"0.0.0.0/0"}, false},
  };
  int checked = 0;
  for (auto const& one : cases) {
    EXPECT_EQ(comes_from(one.address, one.from), one.comes) << one.address;
    ++checked;
  }
  std::cout << "addresses checked: " << checked << "\n";
}

}  // namespace
}  // namespace rdssim::ssh
