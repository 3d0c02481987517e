#include "agent/uplink/spool_reader.h"

#include <gtest/gtest.h>

#include "agent/spool/spool.h"
#include "common/frame/given_up.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_files.h"
#include "tests/support/newer_format.h"

namespace spoor::uplink {
namespace {

// What the agent writes is read here with the agent's own spool: the two must agree.
class SpoolReaderTest : public ::testing::Test {
 protected:
  std::unique_ptr<agent::Spool> open_spool() {
    auto spool = agent::Spool::open(files_, clock_, config_);
    EXPECT_TRUE(spool.is_ok());
    head_ = (*spool)->stream(EventClass::command).head;
    return std::move(spool).value();
  }
  SealedFrame append(agent::Spool& spool, bool is_newer_format = false) {
    FrameWriter writer;
    writer.add("fields", std::string(300, 't'), ++order_, 1, 1);
    FrameWriter::Place place;
    place.event_class = EventClass::command;
    place.stream = spool.stream(EventClass::command).id;
    place.epoch = spool.epoch();
    place.epoch_nonce = spool.nonce();
    place.first_sequence = head_.epoch == spool.epoch() ? head_.sequence + 1 : 1;
    place.previous = head_;
    place.zstd_level = 0;
    SealedFrame frame = writer.seal(place);
    if (is_newer_format) frame = of_newer_format(std::move(frame));
    head_ = {spool.epoch(), frame.header.last_sequence, frame.chain};
    EXPECT_TRUE(spool.append(frame).is_ok());
    return frame;
  }
  SealedFrame append_checkpoint(agent::Spool& spool) {
    FrameWriter writer(FrameKind::checkpoint);
    writer.add("signature", "", 0, 0, 0);
    FrameWriter::Place place;
    place.event_class = EventClass::command;
    place.stream = spool.stream(EventClass::command).id;
    place.epoch = spool.epoch();
    place.epoch_nonce = spool.nonce();
    place.first_sequence = head_.sequence + 1;
    place.last_sequence = head_.sequence;
    place.previous = head_;
    SealedFrame frame = writer.seal(place);
    head_.chain = frame.chain;
    EXPECT_TRUE(spool.append(frame).is_ok());
    return frame;
  }
  static std::vector<Hash> chains(SpoolReader& reader) {
    std::vector<Hash> all;
    for (auto frame = reader.next(EventClass::command); frame.is_ok() && *frame;
         frame = reader.next(EventClass::command)) {
      all.push_back((*frame)->head.chain);
    }
    return all;
  }
  static std::vector<StreamPoint> read_all(SpoolReader& reader) {
    std::vector<StreamPoint> points;
    while (true) {
      const auto frame = reader.next(EventClass::command);
      EXPECT_TRUE(frame.is_ok()) << frame.status().message();
      if (!frame.is_ok() || !*frame) return points;
      points.push_back({(*frame)->head.header.epoch, (*frame)->head.header.last_sequence});
    }
  }
  std::string first_segment() { return files_.list("/spool/command")->front(); }
  // As a login does that wants the room: all of the class goes.
  void give_up_all(agent::Spool& spool) {
    clock_.advance_ns(10 * kNsPerSecond);
    spool.reclaim();
  }

  agent::SpoolConfig config_{"/spool", 1u << 20, 2048, 0};
  FakeFiles files_;
  FakeClock clock_;
  ChainHead head_;
  uint64_t order_ = 0;
};

TEST_F(SpoolReaderTest, NoSpoolYetIsNotFound) {
  EXPECT_EQ(SpoolReader::open(files_, "/spool").code(), Code::not_found);
}

TEST_F(SpoolReaderTest, FollowsAGrowingSpoolOverSegmentsAndEpochs) {
  auto spool = open_spool();
  auto reader = *SpoolReader::open(files_, "/spool");
  reader->seek(EventClass::command, {});
  EXPECT_TRUE(read_all(*reader).empty());
  for (uint64_t i = 1; i <= 30; ++i) {
    append(*spool);
    EXPECT_EQ(read_all(*reader), (std::vector<StreamPoint>{{1, i}})) << i;
  }
  spool = open_spool();
  append(*spool);
  append(*spool);
  EXPECT_EQ(read_all(*reader), (std::vector<StreamPoint>{{2, 1}, {2, 2}}));
}

TEST_F(SpoolReaderTest, SeekGoesOnBehindThePoint) {
  auto spool = open_spool();
  for (int i = 0; i < 30; ++i) append(*spool);
  spool = open_spool();
  for (int i = 0; i < 3; ++i) append(*spool);
  auto reader = *SpoolReader::open(files_, "/spool");
  for (uint64_t after = 0; after <= 30; ++after) {
    reader->seek(EventClass::command, {1, after});
    const auto points = read_all(*reader);
    ASSERT_EQ(points.size(), 33 - after) << after;
    if (after < 30) {
      EXPECT_EQ(points[0], (StreamPoint{1, after + 1}));
    }
  }
  reader->seek(EventClass::command, {2, 2});
  EXPECT_EQ(read_all(*reader), (std::vector<StreamPoint>{{2, 3}}));
}

// An agent may be upgraded before its uplink.
TEST_F(SpoolReaderTest, FramesOfANewerFormatAreShippedAsBytes) {
  auto spool = open_spool();
  append(*spool);
  const SealedFrame newer = append(*spool, true);
  append(*spool);
  auto reader = *SpoolReader::open(files_, "/spool");
  const auto held = reader->held(EventClass::command);
  ASSERT_EQ(held->ranges.size(), 1u);
  EXPECT_EQ(held->ranges[0].last_sequence, 3u);
  reader->seek(EventClass::command, {1, 1});
  const auto frame = reader->next(EventClass::command);
  ASSERT_TRUE(frame.is_ok() && *frame);
  EXPECT_EQ((*frame)->block, newer.block);
  EXPECT_EQ(read_all(*reader), (std::vector<StreamPoint>{{1, 3}}));
}

// What only grew is not looked for elsewhere: of a new segment only a listing tells.
TEST_F(SpoolReaderTest, TheTailIsReadWithoutALookAtTheFolder) {
  auto spool = open_spool();
  append(*spool);
  auto reader = *SpoolReader::open(files_, "/spool");
  EXPECT_EQ(read_all(*reader).size(), 1u);
  const auto more = [&] { return (*reader->next(EventClass::command, Growth::tail)).has_value(); };
  files_.fail_next(FakeFiles::Operation::list, unavailable("nobody lists"), 100);
  append(*spool);
  EXPECT_TRUE(more());
  EXPECT_FALSE(more());
  files_.forget_failures();
  spool.reset();
  spool = open_spool();  // an epoch, and a segment, of its own
  append(*spool);
  EXPECT_FALSE(more());
  EXPECT_EQ(read_all(*reader).size(), 1u);
}

TEST_F(SpoolReaderTest, HalfWrittenFrameWaits) {
  auto spool = open_spool();
  append(*spool);
  append(*spool);
  const std::string folder = "/spool/command";
  const std::string path = folder + "/" + files_.list(folder)->front();
  const std::string whole = files_.content(path);
  files_.put(path, whole.substr(0, whole.size() - 1));
  auto reader = *SpoolReader::open(files_, "/spool");
  reader->seek(EventClass::command, {});
  EXPECT_EQ(read_all(*reader).size(), 1u);
}

// Everything is given up: a tombstone stands under the name of the segment that was read to its
// end, and grows, while the reader waits for more.
TEST_F(SpoolReaderTest, TombstoneInPlaceOfWhatWasReadIsSeen) {
  config_.age_max_ns = kNsPerSecond;  // all that is older is given up
  auto spool = open_spool();
  auto reader = *SpoolReader::open(files_, "/spool");
  reader->seek(EventClass::command, {});
  append(*spool);
  EXPECT_EQ(read_all(*reader), (std::vector<StreamPoint>{{1, 1}}));
  for (uint64_t last = 2; last < 6; ++last) {
    append(*spool);
    give_up_all(*spool);
    ASSERT_EQ(files_.list("/spool/command")->size(), 2u);  // a segment, and `given-up`
    EXPECT_EQ(read_all(*reader), (std::vector<StreamPoint>{{1, last}}));
  }
}

// The log has all of the first segment; the next goes before it is looked at.
TEST_F(SpoolReaderTest, WhatIsGivenUpAfterItWasSoughtIsSeen) {
  config_.age_max_ns = kNsPerSecond;
  config_.segment_bytes = 2000;
  auto spool = open_spool();
  const auto segments = [&] {
    auto names = *files_.list("/spool/command");
    std::erase(names, "given-up");
    return names.size();
  };
  uint64_t first = 0;  // of the second segment
  uint64_t last = 0;
  while (segments() < 3) {
    append(*spool);
    ++last;
    if (segments() == 2 && first == 0) first = last;
  }
  auto reader = *SpoolReader::open(files_, "/spool");
  reader->seek(EventClass::command, {1, first - 1});
  give_up_all(*spool);
  ASSERT_EQ(segments(), 1u);
  EXPECT_EQ(read_all(*reader), (std::vector<StreamPoint>{{1, last}}));
}

TEST_F(SpoolReaderTest, WhatTheAgentHasFollowed) {
  auto spool = open_spool();
  const auto reader = *SpoolReader::open(files_, "/spool");
  const Id log{7};
  EXPECT_FALSE(reader->has_followed(EventClass::command, log, {3, 4}));
  agent::Fork fork;
  fork.log_id = log;
  fork.stream = reader->stream(EventClass::command);
  fork.epoch = 3;
  fork.sequence = 4;
  const std::string path = "/spool/command/fork";
  files_.put(path, encode_fork(fork));
  EXPECT_TRUE(reader->has_followed(EventClass::command, log, {3, 4}));
  EXPECT_FALSE(reader->has_followed(EventClass::command, log, {3, 5}));
  EXPECT_FALSE(reader->has_followed(EventClass::command, Id{8}, {3, 4}));
  EXPECT_FALSE(reader->has_followed(EventClass::access, log, {3, 4}));
  fork.stream[0] ^= 1;
  files_.put(path, encode_fork(fork));
  EXPECT_FALSE(reader->has_followed(EventClass::command, log, {3, 4}));
  files_.put(path, "spoor-fork 1\nlog 07\n");
  EXPECT_FALSE(reader->has_followed(EventClass::command, log, {3, 4}));
}

// A checkpoint that was given up with what lies before it, and those behind it.
TEST_F(SpoolReaderTest, CheckpointsBehindATombstoneAtThePoint) {
  auto spool = open_spool();
  const SealedFrame a = append(*spool);
  const SealedFrame gone = append_checkpoint(*spool);
  ASSERT_TRUE(spool->sync(true).is_ok());
  const std::string path = "/spool/command/" + first_segment();
  const SealedFrame c = append_checkpoint(*spool), d = append(*spool);
  FrameWriter::Place place;
  place.event_class = EventClass::command;
  place.stream = spool->stream(EventClass::command).id;
  place.epoch = 1;
  place.epoch_nonce = spool->nonce();
  place.first_sequence = 1;
  place.last_sequence = 1;
  const SealedFrame tombstone = FrameWriter::seal_tombstone(
      place, {Tombstone::Cause::spool_full, 1, gone.chain}, {1, 1, 1, 1, 1});
  std::string rest = files_.content(path);
  const size_t at = rest.find(c.block);
  ASSERT_NE(at, std::string::npos);
  files_.put(path, encode_segment_header() + tombstone.block + rest.substr(at));
  GivenUp marks;
  marks.add(a.chain);
  marks.add(gone.chain);
  files_.put("/spool/command/given-up", marks.encode(place.stream));
  auto reader = *SpoolReader::open(files_, "/spool");
  reader->seek(EventClass::command, {1, 1}, a.chain);
  const auto first = *reader->next(EventClass::command);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->head.chain, c.chain);
  EXPECT_EQ(first->given_up_before, Tombstone::Cause::spool_full);
  const auto second = *reader->next(EventClass::command);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->head.chain, d.chain);
  EXPECT_EQ(second->given_up_before, std::nullopt);
  // The log has come further than the tombstone.
  reader->seek(EventClass::command, {1, 1}, c.chain);
  EXPECT_EQ(chains(*reader), std::vector<Hash>{d.chain});
}

// A checkpoint takes no sequence: what it follows tells whether the log has it.
TEST_F(SpoolReaderTest, CheckpointIsReadOnce) {
  auto spool = open_spool();
  const SealedFrame frame = append(*spool);
  const SealedFrame checkpoint = append_checkpoint(*spool);
  append(*spool);
  auto reader = *SpoolReader::open(files_, "/spool");
  reader->seek(EventClass::command, {});
  EXPECT_EQ(read_all(*reader), (std::vector<StreamPoint>{{1, 1}, {1, 1}, {1, 2}}));
  reader->seek(EventClass::command, {1, 1}, frame.chain);
  EXPECT_EQ(read_all(*reader), (std::vector<StreamPoint>{{1, 1}, {1, 2}}));
  reader->seek(EventClass::command, {1, 1}, checkpoint.chain);
  EXPECT_EQ(read_all(*reader), (std::vector<StreamPoint>{{1, 2}}));
}

TEST_F(SpoolReaderTest, SegmentOfAnotherVersionIsPassed) {
  auto spool = open_spool();
  append(*spool);
  files_.put("/spool/command/" + first_segment(), std::string("SPS1\2\0\0\0nothing", 15));
  spool = open_spool();
  append(*spool);
  auto reader = *SpoolReader::open(files_, "/spool");
  reader->seek(EventClass::command, {});
  EXPECT_EQ(read_all(*reader).size(), 1u);
}

// A bad header, or one that nothing could be written behind, is not the last that is heard of a
// segment: it is written on, given up, or made anew under its name, before or after the next one.
TEST_F(SpoolReaderTest, WhatComesInPlaceOfADamagedSegmentIsRead) {
  auto spool = open_spool();
  append(*spool);
  append(*spool);
  const std::string path = "/spool/command/" + first_segment();
  const std::string whole = files_.content(path);
  spool = open_spool();
  append(*spool);
  const std::string next_path = "/spool/command/" + files_.list("/spool/command")->back();
  const std::string next = files_.content(next_path);
  for (const std::string& start : {std::string("XPS1\1\0\0\0", 8), whole.substr(0, 8)}) {
    for (const bool is_anew : {false, true}) {
      ASSERT_TRUE(files_.remove(next_path).is_ok());
      files_.put(path, start);
      auto reader = *SpoolReader::open(files_, "/spool");
      reader->seek(EventClass::command, {});
      EXPECT_TRUE(read_all(*reader).empty());
      if (is_anew) {
        ASSERT_TRUE(files_.remove(path).is_ok());
      }
      files_.put(path, whole);
      files_.put(next_path, next);
      EXPECT_EQ(read_all(*reader), (std::vector<StreamPoint>{{1, 1}, {1, 2}, {2, 1}}))
          << start << is_anew;
    }
  }
}

TEST_F(SpoolReaderTest, TellsWhatIsHeld) {
  auto spool = open_spool();
  for (int i = 0; i < 30; ++i) append(*spool);
  spool = open_spool();
  for (int i = 0; i < 3; ++i) append(*spool);
  auto reader = *SpoolReader::open(files_, "/spool");
  const auto held = reader->held(EventClass::command);
  ASSERT_TRUE(held.is_ok());
  ASSERT_EQ(held->ranges.size(), 2u);
  EXPECT_EQ(held->ranges[0].first_sequence, 1u);
  EXPECT_EQ(held->ranges[0].last_sequence, 30u);
  EXPECT_EQ(held->ranges[1].last_sequence, 3u);
  EXPECT_EQ(held->before, StreamPoint{});
  EXPECT_TRUE(reader->held(EventClass::access)->ranges.empty());
  const std::string folder = "/spool/command";
  ASSERT_TRUE(files_.remove(folder + "/" + files_.list(folder)->front()).is_ok());
  const auto less = reader->held(EventClass::command);
  EXPECT_EQ(less->before.sequence, less->ranges[0].first_sequence - 1);
  EXPECT_NE(less->chain_before, Hash{});
}

// The agent set aside what the log can never take, and kept what that had committed.
TEST_F(SpoolReaderTest, WhatTheNextEpochFollowsNeedNotBeHeld) {
  auto spool = open_spool();
  for (int i = 0; i < 30; ++i) append(*spool);
  spool = open_spool();
  append(*spool);
  const std::string folder = "/spool/command/";
  const auto names = *files_.list("/spool/command");
  ASSERT_GT(names.size(), 3u);
  const std::string& newest_of_first = names[names.size() - 2];
  const uint64_t goes_from = std::stoull(newest_of_first.substr(newest_of_first.find('-') + 1));
  ASSERT_TRUE(files_.make_folder("/spool/forked").is_ok());
  ASSERT_TRUE(files_.rename(folder + newest_of_first, "/spool/forked/" + newest_of_first).is_ok());
  auto reader = *SpoolReader::open(files_, "/spool");
  const auto held = reader->held(EventClass::command);
  ASSERT_TRUE(held.is_ok());
  ASSERT_EQ(held->ranges.size(), 2u);
  EXPECT_EQ(held->starts[1].header.previous_sequence, 30u);
  EXPECT_EQ(held->ranges[0].last_sequence, goes_from - 1);
}

// It ends where the frame before it ends: left out, the one behind it would follow nothing.
// Else the collector takes the host for one that was rolled back.
TEST_F(SpoolReaderTest, WhatIsHeldIsNeverToldTooSmall) {
  auto spool = open_spool();
  append(*spool);
  append(*spool);
  auto reader = std::move(SpoolReader::open(files_, "/spool")).value();
  const auto newest = [&] {
    return reader->held(EventClass::command)->ranges.back().last_sequence;
  };
  ASSERT_EQ(newest(), 2u);
  for (int calls = 0; calls < 12; ++calls) {
    files_.fail_after(FakeFiles::Operation::read, calls, unavailable("broken"));
    const auto held = reader->held(EventClass::command);
    if (held.is_ok()) {
      EXPECT_EQ(held->ranges.at(0).last_sequence, 2u) << calls;
    }
    files_.forget_failures();
  }
  // The agent has just begun the next segment.
  const std::string next = "/spool/command/00000000000000000001-00000000000000000003.seg";
  files_.put(next, encode_segment_header());
  EXPECT_EQ(newest(), 2u);
}

TEST_F(SpoolReaderTest, CheckpointsAreReadInTheirPlaceAndOnce) {
  auto spool = open_spool();
  const SealedFrame a = append(*spool);
  const SealedFrame b = append_checkpoint(*spool), c = append_checkpoint(*spool);
  const SealedFrame d = append(*spool);
  auto reader = *SpoolReader::open(files_, "/spool");
  reader->seek(EventClass::command, {});
  EXPECT_EQ(chains(*reader), (std::vector<Hash>{a.chain, b.chain, c.chain, d.chain}));
  // As far as the log has them, by its chain value.
  const StreamPoint point{1, 1};
  reader->seek(EventClass::command, point, a.chain);
  EXPECT_EQ(chains(*reader), (std::vector<Hash>{b.chain, c.chain, d.chain}));
  reader->seek(EventClass::command, point, b.chain);
  EXPECT_EQ(chains(*reader), (std::vector<Hash>{c.chain, d.chain}));
  reader->seek(EventClass::command, point, c.chain);
  EXPECT_EQ(chains(*reader), (std::vector<Hash>{d.chain}));
  // What is not known to be there comes again.
  reader->seek(EventClass::command, point);
  EXPECT_EQ(chains(*reader), (std::vector<Hash>{b.chain, c.chain, d.chain}));
}

// Nothing that is written behind it has to be waited for.
TEST_F(SpoolReaderTest, CheckpointBehindADamagedOneIsReadOnce) {
  auto spool = open_spool();
  const SealedFrame a = append(*spool);
  const SealedFrame b = append_checkpoint(*spool), c = append_checkpoint(*spool);
  const std::string path = "/spool/command/" + first_segment();
  const size_t at = files_.content(path).find(b.block);
  ASSERT_NE(at, std::string::npos);
  files_.flip_bit(path, at + 40, 3);
  auto reader = *SpoolReader::open(files_, "/spool");
  const StreamPoint point{1, 1};
  reader->seek(EventClass::command, point, a.chain);
  EXPECT_EQ(chains(*reader), std::vector<Hash>{c.chain});
  const SealedFrame d = append(*spool);
  EXPECT_EQ(chains(*reader), std::vector<Hash>{d.chain});
  reader->seek(EventClass::command, point, c.chain);
  EXPECT_EQ(chains(*reader), std::vector<Hash>{d.chain});
}

}  // namespace
}  // namespace spoor::uplink
