#include "agent/spool/lane_recovery.h"

#include <gtest/gtest.h>

#include "agent/spool/spool_text.h"
#include "common/crc32c.h"
#include "common/frame/segment.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_files.h"
#include "tests/support/stream_writer.h"

namespace spoor::agent {
namespace {

class LaneRecoveryTest : public ::testing::Test {
 protected:
  LaneRecoveryTest() { EXPECT_TRUE(files_.make_folder("/lane").is_ok()); }
  void put(const std::string& name, const std::vector<SealedFrame>& frames,
           const std::string& tail = "") {
    std::string content = encode_segment_header();
    for (const SealedFrame& frame : frames) content += frame.block;
    files_.put("/lane/" + name, content + tail);
  }
  LaneFound recover() { return *recover_lane(files_, "/lane", clock_.now()); }

  FakeFiles files_;
  FakeClock clock_;
  StreamWriter writer_{5};
};

TEST_F(LaneRecoveryTest, FindsFramesAndHead) {
  const std::vector<SealedFrame> a = {writer_.frame(2), writer_.frame(3)}, b = {writer_.frame(1)};
  put("1.seg", a);
  put("2.seg", b);
  const LaneFound found = recover();
  ASSERT_EQ(found.segments.size(), 2u);
  EXPECT_EQ(found.segments[0].run.events(), 5u);
  EXPECT_EQ(found.segments[1].run.before.chain, a[1].chain);
  EXPECT_EQ(found.head.sequence, 6u);
  EXPECT_EQ(found.head.chain, b[0].chain);
}

TEST_F(LaneRecoveryTest, TornTailIsCutAtEveryLength) {
  const std::vector<SealedFrame> a = {writer_.frame(2)};
  const SealedFrame torn = writer_.frame(3);
  for (size_t size = 0; size < torn.block.size(); ++size) {
    put("1.seg", a, torn.block.substr(0, size));
    const LaneFound found = recover();
    ASSERT_EQ(found.head.chain, a[0].chain) << size;
    ASSERT_EQ(files_.content("/lane/1.seg").size(), kSegmentHeaderSize + a[0].block.size());
  }
}

// A crash between the tombstone of a run and the end of what it stands for.
TEST_F(LaneRecoveryTest, WhatATombstoneCoversGoes) {
  const std::vector<SealedFrame> a = {writer_.frame(2)}, b = {writer_.frame(3)},
                                 c = {writer_.frame(1)};
  put("1.seg", {writer_.tombstone({a[0], b[0]})});
  put("2.seg", b);
  put("3.seg", c);
  const LaneFound found = recover();
  ASSERT_EQ(found.segments.size(), 2u);
  EXPECT_EQ(found.segments[0].run.events(), 5u);
  EXPECT_EQ(found.segments[1].name, "3.seg");
  EXPECT_EQ(found.head.chain, c[0].chain);
  EXPECT_FALSE(files_.exists("/lane/2.seg"));
}

// An agent that was put back to an older release goes on from what the newer one wrote.
TEST_F(LaneRecoveryTest, FramesOfANewerFormatAreGoneOnFrom) {
  const SealedFrame ours = writer_.frame(2);
  const SealedFrame newer = writer_.newer_frame(3);
  put("1.seg", {ours});
  put("2.seg", {newer});
  const LaneFound found = recover();
  ASSERT_EQ(found.segments.size(), 2u);
  EXPECT_EQ(found.head.sequence, 5u);
  EXPECT_EQ(found.head.chain, newer.chain);
}

// Somebody wrote it so, and people are to see what.
TEST_F(LaneRecoveryTest, WhatNoCrashLeavesIsSetAside) {
  const SealedFrame ours = writer_.frame(2);
  SealedFrame odd = writer_.frame(3);
  odd.block[odd.block.find("SPF1")] = 'X';
  const uint32_t crc = crc32c(as_bytes(odd.block).subspan(12));
  store_le(reinterpret_cast<uint8_t*>(odd.block.data()) + 8, crc);
  put("1.seg", {ours});
  put("2.seg", {odd});
  const LaneFound found = recover();
  ASSERT_EQ(found.segments.size(), 1u);
  EXPECT_EQ(found.head.chain, ours.chain);
  EXPECT_FALSE(files_.exists("/lane/2.seg"));
  EXPECT_EQ(files_.content("/lane/2.seg.bad"), encode_segment_header() + odd.block);
}

// It ends where the tombstone before it ends, and is no part of it.
TEST_F(LaneRecoveryTest, CheckpointBehindATombstoneStays) {
  const SealedFrame frame = writer_.frame(2);
  const SealedFrame stone = writer_.tombstone({frame});
  const SealedFrame checkpoint = writer_.checkpoint();
  put("1.seg", {stone});
  put("2.seg", {checkpoint});
  const LaneFound found = recover();
  EXPECT_EQ(found.segments.size(), 2u);
  EXPECT_EQ(found.head.chain, checkpoint.chain);
}

TEST_F(LaneRecoveryTest, LoneTombstoneIsKnownForOne) {
  const SealedFrame frame = writer_.frame(2);
  const SealedFrame stone = writer_.tombstone({frame}, Tombstone::Cause::disk_full);
  put("1.seg", {stone});
  EXPECT_EQ(recover().segments[0].tombstone, Tombstone::Cause::disk_full);
  EXPECT_EQ(recover().segments[0].missed, 2u);
  put("1.seg", {stone, writer_.frame(1)});
  EXPECT_FALSE(recover().segments[0].tombstone);
  EXPECT_EQ(recover().segments[0].missed, 2u);
}

TEST_F(LaneRecoveryTest, AgeIsWhatTheFramesSay) {
  v1::Event event;
  event.set_time_ns(clock_.now().realtime_ns - 50 * kNsPerSecond);
  put("1.seg", {writer_.frame({event})});
  event.set_time_ns(clock_.now().realtime_ns + 50 * kNsPerSecond);
  put("2.seg", {writer_.frame({event})});
  const LaneFound found = recover();
  EXPECT_EQ(found.segments[0].written_ns, clock_.now().boottime_ns - 50 * kNsPerSecond);
  EXPECT_EQ(found.segments[1].written_ns, clock_.now().boottime_ns);
}

TEST_F(LaneRecoveryTest, DamageInTheMiddleIsSteppedOver) {
  SealedFrame a = writer_.frame(2);
  const SealedFrame b = writer_.frame(3);
  a.block[100] = static_cast<char>(a.block[100] ^ 1);
  put("1.seg", {a, b});
  EXPECT_EQ(recover().head.chain, b.chain);
}

TEST_F(LaneRecoveryTest, WhatIsNoSegmentIsSetAside) {
  files_.put("/lane/1.seg", std::string(500, '\0'));
  put("2.seg", {writer_.frame(1)});
  EXPECT_EQ(recover().segments.size(), 1u);
  EXPECT_TRUE(files_.exists("/lane/1.seg.bad"));
}

TEST_F(LaneRecoveryTest, TombstoneThatWasNotFinishedIsNone) {
  put("1.seg", {writer_.frame(1)});
  files_.put("/lane/1.seg.tmp", "half");
  EXPECT_EQ(recover().segments.size(), 1u);
  EXPECT_FALSE(files_.exists("/lane/1.seg.tmp"));
}

TEST_F(LaneRecoveryTest, DiskThatFailsForAMomentIsNoEmptyLane) {
  const SealedFrame frame = writer_.frame(1);
  put("1.seg", {frame});
  files_.fail_next(FakeFiles::Operation::read, unavailable("a bad disk"), kReadTries - 1);
  EXPECT_EQ(recover().head.chain, frame.chain);
}

// What stands before a bad place is kept; all of the file is there for people.
TEST_F(LaneRecoveryTest, WhatTheDiskNeverGivesIsSetAside) {
  const SealedFrame a = writer_.frame(2), b = writer_.frame(3), c = writer_.frame(1);
  const std::string first = encode_segment_header() + a.block;
  for (const uint64_t good : {uint64_t{0}, uint64_t{first.size()}}) {
    put("1.seg", {a, b});
    put("2.seg", {c});
    files_.spoil("/lane/1.seg", good);
    const LaneFound found = recover();
    ASSERT_EQ(found.segments.size(), good == 0 ? 1u : 2u);
    EXPECT_EQ(found.head.chain, c.chain);
    EXPECT_EQ(files_.content("/lane/1.seg"), good == 0 ? "" : first);
    EXPECT_EQ(files_.content("/lane/1.seg.bad"), first + b.block);
    files_.crash(1);
    EXPECT_EQ(recover().segments.size(), found.segments.size());
    ASSERT_TRUE(files_.remove("/lane/1.seg.bad").is_ok());
  }
}

}  // namespace
}  // namespace spoor::agent
