#include "agent/source/log_hosts.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

TEST(LogHosts, OurNameShortOrLong) {
  LogHosts hosts([] { return "web1"; });
  for (const char* ours : {"web1", "WEB1", "web1.example.org", "web1.example.org.", ""}) {
    EXPECT_TRUE(hosts.is_ours(ours)) << ours;
  }
  for (const char* other : {"web2", "web", "web11", "10.0.0.1", "example.org", "localhost"}) {
    EXPECT_FALSE(hosts.is_ours(other)) << other;
  }
  LogHosts whole([] { return "web1.example.org"; });
  EXPECT_TRUE(whole.is_ours("web1"));
  EXPECT_TRUE(whole.is_ours("web1.Example.org"));
  EXPECT_FALSE(whole.is_ours("web1.example.com"));
}

// rsyslog goes on with the name that it started with.
TEST(LogHosts, ANameThatWeHadStaysOurs) {
  std::string name = "web1";
  LogHosts hosts([&] { return name; });
  name = "web2";
  EXPECT_TRUE(hosts.is_ours("web2"));
  EXPECT_TRUE(hosts.is_ours("web1"));
  EXPECT_FALSE(hosts.is_ours("web3"));
  for (size_t i = 0; i < kLogHostNamesMax; ++i) {
    name = "n" + std::to_string(i);
    EXPECT_TRUE(hosts.is_ours(name));
  }
  EXPECT_FALSE(hosts.is_ours("web1"));
}

TEST(LogHosts, AsksTheKernel) {
  LogHosts hosts;
  EXPECT_FALSE(node_name().empty());
  EXPECT_TRUE(hosts.is_ours(node_name()));
  EXPECT_FALSE(hosts.is_ours(node_name() + "x"));
}

}  // namespace
}  // namespace spoor::agent
