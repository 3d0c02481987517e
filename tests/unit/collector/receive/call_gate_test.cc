#include "collector/receive/call_gate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "collector/connection_limits.h"
#include "common/clock.h"

namespace spoor::collector {
namespace {

bool admits(CallGate& gate, const std::string& address, int64_t boottime_ns) {
  return gate.wait_ms(address, boottime_ns) == 0;
}

TEST(CallGate, ABurstAndThenARate) {
  CallGate gate;
  for (uint32_t i = 0; i < kCallsPerAddressBurst; ++i) EXPECT_TRUE(admits(gate, "192.0.2.7", 5));
  EXPECT_FALSE(admits(gate, "192.0.2.7", 5));
  EXPECT_TRUE(admits(gate, "192.0.2.8", 5));  // nobody else is held
  uint32_t heard = 0;
  for (int i = 0; i < 1000; ++i) heard += admits(gate, "192.0.2.7", 5 + kNsPerSecond);
  EXPECT_EQ(heard, kCallsPerAddressPerSecond);
}

// A host has a whole /64: were each of its addresses counted alone, none would be held.
TEST(CallGate, CountsANetworkOfIpv6AsOne) {
  CallGate gate;
  for (uint32_t i = 0; i < kCallsPerAddressBurst; ++i)
    EXPECT_TRUE(admits(gate, "2001:db8::" + std::to_string(i), 5));
  EXPECT_FALSE(admits(gate, "2001:db8::ffff", 5));
  EXPECT_TRUE(admits(gate, "2001:db8:0:1::1", 5));
}

// Ten thousand hosts behind one address, each of which does as it is told: half of what it is told
// longer, as uplinks draw it. All are heard within a minute, and none has to come a third time.
TEST(CallGate, AFleetBehindOneAddressGetsTurns) {
  CallGate gate;
  std::multimap<int64_t, int> comes;  // when, and how often it has come
  for (int i = 0; i < 10'000; ++i) comes.emplace(kNsPerSecond + i * 1'000, 0);
  int64_t last_ns = 0;
  int most = 0;
  for (uint32_t draw = 7; !comes.empty(); comes.erase(comes.begin())) {
    const auto [now_ns, times] = *comes.begin();
    const int64_t wait_ms = gate.wait_ms("192.0.2.7", now_ns);
    most = std::max(most, times + 1);
    last_ns = now_ns;
    if (wait_ms == 0) continue;
    draw = draw * 1'103'515'245 + 12'345;
    const int64_t more_ms = static_cast<int64_t>(draw >> 8) % (wait_ms / 2 + 1);
    comes.emplace(now_ns + (wait_ms + more_ms) * kNsPerMs, times + 1);
  }
  EXPECT_LE(last_ns, 50 * kNsPerSecond);
  EXPECT_LE(most, 2);
}

TEST(CallGate, NoTurnIsFarAway) {
  CallGate gate;
  int64_t longest_ms = 0;
  for (int i = 0; i < 100'000; ++i) longest_ms = std::max(longest_ms, gate.wait_ms("a", 0));
  EXPECT_EQ(longest_ms, kCallTurnMaxMs);
}

TEST(CallGate, RemembersABoundedNumber) {
  CallGate gate(3);
  for (const char* address : {"a", "b", "c"}) EXPECT_TRUE(admits(gate, address, 0));
  EXPECT_FALSE(admits(gate, "d", 0));
  EXPECT_TRUE(admits(gate, "a", kNsPerSecond));
  EXPECT_TRUE(admits(gate, "d", kNsPerSecond));  // b and c were forgotten
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
