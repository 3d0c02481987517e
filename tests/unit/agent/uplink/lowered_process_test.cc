#include "agent/uplink/lowered_process.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "tests/support/root_only.h"
#include "tests/support/temp_folder.h"

namespace spoor::uplink {
namespace {

constexpr size_t kMost = 100'000;
Account self() { return {geteuid(), getegid()}; }

TEST(LoweredProcessTest, AccountIsFoundByNameOrNumber) {
  const std::string passwd =
      "root:x:0:0:root:/root:/bin/bash\n"
      "broken:x:no:1:::\n"
      "spoor:x:991:990::/nonexistent:/usr/sbin/nologin\n"
      "last:x:7:8::/:/bin/sh";
  EXPECT_EQ(find_account("spoor", passwd)->uid, 991u);
  EXPECT_EQ(find_account("spoor", passwd)->gid, 990u);
  EXPECT_EQ(find_account("last", passwd)->gid, 8u);
  EXPECT_EQ(find_account("991", passwd)->gid, 990u);
  EXPECT_EQ(find_account("64199", passwd)->uid, 64199u);
  EXPECT_EQ(find_account("64199", passwd)->gid, 64199u);
  for (const char* name : {"spoo", "broken", "x", "", "-1", "99999999999"}) {
    EXPECT_EQ(find_account(name, passwd).code(), Code::not_found) << name;
  }
}

TEST(LoweredProcessTest, GivesWhatTheWorkGave) {
  const std::string long_text(50'000, 'x');
  EXPECT_EQ(*run_as(self(), kMost, [&] { return Result<std::string>(long_text); }), long_text);
  EXPECT_EQ(*run_as(self(), kMost, [] { return Result<std::string>(""); }), "");
  const auto failed =
      run_as(self(), kMost, [] { return Result<std::string>(denied("the door is shut")); });
  EXPECT_EQ(failed.code(), Code::denied);
  EXPECT_EQ(failed.status().message(), "the door is shut");
}

TEST(LoweredProcessTest, WhatItDoesStaysItsOwn) {
  int changed = 0;
  ASSERT_TRUE(run_as(self(), kMost, [&] {
                changed = 1;
                return Result<std::string>("");
              }).is_ok());
  EXPECT_EQ(changed, 0);
}

TEST(LoweredProcessTest, DeathAndTooMuchTalkAreFailures) {
  EXPECT_EQ(run_as(self(), kMost,
                   [] {
                     raise(SIGKILL);
                     return Result<std::string>("");
                   }).code(),
            Code::internal);
  EXPECT_EQ(run_as(self(), 10, [] { return Result<std::string>(std::string(11, 'x')); }).code(),
            Code::internal);
  EXPECT_TRUE(run_as(self(), 10, [] { return Result<std::string>(std::string(10, 'x')); }).is_ok());
}

// Everything is given up, and for good: uids, groups, and what a set-user-id program would give.
TEST(LoweredProcessTest, RootIsGivenUpForGood) {
  SPOOR_NEEDS_ROOT();
  const auto done = run_as({64199, 64198}, kMost, []() -> Result<std::string> {
    uid_t r, e, s;
    getresuid(&r, &e, &s);
    if (r != 64199 || e != 64199 || s != 64199) return internal("uid");
    getresgid(&r, &e, &s);
    if (r != 64198 || e != 64198 || s != 64198) return internal("gid");
    gid_t groups[8];
    if (getgroups(8, groups) != 1 || groups[0] != 64198) return internal("groups");
    if (setuid(0) == 0 || seteuid(0) == 0) return internal("came back");
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return internal("new privileges");
    return std::string(access("/etc/shadow", R_OK) == 0 ? "reads" : "does not read");
  });
  ASSERT_TRUE(done.is_ok()) << done.status().message();
  EXPECT_EQ(*done, "does not read");
  EXPECT_EQ(geteuid(), 0u);
}

}  // namespace
}  // namespace spoor::uplink
