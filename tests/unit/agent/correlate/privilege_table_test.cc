#include "agent/correlate/privilege_table.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

Instant at(int64_t ns) { return {ns, ns}; }

PrivilegeAsked asked(uint32_t pid, int64_t ns, bool told = false) {
  PrivilegeAsked one;
  one.process = {pid, 1, false};
  one.command = "id -u";
  one.terminal = "/dev/pts/0";
  one.read = at(ns);
  one.told = told;
  return one;
}

TEST(PrivilegeTable, FoundByItsProcessOrByWhatALineSays) {
  PrivilegeTable t;
  (void)t.add(asked(70, 0));
  EXPECT_NE(t.find({70, 1, false}), nullptr);
  EXPECT_EQ(t.find({70, 2, false}), nullptr);
  EXPECT_NE(t.of_line(70, "", ""), nullptr);
  EXPECT_EQ(t.of_line(71, "pts/0", "/usr/bin/id -u"), nullptr);
  EXPECT_NE(t.of_line(0, "pts/0", "/usr/bin/id -u"), nullptr);
  EXPECT_EQ(t.of_line(0, "pts/1", "/usr/bin/id -u"), nullptr);
  EXPECT_EQ(t.of_line(0, "pts/0", "/usr/bin/id"), nullptr);
}

// What sudo 1.9.13 says of one command, in its record and in its line.
TEST(PrivilegeTable, ALineQuotesWhatItsRecordDoesNot) {
  PrivilegeTable t;
  PrivilegeAsked one = asked(70, 0);
  one.command = "-bash --login -c id -u";
  t.add(one);
  EXPECT_NE(t.of_line(0, "pts/0", "/usr/bin/bash --login -c 'id -u'"), nullptr);
  EXPECT_EQ(t.of_line(0, "pts/0", "/usr/bin/bash --login -c 'id -g'"), nullptr);
  one.command = "-";
  t.add(one);
  EXPECT_EQ(t.of_line(0, "pts/0", "/usr/bin/id -g"), nullptr);
}

TEST(PrivilegeTable, WhatWaitedLongEnoughIsDueOnce) {
  PrivilegeTable t;
  (void)t.add(asked(70, 0));
  (void)t.add(asked(71, 0, true));
  EXPECT_FALSE(t.take_due(at(kPrivilegeWaitNs - 1)));
  EXPECT_EQ(t.take_due(at(kPrivilegeWaitNs))->process.pid, 70u);
  EXPECT_FALSE(t.take_due(at(kPrivilegeWaitNs)));
  EXPECT_EQ(t.size(), 2u) << "a line may come";
  EXPECT_FALSE(t.take_due(at(kLogWaitNs + 1)));
  EXPECT_EQ(t.size(), 0u);
}

TEST(PrivilegeTable, BoundedAtEveryMoment) {
  PrivilegeTable t;
  for (uint32_t i = 0; i < kPrivilegesMax; ++i) EXPECT_FALSE(t.add(asked(i, 0, i == 5)));
  // What was told goes first, and nobody misses it.
  EXPECT_FALSE(t.add(asked(1000, 0)));
  EXPECT_EQ(t.find({5, 1, false}), nullptr);
  const auto left = t.add(asked(1001, 0));
  ASSERT_TRUE(left);
  EXPECT_EQ(left->process.pid, 0u);
  EXPECT_EQ(t.size(), kPrivilegesMax);
  // So that what is saved can be restored.
  PrivilegeTable back;
  std::string saved;
  t.save(saved);
  BlobReader from(saved);
  EXPECT_TRUE(back.restore(from));
}

TEST(PrivilegeTable, SavesAndRestores) {
  PrivilegeTable t, back;
  (void)t.add(asked(70, 5));
  (void)t.add(asked(71, 6, true));
  std::string saved, again;
  t.save(saved);
  BlobReader from(saved);
  ASSERT_TRUE(back.restore(from));
  back.save(again);
  EXPECT_EQ(again, saved);
  for (size_t i = 0; i < saved.size(); ++i) {
    BlobReader torn(std::string_view(saved).substr(0, i));
    EXPECT_FALSE(back.restore(torn));
    EXPECT_EQ(back.size(), 0u);
  }
}

}  // namespace
}  // namespace spoor::agent
