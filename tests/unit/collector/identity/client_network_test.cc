#include "collector/identity/client_network.h"

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

TEST(ClientNetwork, OneHostHasAWhole64) {
  EXPECT_EQ(client_network("2001:db8:0:7::1"), "2001:db8:0:7::/64");
  EXPECT_EQ(client_network("2001:db8:0:7:ffff:1:2:3"), "2001:db8:0:7::/64");
  EXPECT_EQ(client_network("2001:db8:0:8::1"), "2001:db8:0:8::/64");
  EXPECT_EQ(client_network("fe80::1%eth0"), "fe80::/64");
}

TEST(ClientNetwork, AllElseIsWhatItIs) {
  EXPECT_EQ(client_network("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(client_network("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(client_network("unix:"), "unix:");
  EXPECT_EQ(client_network(""), "");
}

}  // namespace
}  // namespace spoor::collector
