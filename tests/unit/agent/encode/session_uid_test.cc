#include "agent/encode/session_uid.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

TEST(SessionUidTest, HostBootAndNumberAllCount) {
  Host host;
  const Id plain = session_uid(host, 1);
  EXPECT_EQ(session_uid(host, 1), plain);
  EXPECT_NE(session_uid(host, 2), plain);
  Host other_boot = host;
  other_boot.boot_id[0] = 1;
  EXPECT_NE(session_uid(other_boot, 1), plain);
  Host other_machine = host;
  other_machine.machine_id[0] = 1;
  EXPECT_NE(session_uid(other_machine, 1), plain);
  EXPECT_NE(session_uid(other_machine, 1), session_uid(other_boot, 1));
}

}  // namespace
}  // namespace spoor::agent
