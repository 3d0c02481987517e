#include "agent/kernel_settings.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr int64_t kTick250Ns = 4 * kNsPerMs;  // HZ=250

Instant at_s(int64_t s) { return {s * kNsPerSecond, s * kNsPerSecond}; }

AuditStatus as_wanted() {
  AuditStatus status;
  status.enabled = 1;
  status.failure = 1;
  status.backlog_limit = 8192;
  status.backlog_wait_time = 5;
  return status;
}

TEST(KernelSettingsTest, MillisecondsBecomeTicksOfThisKernel) {
  EXPECT_EQ(ticks_of_ms(20, kTick250Ns), 5u);
  EXPECT_EQ(ticks_of_ms(20, 10 * kNsPerMs), 2u);
  EXPECT_EQ(ticks_of_ms(1, 10 * kNsPerMs), 1u) << "a wait must not become none";
  EXPECT_EQ(ticks_of_ms(0, kTick250Ns), 0u);
  EXPECT_EQ(ticks_of_ms(60'000, kTick250Ns), 15'000u) << "the kernel's own default";
}

TEST(KernelSettingsTest, RateLimitThatIsWantedIsKept) {
  KernelSettings wanted;
  wanted.rate_limit = 100;
  const SettingsKeeper keeper(wanted, kTick250Ns);
  AuditStatus status = as_wanted();
  const auto repairs = keeper.wrong(status);
  ASSERT_EQ(repairs.size(), 1u);
  EXPECT_EQ(describe(repairs[0]), "rate_limit 100, was 0");
  status.rate_limit = 100;
  EXPECT_TRUE(keeper.wrong(status).empty());
}

TEST(KernelSettingsTest, OnlyWhatIsNotAsWantedIsRepaired) {
  const SettingsKeeper keeper(KernelSettings{}, kTick250Ns);
  EXPECT_TRUE(keeper.wrong(as_wanted()).empty());

  AuditStatus status = as_wanted();
  status.backlog_limit = 64;
  status.backlog_wait_time = 15'000;
  status.failure = 2;
  const auto repairs = keeper.wrong(status);
  ASSERT_EQ(repairs.size(), 2u) << "the failure mode is nobody's wish: it stays";
  EXPECT_EQ(describe(repairs[0]), "backlog_limit 8192, was 64");
  EXPECT_EQ(describe(repairs[1]), "backlog_wait_time 5, was 15000");
}

TEST(KernelSettingsTest, LargerQueueStaysAndSoDoesOneWithoutLimit) {
  const SettingsKeeper keeper(KernelSettings{}, kTick250Ns);
  AuditStatus status = as_wanted();
  for (const uint32_t limit : {8193u, 65'536u, 0u}) {
    status.backlog_limit = limit;
    EXPECT_TRUE(keeper.wrong(status).empty()) << limit;
  }
}

TEST(KernelSettingsTest, WhatARuleFileSetsIsMeantExactly) {
  const SettingsKeeper keeper({.backlog_limit = 64, .backlog_exact = true}, kTick250Ns);
  AuditStatus status = as_wanted();
  status.backlog_limit = 64;
  EXPECT_TRUE(keeper.wrong(status).empty());
  status.backlog_limit = 8192;
  ASSERT_EQ(keeper.wrong(status).size(), 1u);
  EXPECT_EQ(keeper.wrong(status)[0].value, 64u);
}

TEST(KernelSettingsTest, FailureModeIsSetWhereAskedFor) {
  const SettingsKeeper keeper({.failure = 0}, kTick250Ns);
  const auto repairs = keeper.wrong(as_wanted());
  ASSERT_EQ(repairs.size(), 1u);
  EXPECT_EQ(repairs[0].setting, SettingRepair::Setting::failure);
  EXPECT_EQ(repairs[0].value, 0u);
}

TEST(KernelSettingsTest, LockedIsLeftAlone) {
  const SettingsKeeper keeper(KernelSettings{}, kTick250Ns);
  AuditStatus status = as_wanted();
  status.backlog_limit = 64;
  status.enabled = 2;
  EXPECT_TRUE(keeper.wrong(status).empty());
}

TEST(KernelSettingsTest, FightIsGivenUpOnceAndTakenUpLater) {
  SettingsKeeper keeper(KernelSettings{}, kTick250Ns);
  AuditStatus status = as_wanted();
  status.backlog_limit = 64;
  for (size_t i = 0; i < kSettingFightsMax; ++i) {
    const auto verdict = keeper.judge(status, at_s(static_cast<int64_t>(i)));
    EXPECT_EQ(verdict.repairs.size(), 1u) << i;
  }
  EXPECT_TRUE(keeper.judge(as_wanted(), at_s(5)).given_up.empty());
  const auto fourth = keeper.judge(status, at_s(6));
  EXPECT_TRUE(fourth.repairs.empty());
  EXPECT_EQ(fourth.given_up.size(), 1u);
  EXPECT_TRUE(keeper.judge(status, at_s(7)).given_up.empty()) << "told once";
  const auto later = keeper.judge(status, at_s(7 + kSettingFightsWindowNs / kNsPerSecond));
  EXPECT_EQ(later.repairs.size(), 1u);
}

}  // namespace
}  // namespace spoor::agent
