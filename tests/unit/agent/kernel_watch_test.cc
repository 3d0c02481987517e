#include "agent/kernel_watch.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "tests/support/root_only.h"

namespace spoor::agent {
namespace {

// The real kernel, looked at only: the seat is not ours here, so that nothing is set.
class KernelWatchTest : public ::testing::Test {
 protected:
  bool open() {
    auto seat = KernelSeat::open("/nowhere");
    if (!seat.is_ok()) return false;
    seat_ = std::move(seat).value();
    watch_.emplace(*seat_, KernelSettings{}, clock_);
    return true;
  }
  std::vector<KernelReport> wait_for_reports() {
    std::vector<KernelReport> reports;
    while (reports.empty()) {
      reports = watch_->take();
      poll(nullptr, 0, 1);
    }
    return reports;
  }

  SystemClock clock_;
  std::unique_ptr<KernelSeat> seat_;
  std::optional<KernelWatch> watch_;
};

TEST_F(KernelWatchTest, ReportsWhatTheKernelSays) {
  SPOOR_NEEDS_ROOT();
  ASSERT_TRUE(open());
  const Instant before = clock_.now();
  watch_->start();
  const auto reports = wait_for_reports();
  EXPECT_GE(reports[0].status.asked.boottime_ns, before.boottime_ns);
  EXPECT_GE(reports[0].status.tick_ns, kNsPerMs);
  EXPECT_LE(reports[0].status.tick_ns, 10 * kNsPerMs);
  EXPECT_FALSE(reports[0].holder.is_us);
  EXPECT_TRUE(reports[0].news.empty()) << "a seat that is not ours has no settings of ours";
}

TEST_F(KernelWatchTest, EndsWithoutHavingBegun) {
  SPOOR_NEEDS_ROOT();
  ASSERT_TRUE(open());
  watch_.reset();
}

TEST(WaitingHintTest, WhatSaysMoreStays) {
  WaitingHint waiting;
  EXPECT_FALSE(waiting.take());
  waiting.put({.auid = 1000, .pid = 7, .exe = "/sbin/auditctl"});
  waiting.put({.auid = 1000});
  waiting.put({});
  EXPECT_TRUE(waiting.is_there());
  EXPECT_EQ(waiting.take()->exe, "/sbin/auditctl");
  EXPECT_FALSE(waiting.is_there());
  waiting.put({});
  waiting.put({.auid = 1000});
  waiting.put({.auid = 1001});
  EXPECT_EQ(waiting.take()->auid, std::optional(1001u));
}

TEST(RecentHintTest, NobodyIsBlamedForWhatIsFoundMuchLater) {
  RecentHint recent;
  EXPECT_FALSE(recent.at(Instant{0, kNsPerSecond}));
  recent.put({.auid = 1000}, Instant{0, 10 * kNsPerSecond});
  EXPECT_EQ(recent.at(Instant{0, 11 * kNsPerSecond})->auid, std::optional(1000u));
  EXPECT_FALSE(recent.at(Instant{0, 16 * kNsPerSecond}));
}

TEST(OwnChangesTest, OnlyWhileWeChangedSomething) {
  OwnChanges changes;
  const auto covers = [&](int64_t ms) { return changes.covers(ms); };
  EXPECT_FALSE(covers(1000));
  changes.begin(1000 * kNsPerMs);
  EXPECT_TRUE(covers(990)) << "a record's time is that of the last tick";
  EXPECT_FALSE(covers(988));
  EXPECT_TRUE(covers(5000)) << "a record comes before the call returns";
  changes.end(1020 * kNsPerMs, true);
  EXPECT_TRUE(covers(1020));
  EXPECT_FALSE(covers(1021));
  changes.begin(2000 * kNsPerMs);
  changes.end(2001 * kNsPerMs, false);
  EXPECT_TRUE(covers(1010)) << "a look that changed nothing forgets none";
  EXPECT_FALSE(covers(2000));
}

TEST(ConfigHintTest, InWords) {
  EXPECT_EQ(describe(ConfigHint{}), "an unknown program");
  EXPECT_EQ(describe(ConfigHint{.auid = 1000, .pid = 7, .exe = "/sbin/auditctl"}),
            "/sbin/auditctl (pid 7, login uid 1000)");
  EXPECT_EQ(describe(ConfigHint{.auid = kUnsetId, .pid = 7, .exe = "/sbin/auditctl"}),
            "/sbin/auditctl (pid 7)");
  EXPECT_EQ(describe(ConfigHint{.auid = 5}), "an unknown program (login uid 5)");
}

}  // namespace
}  // namespace spoor::agent
