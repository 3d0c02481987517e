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
    Host host;
    host.boot_id = boot_;
    host.audits_from_boot = audits_from_boot_;
    return LossLedger(host, [this](const Loss& loss, Instant) { heard_.push_back({loss}); });
  }
  LossLedger successor_of(const LossLedger& before) {
    std::string bytes;
    before.save(bytes);
    LossLedger next = make();
    BlobReader from(bytes);
    EXPECT_TRUE(next.restore(from));
    EXPECT_TRUE(from.at_end());
    return next;
  }
  static Instant at_ms(int64_t ms) {
    return {1'700'000'000'000'000'000 + ms * kNsPerMs, ms * kNsPerMs};
  }
  static KernelStatus counted(uint32_t lost, int64_t asked_ms, uint32_t rate_limit = 0) {
    return {.asked = at_ms(asked_ms), .lost = lost, .rate_limit = rate_limit};
  }
  static constexpr int64_t kPastWindowMs = kSerialReorderNs / kNsPerMs + 10'000;

  Id boot_{1, 2, 3};
  bool audits_from_boot_ = false;
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
  LossLedger second = successor_of(first);
  second.read(12, at_ms(1), 0);
  second.tick(at_ms(kPastWindowMs));
  ASSERT_EQ(heard_.size(), 2u);
  EXPECT_EQ(heard_[0].loss.last, 11u);
  EXPECT_EQ(heard_[1].loss.first, 13u);
  EXPECT_EQ(heard_[1].loss.count, 2u);
}

TEST_F(LedgerTest, SuccessorTellsWhatTheCountersSaidAndNoLossDid) {
  LossLedger first = make();
  first.read(10, at_ms(0), 0);
  first.kernel_counters(counted(100, 0), at_ms(0), 0);
  first.kernel_counters(counted(107, 1'000), at_ms(1'000), 0);
  first.record_drops(0, 3, at_ms(1'000), 0);
  LossLedger second = successor_of(first);
  second.kernel_counters(counted(108, 1'100), at_ms(1'100), 0);
  second.tick(at_ms(kPastWindowMs));
  ASSERT_EQ(heard_.size(), 2u);
  EXPECT_EQ(heard_[0].loss.count, 3u);
  EXPECT_EQ(heard_[1].loss.count, 8u);
  successor_of(second).tick(at_ms(2 * kPastWindowMs));
  EXPECT_EQ(heard_.size(), 2u) << "what was told is told";
}

TEST_F(LedgerTest, CutBytesOrAnotherBootsRestoreNothing) {
  LossLedger first = make();
  first.read(10, at_ms(0), 0);
  first.read(15, at_ms(0), 0);
  std::string bytes;
  first.save(bytes);
  for (size_t size = 0; size < bytes.size(); ++size) {
    BlobReader from(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(make().restore(from)) << size;
  }
  bytes[0] = 99;
  BlobReader from(bytes);
  EXPECT_FALSE(make().restore(from));
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
  second.kernel_counters(counted(12'345, 0), at_ms(0), 0);
  second.tick(at_ms(kPastWindowMs));
  EXPECT_TRUE(heard_.empty());
}

TEST_F(LedgerTest, ReexecCountsOn) {
  LossLedger first = make();
  first.read(10, at_ms(0), 0);
  first.read(11, at_ms(0), 0);
  first.account(1);  // 11 is handed over in flight
  LossLedger second = successor_of(first);
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

TEST_F(LedgerTest, KernelLostIsADeltaFromTheFirstAnswer) {
  LossLedger ledger = make();
  ledger.kernel_counters(counted(5, 0), at_ms(0), 7);  // from before our time
  ledger.tick(at_ms(kPastWindowMs));
  EXPECT_TRUE(heard_.empty());
  ledger.kernel_counters(counted(8, 20'000), at_ms(20'000), 9);
  ledger.tick(at_ms(20'025));
  EXPECT_TRUE(heard_.empty()) << "serials that belong to it may yet be found missing";
  ledger.tick(at_ms(23'000));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.unit, "records");
  EXPECT_EQ(heard_[0].loss.cause, Loss::Cause::backlog);
  EXPECT_EQ(heard_[0].loss.count, 3u);
  EXPECT_EQ(heard_[0].loss.serials, 0u);
  EXPECT_EQ(heard_[0].loss.order_before, 7u) << "where we stood when it was last as before";
  EXPECT_EQ(heard_[0].loss.from_ns, at_ms(0).realtime_ns);
}

// What a counter explains, and what it does not.
TEST_F(LedgerTest, GapBesideTheKernelsCounter) {
  struct Case {
    const char* what;
    uint32_t missing, lost, rate_limit;
    uint64_t explained, unexplained;
    Loss::Cause cause;
  };
  const Case cases[] = {
      {"explained", 4, 9, 0, 4, 0, Loss::Cause::backlog},
      {"just explained", 4, 4, 0, 4, 0, Loss::Cause::backlog},
      {"in part", 4, 3, 0, 3, 1, Loss::Cause::backlog},
      {"not at all", 4, 0, 0, 0, 4, Loss::Cause::backlog},
      {"no serial is missing", 0, 6, 0, 0, 0, Loss::Cause::backlog},
      {"a rate limit takes serials", 4, 9, 100, 4, 0, Loss::Cause::rate_limit},
      {"a rate limit that took none", 0, 9, 100, 0, 0, Loss::Cause::backlog},
  };
  for (const Case& c : cases) {
    heard_.clear();
    LossLedger ledger = make();
    ledger.kernel_counters(counted(100, 0, c.rate_limit), at_ms(0), 0);
    ledger.record_drops(0, 0, at_ms(0), 0);
    ledger.read(10, at_ms(10), 0);
    ledger.read(11 + c.missing, at_ms(20), 0);
    ledger.kernel_counters(counted(100 + c.lost, 1'000, c.rate_limit), at_ms(1'000), 0);
    ledger.record_drops(0, 0, at_ms(1'000), 0);
    for (int64_t ms = 1'025; ms < 9'000; ms += 25) ledger.tick(at_ms(ms));
    uint64_t records = 0, explained = 0, unexplained = 0, told = 0;
    for (const Heard& heard : heard_) {
      told += heard.loss.serials_told();
      if (heard.loss.unit == kSerialsUnit) {
        unexplained += heard.loss.count;
        EXPECT_EQ(heard.loss.cause, Loss::Cause::unknown_gap) << c.what;
      } else {
        records += heard.loss.count;
        explained += heard.loss.serials;
        EXPECT_EQ(heard.loss.cause, c.cause) << c.what;
        if (explained > 0) {
          EXPECT_EQ(heard.loss.first, 11u) << c.what;
          EXPECT_EQ(heard.loss.last, 10 + c.missing) << c.what;
        }
      }
    }
    EXPECT_EQ(records, c.lost) << c.what;
    EXPECT_EQ(explained, c.explained) << c.what;
    EXPECT_EQ(unexplained, c.unexplained) << c.what;
    EXPECT_EQ(told, c.missing) << c.what << ": each missing serial is accounted for once";
  }
}

// Ten records are counted; the kernel tried so often to deliver another, and then may have given up
// more than it counted.
TEST_F(LedgerTest, CountOfATimeInWhichTheKernelGaveUpIsTheLeast) {
  struct Case {
    const char* what;
    uint32_t tries;
    int64_t at_ms;
    bool audits_from_boot, exact;
  };
  const Case cases[] = {
      {"it never had to try again", 0, 900, false, true},
      {"it got through in time", 4, 900, false, true},
      {"it gave up", 5, 900, false, false},
      {"it gave up, and counts that", 5, 900, true, true},
      {"it gave up before", 5, 400, false, true},
  };
  for (const Case& c : cases) {
    heard_.clear();
    audits_from_boot_ = c.audits_from_boot;
    LossLedger ledger = make();
    ledger.undelivered(c.tries, at_ms(c.at_ms));
    ledger.kernel_counters(counted(100, 500), at_ms(500), 0);
    ledger.read(10, at_ms(900), 0);
    ledger.read(13, at_ms(910), 0);
    ledger.kernel_counters(counted(110, 1'000), at_ms(1'000), 0);
    ledger.record_drops(0, 0, at_ms(1'000), 0);
    for (int64_t ms = 1'025; ms < 9'000; ms += 25) ledger.tick(at_ms(ms));
    ASSERT_EQ(heard_.size(), 1u) << c.what;
    EXPECT_EQ(heard_[0].loss.count, 10u) << c.what;
    EXPECT_EQ(heard_[0].loss.serials, 2u) << c.what;
    EXPECT_EQ(heard_[0].loss.exact, c.exact) << c.what;
  }
}

// We stand still between the question and the reading of its answer: what the kernel gives up then
// was not counted before the answer.
TEST_F(LedgerTest, AnAnswerThatIsReadLateIsAsOldAsItsQuestion) {
  LossLedger ledger = make();
  ledger.undelivered(6, at_ms(900));
  ledger.kernel_counters(counted(100, 500), at_ms(905), 0);
  ledger.kernel_counters(counted(110, 1'000), at_ms(1'000), 0);
  ledger.close(at_ms(1'100));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.count, 10u);
  EXPECT_FALSE(heard_[0].loss.exact);
  EXPECT_EQ(heard_[0].loss.from_ns, at_ms(500).realtime_ns);
}

TEST_F(LedgerTest, SerialsThatTheKernelGaveUpUncountedAreExact) {
  LossLedger ledger = make();
  ledger.kernel_counters(counted(100, 500), at_ms(500), 0);
  ledger.read(10, at_ms(900), 0);
  ledger.undelivered(6, at_ms(905));
  ledger.read(13, at_ms(910), 0);
  ledger.kernel_counters(counted(100, 1'000), at_ms(1'000), 0);
  ledger.tick(at_ms(kPastWindowMs));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.unit, kSerialsUnit);
  EXPECT_EQ(heard_[0].loss.count, 2u);
  EXPECT_TRUE(heard_[0].loss.exact);
}

TEST_F(LedgerTest, DroppedCopiesExplainAGapBeforeTheKernelsCounterDoes) {
  LossLedger ledger = make();
  ledger.kernel_counters(counted(0, 0), at_ms(0), 0);
  ledger.record_drops(0, 0, at_ms(0), 0);
  ledger.read(10, at_ms(0), 0);
  ledger.read(15, at_ms(1), 0);
  ledger.record_drops(0, 24, at_ms(1'000), 0);
  ledger.kernel_counters(counted(0, 1'000), at_ms(1'000), 0);
  ledger.tick(at_ms(1'500));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.scope, Loss::Scope::socket);
  EXPECT_EQ(heard_[0].loss.cause, Loss::Cause::receive_buffer);
  EXPECT_EQ(heard_[0].loss.count, 24u);
  EXPECT_EQ(heard_[0].loss.serials, 4u);
}

TEST_F(LedgerTest, HoleWaitsForAnAnswerThatIsYoungerThanIt) {
  LossLedger ledger = make();
  ledger.kernel_counters(counted(0, 0), at_ms(0), 0);
  ledger.record_drops(0, 0, at_ms(0), 0);
  ledger.read(10, at_ms(100), 0);
  ledger.read(12, at_ms(100), 0);
  ledger.tick(at_ms(1'200));
  EXPECT_TRUE(heard_.empty()) << "nobody has asked since";
  ledger.record_drops(0, 0, at_ms(1'300), 0);
  ledger.kernel_counters(counted(1, 1'300), at_ms(1'300), 0);
  ledger.tick(at_ms(1'325));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.cause, Loss::Cause::backlog);
  EXPECT_EQ(heard_[0].loss.serials, 1u);
}

TEST_F(LedgerTest, HoleIsToldWhereNobodyAnswers) {
  LossLedger ledger = make();
  ledger.read(10, at_ms(0), 0);
  ledger.read(12, at_ms(0), 0);
  ledger.tick(at_ms(kCountersSilentNs / kNsPerMs - 1));
  EXPECT_TRUE(heard_.empty());
  ledger.tick(at_ms(kCountersSilentNs / kNsPerMs));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.cause, Loss::Cause::unknown_gap);
}

TEST_F(LedgerTest, LateRecordIsNoAlarmHoweverManyCountersMove) {
  LossLedger ledger = make();
  ledger.kernel_counters(counted(0, 0), at_ms(0), 0);
  ledger.record_drops(0, 0, at_ms(0), 0);
  for (uint32_t serial = 10; serial < 2'000; serial += 2) ledger.read(serial, at_ms(1), 0);
  for (int64_t ms = 25; ms < 900; ms += 25) {
    ledger.kernel_counters(counted(0, ms), at_ms(ms), 0);
    ledger.record_drops(0, 0, at_ms(ms), 0);
    ledger.tick(at_ms(ms));
  }
  EXPECT_TRUE(ledger.waits_for_serials(at_ms(900)));
  for (uint32_t serial = 1'999; serial > 10; serial -= 2) ledger.read(serial, at_ms(950), 0);
  EXPECT_FALSE(ledger.waits_for_serials(at_ms(950)));
  for (int64_t ms = 975; ms < 9'000; ms += 25) ledger.tick(at_ms(ms));
  ledger.close(at_ms(9'000));
  EXPECT_TRUE(heard_.empty());
}

TEST_F(LedgerTest, ResetForgetsNothing) {
  LossLedger ledger = make();
  ledger.kernel_counters(counted(5, 0), at_ms(0), 0);
  ledger.lost_was_reset(9, at_ms(100), 0);
  ledger.kernel_counters(counted(2, 1'000), at_ms(1'000), 0);
  EXPECT_FALSE(ledger.reset_by_nobody(at_ms(9'000))) << "its record came";
  ledger.close(at_ms(9'000));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.count, 4u + 2u);
}

TEST_F(LedgerTest, ResetWithoutARecordIsSaidOnceAfterAWhile) {
  LossLedger ledger = make();
  ledger.kernel_counters(counted(50, 0), at_ms(0), 0);
  ledger.kernel_counters(counted(2, 1'000), at_ms(1'000), 0);
  EXPECT_FALSE(ledger.reset_by_nobody(at_ms(1'100))) << "the record may be on its way";
  EXPECT_EQ(ledger.reset_by_nobody(at_ms(5'000)), std::optional(50u));
  EXPECT_FALSE(ledger.reset_by_nobody(at_ms(9'000)));
}

TEST_F(LedgerTest, WhatIsHeldBackIsNotInTheMarkAndNotLost) {
  LossLedger first = make();
  first.read(10, at_ms(0), 0);
  first.account(1);
  first.kernel_counters(counted(100, 0), at_ms(0), 0);
  first.kernel_counters(counted(107, 1'000), at_ms(1'000), 0);
  EXPECT_EQ(first.mark(std::nullopt).kernel_lost, std::optional(100u));
  LossLedger second = make();
  second.resume_after_gap(first.mark(std::nullopt));
  second.kernel_counters(counted(108, 0), at_ms(0), 0);
  second.close(at_ms(0));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.count, 8u);
}

TEST_F(LedgerTest, AGapInTheSameRunDoesNotCountTwiceWhatIsHeldBack) {
  LossLedger ledger = make();
  ledger.kernel_counters(counted(100, 0), at_ms(0), 0);
  ledger.kernel_counters(counted(107, 100), at_ms(100), 0);
  ledger.resume_after_gap(ledger.mark(std::nullopt));
  ledger.kernel_counters(counted(107, 200), at_ms(200), 0);
  ledger.close(at_ms(300));
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.count, 7u);
}

TEST_F(LedgerTest, ConnectorsDropsSayNothingOfSerials) {
  LossLedger ledger = make();
  ledger.read(10, at_ms(0), 0);
  ledger.read(12, at_ms(0), 0);
  ledger.message_drops(0xFFFFFFFF, 1, {at_ms(0).boottime_ns + 5, at_ms(0).boottime_ns + 9},
                       at_ms(1), 4);
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.unit, "messages");
  EXPECT_EQ(heard_[0].loss.count, 2u) << "its counter wraps, too";
  EXPECT_EQ(heard_[0].loss.from_ns, at_ms(0).realtime_ns + 5);
  EXPECT_EQ(heard_[0].loss.until_ns, at_ms(0).realtime_ns + 9);
  ledger.close(at_ms(2));
  ASSERT_EQ(heard_.size(), 2u);
  EXPECT_EQ(heard_[1].loss.cause, Loss::Cause::unknown_gap);
}

TEST_F(LedgerTest, MoreHolesThanAreKeptAreToldTheOldestFirst) {
  LossLedger ledger = make();
  uint32_t serial = 1;
  for (size_t i = 0; i <= kHolesMax + 1; ++i) ledger.read(serial += 2, at_ms(0), 0);
  ASSERT_EQ(heard_.size(), 1u);
  EXPECT_EQ(heard_[0].loss.first, 4u);
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
