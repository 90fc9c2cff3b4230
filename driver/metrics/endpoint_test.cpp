// The HTTP endpoint over real sockets: pages, what is refused, and an address that is taken.
#include "metrics/endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "metrics/http_get_for_test.h"

namespace rdscsi::metrics {
namespace {

using testing::ask;
using testing::get;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Pages pages() {
  Pages all;
  all["/a"] = [] { return Page{200, "text/plain", "the page\n"}; };
  all["/sick"] = [] { return Page{503, "text/plain", "not ready\n"}; };
  all["/throws"] = []() -> Page { throw std::runtime_error("a secret"); };
  return all;
}

TEST(Endpoint, ServesItsPagesAndNothingElse) {
  auto const endpoint = Endpoint::start("127.0.0.1", 0, pages());
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  auto const port = (*endpoint)->port();
  EXPECT_THAT(get(port, "/a"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(get(port, "/a"), HasSubstr("\r\n\r\nthe page\n"));
  EXPECT_THAT(get(port, "/sick"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(get(port, "/b"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(get(port, "/b"), HasSubstr("/a\n/sick\n"));
  EXPECT_THAT(get(port, "/a", "POST"), StartsWith("HTTP/1.1 405"));
  auto const broken = get(port, "/throws");
  EXPECT_THAT(broken, StartsWith("HTTP/1.1 500"));
  EXPECT_EQ(broken.find("secret"), std::string::npos);
  EXPECT_THAT(ask(port, "nonsense\r\n\r\n"), ::testing::Not(HasSubstr("200")));
  EXPECT_THAT(get(port, "/a"), StartsWith("HTTP/1.1 200")) << "still there";
}

TEST(Endpoint, AnAddressThatIsTakenIsNamed) {
  auto const first = Endpoint::start("127.0.0.1", 0, pages());
  ASSERT_TRUE(first.ok());
  auto const second = Endpoint::start("127.0.0.1", (*first)->port(), pages());
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("127.0.0.1:" + std::to_string((*first)->port())));
  EXPECT_FALSE(Endpoint::start("not-an-address", 0, pages()).ok());
}

TEST(Endpoint, WithoutAHostEveryAddressAnswers) {
  auto const endpoint = Endpoint::start("", 0, pages());
  ASSERT_TRUE(endpoint.ok()) << endpoint.status();
  EXPECT_THAT(get((*endpoint)->port(), "/a"), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace rdscsi::metrics
