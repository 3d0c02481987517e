#include "agent/correlate/loss_ledger.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

struct Heard {
  Loss loss;
};

class LedgerTest : public ::testing::Test {
 protected:
  LossLedger make() {
    return LossLedger(boot_, [this](const Loss& loss, Instant) { heard_.push_back({loss}); });
  }
  static Instant at_ms(int64_t ms) {
    return {1'700'000'000'000'000'000 + ms * kNsPerMs, ms * kNsPerMs};
  }
  static constexpr int64_t kPastWindowMs = kSerialReorderNs / kNsPerMs + 10'000;

  Id boot_{1, 2, 3};
  std::vector<Heard> heard_;
};

TEST_F(LedgerTest, LateSerialIsNoLoss) {
  LossLedger ledger = make();
  for (const uint32_t serial : {10u, 12u, 11u, 13u}) ledger.read(serial, at_ms(0), 0);
  ledger.tick(at_ms(kPastWindowMs));
  EXPECT_TRUE(heard_.empty());
}

TEST_F(LedgerTest, GapIsReportedOnceWithRangeAndCount) {
  LossLedger ledger = make();
  ledger.read(10, at_ms(0), 0);
  ledger.read(15, at_ms(0), 7);
  ledger.read(12, at_ms(1), 8);
  ledger.tick(at_ms(10));
  EXPECT_TRUE(heard_.empty());
  ledger.tick(at_ms(kPastWindowMs));
  ledger.tick(at_ms(2 * kPastWindowMs));
  ASSERT_EQ(heard_.size(), 2u);
  EXPECT_EQ(heard_[0].loss.first, 11u);
  EXPECT_EQ(heard_[0].loss.last, 11u);
  EXPECT_EQ(heard_[1].loss.first, 13u);
  EXPECT_EQ(heard_[1].loss.last, 14u);
  EXPECT_EQ(heard_[1].loss.count, 2u);
  EXPECT_EQ(heard_[1].loss.order_before, 7u);
}

TEST_F(LedgerTest, WrapIsNoGap) {
  LossLedger ledger = make();
  for (const uint32_t serial : {0xFFFFFFFEu, 0xFFFFFFFFu, 0u, 1u}) ledger.read(serial, at_ms(0), 0);
  ledger.tick(at_ms(kPastWindowMs));
  EXPECT_TRUE(heard_.empty());
  ledger.read(4, at_ms(kPastWindowMs), 0);
  ledger.tick(at_ms(2 * kPastWindowMs));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.first, 2u);
  EXPECT_EQ(heard_[0].loss.count, 2u);
}

TEST_F(LedgerTest, CrashGapCountsWhatReachedNeitherSpoolNorReader) {
  LossLedger first = make();
  for (uint32_t serial = 100; serial < 110; ++serial) first.read(serial, at_ms(0), 0);
  first.account(7);  // three are still in flight or in an open frame; 104 is the least of them
  const std::string text = encode_mark(first.mark(104));
  heard_.clear();

  auto mark = decode_mark(text);
  ASSERT_TRUE(mark.is_ok());
  LossLedger second = make();
  second.resume_after_gap(*mark);
  second.read(120, at_ms(0), 0);
  second.tick(at_ms(kPastWindowMs));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.cause, Loss::Cause::agent_down);
  EXPECT_EQ(heard_[0].loss.first, 104u);
  EXPECT_EQ(heard_[0].loss.last, 119u);
  EXPECT_EQ(heard_[0].loss.count, 13u);  // 110..119 and three of 100..109
}

TEST_F(LedgerTest, NoGapAfterCrashWhenNothingWasMissed) {
  LossLedger first = make();
  for (uint32_t serial = 100; serial < 110; ++serial) first.read(serial, at_ms(0), 0);
  first.account(10);
  LossLedger second = make();
  second.resume_after_gap(first.mark(std::nullopt));
  second.read(111, at_ms(0), 0);
  second.read(110, at_ms(0), 0);  // out of order across the restart
  second.tick(at_ms(kPastWindowMs));
  EXPECT_TRUE(heard_.empty());
}

TEST_F(LedgerTest, SecondCrashDoesNotCountTheFirstGapAgain) {
  LossLedger first = make();
  first.read(10, at_ms(0), 0);
  first.account(1);
  LossLedger second = make();
  second.resume_after_gap(first.mark(std::nullopt));
  second.read(20, at_ms(0), 0);
  second.account(1);
  second.tick(at_ms(kPastWindowMs));
  ASSERT_EQ(heard_.size(), 1u);
  second.account(heard_[0].loss.count);  // its fact is in a frame
  LossLedger third = make();
  third.resume_after_gap(second.mark(std::nullopt));
  third.read(25, at_ms(0), 0);
  third.tick(at_ms(kPastWindowMs));
  ASSERT_EQ(heard_.size(), 2u);
  EXPECT_EQ(heard_[1].loss.first, 21u);
  EXPECT_EQ(heard_[1].loss.count, 4u);
}

TEST_F(LedgerTest, GapThatWasNotToldBeforeASecondCrashIsToldAfterIt) {
  LossLedger first = make();
  first.read(10, at_ms(0), 0);
  first.account(1);
  LossLedger second = make();
  second.resume_after_gap(first.mark(std::nullopt));
  second.read(1000, at_ms(0), 0);
  second.account(1);
  EXPECT_TRUE(heard_.empty());
  LossLedger third = make();
  third.resume_after_gap(second.mark(std::nullopt));
  third.read(1005, at_ms(0), 0);
  third.tick(at_ms(kPastWindowMs));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.first, 11u);
  EXPECT_EQ(heard_[0].loss.last, 1004u);
  EXPECT_EQ(heard_[0].loss.count, 989u + 4u);
}

TEST_F(LedgerTest, RestOfAHalfReadEventIsNoLossButItsNeighboursAre) {
  LossLedger first = make();
  for (uint32_t serial = 100; serial < 110; ++serial) first.read(serial, at_ms(0), 0);
  first.account(7);  // 104, 106 and 108 were in flight
  LossLedger second = make();
  second.resume_after_gap(first.mark(104));
  second.read(104, at_ms(0), 0);
  second.read(110, at_ms(0), 0);
  second.tick(at_ms(kPastWindowMs));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.count, 2u);
}

TEST_F(LedgerTest, HoleThatIsYoungAtAReexecIsToldAfterIt) {
  LossLedger first = make();
  first.read(10, at_ms(0), 0);
  first.read(15, at_ms(0), 0);
  first.account(2);
  LossLedger second = make();
  second.resume(first.mark(std::nullopt), at_ms(0));
  second.read(12, at_ms(1), 0);
  second.tick(at_ms(kPastWindowMs));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.count, 3u);
}

TEST_F(LedgerTest, CounterThatWasNeverReadIsNoBaseline) {
  LossLedger first = make();
  first.read(10, at_ms(0), 0);
  first.account(1);
  auto mark = decode_mark(encode_mark(first.mark(std::nullopt)));
  ASSERT_TRUE(mark.is_ok());
  EXPECT_FALSE(mark->kernel_lost);
  LossLedger second = make();
  second.resume_after_gap(*mark);
  second.kernel_lost(12'345, at_ms(0), 0);
  EXPECT_TRUE(heard_.empty());
}

TEST_F(LedgerTest, ReexecCountsOn) {
  LossLedger first = make();
  first.read(10, at_ms(0), 0);
  first.read(11, at_ms(0), 0);
  first.account(1);  // 11 is handed over in flight
  LossLedger second = make();
  second.resume(first.mark(11), at_ms(0));
  second.read(11, at_ms(0), 0);
  second.read(12, at_ms(0), 0);
  second.account(2);
  second.tick(at_ms(kPastWindowMs));
  EXPECT_TRUE(heard_.empty());
  const LedgerMark mark = second.mark(std::nullopt);
  EXPECT_EQ(mark.accounted, 3u);
  EXPECT_EQ(mark.low_water, mark.greatest);
}

TEST_F(LedgerTest, MarkOfAnotherBootIsIgnored) {
  LossLedger first = make();
  first.read(1000, at_ms(0), 0);
  LedgerMark mark = first.mark(std::nullopt);
  mark.boot_id[0] = 99;
  LossLedger second = make();
  second.resume_after_gap(mark);
  second.read(5, at_ms(0), 0);
  second.tick(at_ms(kPastWindowMs));
  EXPECT_TRUE(heard_.empty());
}

TEST_F(LedgerTest, KernelLostIsADeltaAndSurvivesAReset) {
  LossLedger ledger = make();
  ledger.kernel_lost(5, at_ms(0), 0);  // from before our time
  EXPECT_TRUE(heard_.empty());
  ledger.kernel_lost(8, at_ms(0), 0);
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.count, 3u);
  ledger.kernel_lost(2, at_ms(0), 0);
  ASSERT_EQ(heard_.size(), 2u);
  EXPECT_EQ(heard_[1].loss.count, 2u);
}

TEST(LedgerMarkTest, BadMarksAreRefused) {
  LedgerMark mark;
  mark.base = 5;
  mark.greatest = 9;
  mark.low_water = 7;
  mark.accounted = 3;
  const std::string good = encode_mark(mark);
  ASSERT_TRUE(decode_mark(good).is_ok());
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_mark(std::string_view(good).substr(0, size)).is_ok()) << size;
  }
  mark.accounted = 30;
  EXPECT_FALSE(decode_mark(encode_mark(mark)).is_ok());
}

}  // namespace
}  // namespace spoor::agent
