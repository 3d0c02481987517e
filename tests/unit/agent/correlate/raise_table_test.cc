#include "agent/correlate/raise_table.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr ProcessKey kSudo{70, 1000, false}, kOther{70, 2000, false};

Raise raise_of(const ProcessKey& process, uint32_t exec = 1) {
  Raise raise;
  raise.command = {process, exec};
  raise.by = "set-user-id";
  raise.program = "/usr/bin/sudo";
  raise.from_uid = 1000;
  return raise;
}

TEST(RaiseTable, ASilentOneIsTakenOnce) {
  RaiseTable t;
  t.add(raise_of(kSudo));
  EXPECT_FALSE(t.take_silent({kOther, 1})) << "another process of that pid";
  EXPECT_FALSE(t.take_silent({kSudo, 2})) << "another program of that process";
  const auto raise = t.take_silent({kSudo, 1});
  ASSERT_TRUE(raise);
  const PrivilegeChange change = raise->change();
  EXPECT_EQ(change.by, "set-user-id");
  EXPECT_EQ(change.program, "/usr/bin/sudo");
  EXPECT_EQ(change.from_uid, 1000u);
  EXPECT_EQ(change.pid, 70u);
  EXPECT_FALSE(t.take_silent({kSudo, 1}));
}

TEST(RaiseTable, WhoSpokeIsNotSilent) {
  RaiseTable t;
  t.add(raise_of(kSudo));
  t.spoke(kOther);
  EXPECT_EQ(t.size(), 1u);
  t.spoke(kSudo);
  EXPECT_EQ(t.size(), 0u);
}

TEST(RaiseTable, TheOldestGoesFirst) {
  RaiseTable t;
  for (uint32_t exec = 1; exec <= kRaisesMax + 1; ++exec) t.add(raise_of(kSudo, exec));
  EXPECT_EQ(t.size(), kRaisesMax);
  EXPECT_FALSE(t.take_silent({kSudo, 1}));
  EXPECT_TRUE(t.take_silent({kSudo, 2}));
}

}  // namespace
}  // namespace spoor::agent
