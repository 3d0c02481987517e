#include "collector/receive/call_gate.h"

#include <gtest/gtest.h>

#include "common/clock.h"

namespace spoor::collector {
namespace {

TEST(CallGate, ABurstAndThenARate) {
  CallGate gate;
  for (uint32_t i = 0; i < kCallsPerAddressBurst; ++i) EXPECT_TRUE(gate.admit("192.0.2.7", 5));
  EXPECT_FALSE(gate.admit("192.0.2.7", 5));
  EXPECT_TRUE(gate.admit("192.0.2.8", 5));  // nobody else is held
  uint32_t heard = 0;
  for (int i = 0; i < 1000; ++i) heard += gate.admit("192.0.2.7", 5 + kNsPerSecond);
  EXPECT_EQ(heard, kCallsPerAddressPerSecond);
}

TEST(CallGate, RemembersABoundedNumber) {
  CallGate gate(3);
  for (const char* address : {"a", "b", "c"}) EXPECT_TRUE(gate.admit(address, 0));
  EXPECT_FALSE(gate.admit("d", 0));
  EXPECT_TRUE(gate.admit("a", kNsPerSecond));
  EXPECT_TRUE(gate.admit("d", kNsPerSecond));  // b and c were forgotten
}

TEST(CallGate, AddressesOfPeers) {
  EXPECT_EQ(address_of_peer("ipv4:192.0.2.7:40112"), "192.0.2.7");
  EXPECT_EQ(address_of_peer("ipv6:%5B2001:db8::7%5D:1"), "2001:db8::7");
  EXPECT_EQ(address_of_peer("ipv6:[2001:db8::7]:1"), "2001:db8::7");
  EXPECT_EQ(address_of_peer("unix:"), "unix:");
  EXPECT_EQ(address_of_peer("ipv4:"), "");
  EXPECT_EQ(address_of_peer(std::string(500, 'x')).size(), 64u);
}

}  // namespace
}  // namespace spoor::collector
