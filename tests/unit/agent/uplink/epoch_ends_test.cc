#include "agent/uplink/epoch_ends.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace spoor::uplink {
namespace {

constexpr EventClass kClass = EventClass::command;

Hash hash(uint8_t value) {
  Hash h{};
  h.fill(value);
  return h;
}

// A frame of one sequence that follows `previous`, whose chain value is hash(previous chain).
FrameHead frame(uint64_t epoch, uint64_t sequence, StreamPoint previous, uint8_t chain) {
  FrameHead head;
  head.header.stream.fill(9);
  head.header.epoch = epoch;
  head.header.epoch_nonce.fill(static_cast<uint8_t>(epoch));
  head.header.first_sequence = head.header.last_sequence = sequence;
  head.header.previous_epoch = previous.epoch;
  head.header.previous_sequence = previous.sequence;
  head.previous_chain = hash(chain);
  return head;
}

TEST(EpochEndsTest, HoleOverEpochsIsOneEach) {
  EpochEnds ends;
  ends.saw(kClass, frame(1, 1, {0, 0}, 0));
  ends.saw(kClass, frame(3, 1, {1, 50}, 15));  // epoch 2 wrote nothing in this stream
  ends.saw(kClass, frame(4, 1, {3, 20}, 32));
  const auto holes = ends.holes(kClass, {1, 30}, frame(4, 8, {4, 7}, 47));
  ASSERT_EQ(holes.size(), 3u);
  EXPECT_EQ(holes[0].epoch, 1u);
  EXPECT_EQ(holes[0].first_sequence, 31u);
  EXPECT_EQ(holes[0].last_sequence, 50u);
  EXPECT_EQ(holes[0].chain_after, hash(15));
  EXPECT_EQ(holes[0].nonce[0], 1);
  EXPECT_EQ(holes[1].epoch, 3u);
  EXPECT_EQ(holes[1].first_sequence, 1u);
  EXPECT_EQ(holes[1].last_sequence, 20u);
  EXPECT_EQ(holes[1].chain_after, hash(32));
  EXPECT_EQ(holes[2].epoch, 4u);
  EXPECT_EQ(holes[2].first_sequence, 1u);
  EXPECT_EQ(holes[2].last_sequence, 7u);
  EXPECT_EQ(holes[2].chain_after, hash(47));
  EXPECT_EQ(holes[2].nonce[0], 4);
}

TEST(EpochEndsTest, NoHoleWhereTheFrameFollowsOrTheLogHasMore) {
  EpochEnds ends;
  EXPECT_TRUE(ends.holes(kClass, {1, 7}, frame(1, 8, {1, 7}, 1)).empty());
  EXPECT_TRUE(ends.holes(kClass, {1, 9}, frame(2, 1, {1, 7}, 1)).empty());
  // Of the epoch the log is in, nothing is missing: only of the one behind it.
  ends.saw(kClass, frame(2, 1, {1, 7}, 1));
  const auto holes = ends.holes(kClass, {1, 9}, frame(2, 5, {2, 4}, 24));
  ASSERT_EQ(holes.size(), 1u);
  EXPECT_EQ(holes[0].epoch, 2u);
  EXPECT_EQ(holes[0].first_sequence, 1u);
}

TEST(EpochEndsTest, EpochOfWhichNothingIsKnownIsLeftOut) {
  EpochEnds ends;
  const auto holes = ends.holes(kClass, {1, 30}, frame(3, 1, {2, 20}, 22));
  ASSERT_EQ(holes.size(), 1u);
  EXPECT_EQ(holes[0].epoch, 2u);
  EXPECT_EQ(holes[0].nonce, Id{});
}

// The frame that would have named the end was damaged; the log had come so far.
TEST(EpochEndsTest, WhatTheLogReachedIsKnown) {
  EpochEnds ends;
  const Id stream = frame(1, 1, {0, 0}, 0).header.stream;
  ends.reached(kClass, stream, {1, 89}, Hash{7});
  ends.reached(kClass, stream, {1, 20}, Hash{8});  // older than what is known
  const auto holes = ends.holes(kClass, {0, 0}, frame(2, 2, {2, 1}, 21));
  ASSERT_EQ(holes.size(), 2u);
  EXPECT_EQ(holes[0].epoch, 1u);
  EXPECT_EQ(holes[0].last_sequence, 89u);
  EXPECT_EQ(holes[0].chain_after, Hash{7});
}

TEST(EpochEndsTest, IsReadBackAndSaysWhenItLearntSomething) {
  EpochEnds ends;
  EXPECT_FALSE(ends.has_news());
  ends.saw(kClass, frame(1, 1, {0, 0}, 0));
  ends.saw(kClass, frame(2, 1, {1, 50}, 15));
  EXPECT_TRUE(ends.has_news());
  ends.saved();
  ends.saw(kClass, frame(2, 1, {1, 50}, 15));
  ends.saw(kClass, frame(2, 2, {2, 1}, 21));
  EXPECT_FALSE(ends.has_news());
  EpochEnds again;
  again.decode("nonsense\ncommand 12\n\n" + ends.encode() + "command " + std::string(32, 'z'));
  EXPECT_FALSE(again.has_news());
  EXPECT_EQ(again.encode(), ends.encode());
  EXPECT_EQ(again.holes(kClass, {1, 30}, frame(2, 2, {2, 1}, 21)).size(), 2u);
}

TEST(EpochEndsTest, KeepsTheNewestOfTooMany) {
  EpochEnds ends;
  for (uint64_t epoch = 2; epoch < 200; ++epoch)
    ends.saw(kClass, frame(epoch, 1, {epoch - 1, 5}, static_cast<uint8_t>(epoch)));
  const auto holes = ends.holes(kClass, {1, 1}, frame(199, 4, {199, 3}, 1));
  EXPECT_EQ(holes.size(), EpochEnds::kEpochsMax);
  EXPECT_EQ(holes.back().epoch, 199u);
  EXPECT_EQ(holes[holes.size() - 2].epoch, 198u);
}

// Whatever order a file that somebody wrote has them in.
TEST(EpochEndsTest, OldestFirstOrLastAreAsMany) {
  const std::string rest = " " + to_hex(Id{9}) + " 5 " + to_hex(hash(1)) + "\n";
  for (const bool falling : {false, true}) {
    std::string text;
    for (size_t i = 1; i <= 4 * EpochEnds::kEpochsMax; ++i) {
      const size_t epoch = falling ? 1000 - i : i;
      text += "command " + to_hex(Id{9}) + " " + std::to_string(epoch) + rest;
    }
    EpochEnds ends;
    ends.decode(text);
    const std::string kept = ends.encode();
    EXPECT_EQ(static_cast<size_t>(std::count(kept.begin(), kept.end(), '\n')),
              EpochEnds::kEpochsMax)
        << falling;
  }
}

TEST(EpochEndsTest, AnotherStreamBeginsAnew) {
  EpochEnds ends;
  ends.saw(kClass, frame(2, 1, {1, 50}, 15));
  FrameHead other = frame(7, 1, {6, 5}, 65);
  other.header.stream.fill(8);
  ends.saw(kClass, other);
  EXPECT_EQ(ends.holes(kClass, {1, 30}, frame(3, 1, {2, 4}, 1)).size(), 1u);
}

}  // namespace
}  // namespace spoor::uplink
