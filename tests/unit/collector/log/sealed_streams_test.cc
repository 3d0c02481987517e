#include "collector/log/sealed_streams.h"

#include <gtest/gtest.h>

#include "collector/log/seal_limits.h"

namespace spoor::collector {
namespace {

StreamHead head_at(uint64_t epoch, uint64_t sequence) {
  StreamHead head;
  head.stream.fill(1);
  head.epoch = epoch;
  head.epoch_nonce.fill(static_cast<uint8_t>(epoch));
  head.sequence = sequence;
  head.chain.fill(static_cast<uint8_t>(16 * epoch + sequence));
  return head;
}

TEST(SealedStreams, HowFarEachEpochCame) {
  SealIndex index;
  SealedStreams streams(index);
  EXPECT_EQ(streams.add("web1", head_at(1, 3)), 0u);
  EXPECT_EQ(streams.add("web1", head_at(1, 5)), 0u);
  EXPECT_EQ(streams.add("web2", head_at(4, 1)), 1u);
  ASSERT_EQ(index.streams.size(), 1u);
  const SealedStream& stream = index.streams[0];
  EXPECT_EQ(index.agents[stream.agent], "web2");
  ASSERT_EQ(stream.epochs.size(), 2u);
  EXPECT_EQ(stream.epochs[0], (SealedStream::Epoch{1, head_at(1, 1).epoch_nonce, 5}));
  EXPECT_EQ(stream.epochs[1], (SealedStream::Epoch{4, head_at(4, 1).epoch_nonce, 1}));
  EXPECT_EQ(stream.chain, head_at(4, 1).chain);
  ASSERT_EQ(stream.points.size(), 3u);
  EXPECT_EQ(stream.points[1].sequence, 5u);
}

// In two parts, one index behind the other: the same as in one.
TEST(SealedStreams, OneIndexBehindTheOther) {
  SealIndex first, second, whole, joined;
  SealedStreams of_first(first), of_second(second), of_whole(whole), of_joined(joined);
  for (uint64_t sequence = 1; sequence <= 9; ++sequence) {
    (sequence <= 5 ? of_first : of_second).add("web1", head_at(1, sequence));
    of_whole.add("web1", head_at(1, sequence));
  }
  of_second.add("web1", head_at(2, 1));
  of_whole.add("web1", head_at(2, 1));
  of_joined.add("web1", first.streams[0]);
  of_joined.add("web1", second.streams[0]);
  EXPECT_EQ(joined, whole);
}

TEST(SealedStreams, OfManyEpochsTheFirstAndTheLast) {
  SealIndex index, joined;
  SealedStreams streams(index), of_joined(joined);
  for (uint64_t epoch = 1; epoch <= 200; ++epoch) streams.add("web1", head_at(epoch, 1));
  of_joined.add("web1", index.streams[0]);
  const SealedStream& stream = joined.streams[0];
  EXPECT_EQ(stream.epochs.size(), PastEpochs::kEndsMax + 2);
  EXPECT_EQ(stream.epochs.front().epoch, 1u);
  EXPECT_EQ(stream.epochs.back().epoch, 200u);
  EXPECT_EQ(stream.points.size(), kSealedPointsMax);
  EXPECT_EQ(stream.points.back().epoch, 200u);
}

}  // namespace
}  // namespace spoor::collector
