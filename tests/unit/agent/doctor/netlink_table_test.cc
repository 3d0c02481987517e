#include "agent/doctor/netlink_table.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

constexpr std::string_view kHead =
    "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n";

TEST(NetlinkTableTest, ListenersOfTheAuditGroup) {
  std::string table(kHead);
  table +=
      "000000003a48b5e4 0   311        00000111 0        0        0     2        0        4\n"
      "00000000f8da92fd 9   311        00000001 0        0        0     2        0        496\n"
      "00000000c34c40e8 9   4242       00000000 0        0        0     2        0        498\n"
      "00000000c34c40e8 9   0          00000000 0        0        0     2        0        11\n";
  const auto found = audit_listeners(table);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].port_id, 311u);
  EXPECT_EQ(found[0].inode, 496u);
}

TEST(NetlinkTableTest, LinesThatAreNone) {
  EXPECT_TRUE(audit_listeners("").empty());
  EXPECT_TRUE(audit_listeners(kHead).empty());
  EXPECT_TRUE(audit_listeners("x 9 311 00000001 0 0 0 2 0").empty());
  EXPECT_TRUE(audit_listeners("x 9 3x1 00000001 0 0 0 2 0 496").empty());
  EXPECT_TRUE(audit_listeners("x 9 311 0000000g 0 0 0 2 0 496").empty());
  EXPECT_TRUE(audit_listeners("x 9 99999999999 00000001 0 0 0 2 0 496").empty());
}

}  // namespace
}  // namespace spoor::agent
