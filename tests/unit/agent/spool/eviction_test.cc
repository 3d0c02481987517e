#include "agent/spool/eviction.h"

#include <gtest/gtest.h>

#include "tests/support/spool_disk.h"

namespace spoor::agent {
namespace {

class EvictionTest : public ::testing::Test, protected SpoolDisk {
 protected:
  void fill(Spool& spool, EventClass c, int frames) {
    for (int i = 0; i < frames; ++i) {
      ASSERT_TRUE(spool.append(seal(spool, c, 1000)).is_ok());
    }
  }
  uint64_t lost(EventClass c) {
    uint64_t events = 0;
    for (const FoundFrame& frame : frames(c)) events += frame.events;
    return events;
  }
};

TEST_F(EvictionTest, GoesFromWhatWasTouchedToWhoLoggedIn) {
  config.bytes_max = 100u << 10;
  auto spool = open();
  for (const EventClass c : {EventClass::access, EventClass::command, EventClass::input,
                             EventClass::activity}) {
    fill(*spool, c, 15);
  }
  const std::array order = {EventClass::activity, EventClass::input, EventClass::command};
  // The next class is touched only when nothing is left of the one before it.
  size_t at = 0;
  for (int i = 0; i < 200 && at < order.size(); ++i) {
    fill(*spool, EventClass::access, 1);
    while (at < order.size() && lost(order[at]) == 15) ++at;
    for (size_t later = at + 1; later < order.size(); ++later) {
      ASSERT_EQ(lost(order[later]), 0u) << i;
    }
    if (at < order.size()) {
      ASSERT_EQ(lost(EventClass::access), 0u) << i;
    }
  }
  EXPECT_EQ(at, order.size());
  EXPECT_EQ(spool->events_lost(), 45u);
}

// Its bound was lowered, or a power cut brought segments back: no frame has to come for that.
TEST_F(EvictionTest, WhatIsBeyondTheBoundAtAStartGoes) {
  auto spool = open();
  fill(*spool, EventClass::command, 100);
  spool.reset();
  config.bytes_max = 50u << 10;
  spool = open();
  ASSERT_GT(spool->bytes(), config.bytes_max);
  spool->reclaim();
  EXPECT_LE(spool->bytes(), config.bytes_max);
  EXPECT_GT(lost(EventClass::command), 0u);
}

TEST_F(EvictionTest, NothingIsKeptBeyondItsAge) {
  config.age_max_ns = 30 * 24 * 3600 * kNsPerSecond;
  auto spool = open();
  fill(*spool, EventClass::command, 10);
  clock.advance_ns(config.age_max_ns - kNsPerSecond);
  fill(*spool, EventClass::command, 10);
  spool->reclaim();
  EXPECT_EQ(lost(EventClass::command), 0u);
  clock.advance_ns(2 * kNsPerSecond);
  spool->reclaim();
  const auto all = frames(EventClass::command);
  ASSERT_TRUE(all.front().is_tombstone());
  EXPECT_LE(all.front().events, 10u);
  EXPECT_GE(all.front().events, 7u);  // the last of them share a segment with younger ones
  EXPECT_EQ(all.front().events + all.size() - 1, 20u);
}

// It was never in the log. Of its class it is what goes first, and of a greater one's nothing does.
TEST_F(EvictionTest, WhatWasSetAsideGoesAsItsClassDoes) {
  config.bytes_max = 100u << 10;
  auto spool = open();
  const EventClass c = EventClass::command;
  fill(*spool, c, 20);
  fill(*spool, EventClass::access, 20);
  ASSERT_TRUE(spool->sync(true).is_ok());
  CommitNote asked;
  asked.log_generation = 1;
  asked.stream = spool->stream(c).id;
  asked.epoch = 1;
  asked.sequence = 5;
  asked.wish = CommitWish::new_streams;
  ASSERT_TRUE(spool->commit(c, asked, std::nullopt).is_ok());
  spool = open();
  const uint64_t set_aside = spool->bytes_set_aside();
  EXPECT_GT(set_aside, 40u << 10);
  EXPECT_EQ(spool->bytes(), set_aside);

  fill(*spool, EventClass::input, 20);
  fill(*spool, EventClass::command, 36);
  EXPECT_EQ(lost(EventClass::input), 20u);  // the least goes first
  EXPECT_EQ(lost(EventClass::command), 0u);
  EXPECT_LT(spool->bytes_set_aside(), set_aside);
  EXPECT_GT(spool->events_lost(), 20u);
  EXPECT_EQ(spool->take_state(), SpoolState::full);
  fill(*spool, EventClass::command, 60);
  EXPECT_GT(lost(EventClass::command), 0u);
  const uint64_t logins = spool->bytes_set_aside();
  EXPECT_GT(logins, 20u << 10);  // a command takes nothing of who logged in
  fill(*spool, EventClass::access, 200);
  EXPECT_EQ(spool->bytes_set_aside(), 0u);
  EXPECT_LE(spool->bytes(), config.bytes_max);
}

// A host that was off for a month, and one whose clock went back.
TEST_F(EvictionTest, AgeOutlivesARestartAndIsNotTheClocks) {
  config.age_max_ns = 30 * 24 * 3600 * kNsPerSecond;
  {
    auto spool = open();
    fill(*spool, EventClass::command, 10);
    ASSERT_TRUE(spool->sync(true).is_ok());
  }
  clock.advance_ns(config.age_max_ns / 2);
  {
    auto spool = open();
    spool->reclaim();
    EXPECT_EQ(lost(EventClass::command), 0u);
  }
  clock.advance_ns(config.age_max_ns / 2 + kNsPerSecond);
  auto spool = open();
  spool->reclaim();
  EXPECT_EQ(lost(EventClass::command), 10u);
}

TEST_F(EvictionTest, CommittedIsKeptForADayWhileUnderHalfFull) {
  config.bytes_max = 200u << 10;
  auto spool = open();
  SealedFrame last;
  for (int i = 0; i < 20; ++i) {
    last = seal(*spool, EventClass::command, 1000);
    ASSERT_TRUE(spool->append(last).is_ok());
  }
  ASSERT_TRUE(spool->commit(EventClass::command, note_for(*spool, last), std::nullopt).is_ok());
  spool->reclaim();
  const size_t before = segments(EventClass::command).size();
  EXPECT_GT(before, 3u);
  fill(*spool, EventClass::activity, 100);  // over half
  spool->reclaim();
  EXPECT_EQ(segments(EventClass::command).size(), 1u);
  EXPECT_EQ(spool->events_lost(), 0u);
}

TEST_F(EvictionTest, TombstoneThatTheDiskDoesNotTakeLosesOnlyTheNewFrame) {
  config.bytes_max = 32u << 10;
  auto spool = open();
  SealedFrame frame = seal(*spool, EventClass::command, 1000);
  while (spool->bytes() + frame.block.size() + 1024 <= config.bytes_max) {
    ASSERT_TRUE(spool->append(frame).is_ok());
    frame = seal(*spool, EventClass::command, 1000);
  }
  const size_t before = frames(EventClass::command).size();
  // Of what is noted about the evicted, and of the tombstone.
  files.fail_next(FakeFiles::Operation::rename, unavailable("a bad disk"), 2);
  EXPECT_EQ(spool->append(frame).code(), Code::unavailable);
  EXPECT_EQ(frames(EventClass::command).size(), before);
  EXPECT_EQ(spool->events_lost(), 1u);
  ASSERT_TRUE(spool->append(seal(*spool, EventClass::command, 1000)).is_ok());
  EXPECT_LE(spool->bytes(), config.bytes_max);
}

}  // namespace
}  // namespace spoor::agent
