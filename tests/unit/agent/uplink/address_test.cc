#include "agent/uplink/address.h"

#include <gtest/gtest.h>

namespace spoor::uplink {
namespace {

TEST(AddressTest, EachKindIsReadAndWrittenAgain) {
  for (const char* text : {"unix:/run/spoor-collector/uplink.sock", "collector.example:4460",
                           "10.0.0.1:1", "[::1]:65535", "[fe80::1]:4460", "host_1:80"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address.is_ok()) << text;
    EXPECT_EQ(text_of(*address), text);
  }
  EXPECT_EQ(parse_address("[::1]:80")->host, "::1");
  EXPECT_EQ(parse_address("a.example:80")->host, "a.example");
  EXPECT_EQ(parse_address("a.example:80")->port, "80");
  EXPECT_EQ(parse_address("unix:/a b")->path, "/a b");
}

// Not what gRPC would make of it: its targets have schemes, lists and percent signs.
TEST(AddressTest, NothingElseIsOne) {
  const std::vector<std::string_view> wrong = {
      "", "host", "host:", ":80", "host:0", "host:65536", "host:80x", "host:+80", "host:-1",
      "unix:relative", "unix:", "unix-abstract:x", "dns:///host:80", "ipv4:1.2.3.4:80,1.2.3.5:80",
      "https://host:80", "::1:80", "[::1]", "[::1:80", "[nonsense]:80", "[fe80::1%eth0]:80",
      "a b:80", "a%2e:80", "-host:80", "host\n:80", std::string_view("unix:/a\0b", 9)};
  for (const std::string_view text : wrong) {
    EXPECT_EQ(parse_address(text).code(), Code::invalid) << text;
  }
  std::string long_host(254, 'a'), long_path = "unix:/";
  long_host += ":80";
  long_path.append(120, 'a');
  EXPECT_EQ(parse_address(long_host).code(), Code::invalid);
  EXPECT_EQ(parse_address(long_path).code(), Code::invalid);
}

}  // namespace
}  // namespace spoor::uplink
