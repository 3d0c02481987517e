#include "collector/follow/decoder.h"

#include <gmock/gmock.h>

#include <tuple>

#include "tests/support/sample_frames.h"
#include "tests/support/stream_writer.h"

namespace spoor::collector {
namespace {

using testing::ElementsAre;

class DecoderTest : public testing::Test {
 protected:
  static LogEntry entry_of(const SealedFrame& frame) {
    LogEntry entry;
    entry.agent = "web1";
    entry.received_ns = 99;
    entry.number = 17;
    const FrameHeader& h = frame.header;
    entry.head = {h.stream, h.event_class, h.epoch, h.epoch_nonce, h.last_sequence, frame.chain};
    entry.block = frame.block;
    return entry;
  }
  // Decodes and prints: `epoch/sequence` for events, `loss cause first-last xCOUNT (before,after)`.
  std::vector<std::string> decode(const LogEntry& entry) {
    std::vector<IndexedEvent> events;
    decoder_.decode(entry, events);
    expect_same_bytes(entry, events);
    expect_same_behind_marks(entry, events);
    std::vector<std::string> out;
    for (const IndexedEvent& e : events) {
      EXPECT_EQ(e.agent, "web1");
      EXPECT_EQ(e.received_ns, 99);
      EXPECT_EQ(e.entry, 17u);
      std::string line = std::to_string(e.epoch) + "/" + std::to_string(e.sequence);
      if (e.event->has_loss()) {
        const v1::Loss& loss = e.event->loss();
        EXPECT_EQ(e.sequence, loss.first());
        line = "loss " + v1::Loss::Cause_Name(loss.cause()).substr(6) + " " +
               std::to_string(e.epoch) + "/" + std::to_string(loss.first()) + "-" +
               std::to_string(loss.last()) + " x" + std::to_string(loss.count()) +
               (loss.exact() ? "" : "?") + " (" + std::to_string(loss.order_before()) + "," +
               std::to_string(loss.order_after()) + ")";
      }
      out.push_back(line);
    }
    return out;
  }
  std::vector<std::string> decode(const SealedFrame& frame) { return decode(entry_of(frame)); }

  // Who takes events as bytes is told the same.
  void expect_same_bytes(const LogEntry& entry, const std::vector<IndexedEvent>& events) {
    size_t at = 0;
    of_bytes_.decode(entry, [&](const FrameEvent& e) -> std::optional<uint64_t> {
      v1::Event event;
      if (!event.ParseFromString(std::string(e.wire))) return std::nullopt;
      const IndexedEvent& same = events.at(at++);
      EXPECT_EQ(std::tie(e.agent, e.stream, e.event_class, e.epoch, e.sequence, e.received_ns),
                std::tie(same.agent, same.stream, same.event_class, same.epoch, same.sequence,
                         same.received_ns));
      EXPECT_EQ(e.entry, entry.number);
      EXPECT_EQ(event.SerializeAsString(), same.event->SerializeAsString());
      return event.order();
    });
    EXPECT_EQ(at, events.size());
  }

  // Who begins here, and knows how far streams were.
  void expect_same_behind_marks(const LogEntry& entry, const std::vector<IndexedEvent>& events) {
    std::vector<StreamMark> marks;
    for (const auto& [stream, mark] : marks_) marks.push_back(mark);
    Decoder begun({}, marks);
    std::vector<IndexedEvent> same;
    begun.decode(entry, same);
    ASSERT_EQ(same.size(), events.size());
    for (size_t i = 0; i < same.size(); ++i)
      EXPECT_EQ(same[i].event->SerializeAsString(), events[i].event->SerializeAsString());
    EXPECT_EQ(begun.mark_of(entry.head.stream), decoder_.mark_of(entry.head.stream));
    if (const auto mark = decoder_.mark_of(entry.head.stream)) marks_[mark->stream] = *mark;
  }

  StreamWriter stream_{1};
  Decoder decoder_, of_bytes_;
  std::map<Id, StreamMark> marks_;
};

TEST_F(DecoderTest, EventsWithTheirNames) {
  EXPECT_THAT(decode(stream_.frame(2)), ElementsAre("1/1", "1/2"));
  EXPECT_THAT(decode(stream_.checkpoint()), ElementsAre());
  EXPECT_THAT(decode(stream_.frame(1)), ElementsAre("1/3"));
  stream_.next_epoch();
  EXPECT_THAT(decode(stream_.frame(1)), ElementsAre("2/1"));
}

TEST_F(DecoderTest, CheckpointsAreHandedOn) {
  std::vector<std::string> said;
  decoder_ = Decoder([&](const LogEntry& entry, const Frame& checkpoint) {
    said.push_back(entry.agent + " " + std::string(checkpoint.entries.front().fields.value()));
  });
  decode(stream_.frame());
  decode(stream_.checkpoint("one"));
  decode(stream_.checkpoint("two"));
  EXPECT_THAT(said, ElementsAre("web1 one", "web1 two"));
}

TEST_F(DecoderTest, WhatIsInTheLogTwiceCountsOnce) {
  const SealedFrame first = stream_.frame(2);
  EXPECT_EQ(decode(first).size(), 2u);
  EXPECT_THAT(decode(first), ElementsAre());
}

TEST_F(DecoderTest, AnEventThatDoesNotParse) {
  decode(stream_.frame(3));
  EXPECT_THAT(decode(stream_.junk_frame()), ElementsAre("loss CORRUPT 1/4-4 x1 (3,5)"));
  EXPECT_THAT(decode(stream_.frame()), ElementsAre("1/5"));
}

// Until the collector is upgraded, and reads its log again.
TEST_F(DecoderTest, FramesOfANewerFormatAreALoss) {
  decode(stream_.frame(3));
  EXPECT_THAT(decode(stream_.newer_frame(2)), ElementsAre("loss CORRUPT 1/4-5 x2 (3,6)"));
  EXPECT_THAT(decode(stream_.frame()), ElementsAre("1/6"));
}

// Whoever says so; it lies behind the last one that was taken.
TEST_F(DecoderTest, AnEventThatNobodyTakesIsALoss) {
  std::vector<std::string> told;
  decoder_.decode(entry_of(stream_.frame(3)),
                  [&](const FrameEvent& e) -> std::optional<uint64_t> {
                    v1::Event event;
                    EXPECT_TRUE(event.ParseFromString(std::string(e.wire)));
                    if (e.sequence == 2 && !event.has_loss()) return std::nullopt;
                    told.push_back(std::to_string(e.sequence) + " " +
                                   std::to_string(event.loss().order_before()));
                    return event.order();
                  });
  EXPECT_THAT(told, ElementsAre("1 0", "2 1", "3 0"));
}

TEST_F(DecoderTest, AnEventThatUnfoldsIsALoss) {
  const auto with_arguments = [](int count) {
    v1::Event event;
    for (int i = 0; i < count; ++i) event.mutable_command_started()->add_args();
    return event;
  };
  EXPECT_THAT(decode(stream_.frame({with_arguments(1 << 20)})), ElementsAre("1/1"));
  EXPECT_THAT(decode(stream_.frame({with_arguments(3 << 20)})),
              ElementsAre("loss CORRUPT 1/2-2 x1 (1,3)"));
  EXPECT_THAT(decode(stream_.frame()), ElementsAre("1/3"));
}

TEST_F(DecoderTest, ABlockWithAWrongCrc) {
  decode(stream_.frame(3));
  LogEntry entry = entry_of(stream_.frame(4));
  entry.block.back() = static_cast<char>(entry.block.back() ^ 1);
  EXPECT_THAT(decode(entry), ElementsAre("loss CORRUPT 1/4-7 x4 (3,0)"));
  EXPECT_THAT(decode(stream_.frame()), ElementsAre("1/8"));  // and it goes on
}

// Changed on purpose, CRC and all: the roots tell, and the header still says what is missing.
TEST_F(DecoderTest, ABlockThatDoesNotMatchItsRoots) {
  decode(stream_.frame(3));
  LogEntry entry = entry_of(stream_.frame(4));
  entry.block.back() = static_cast<char>(entry.block.back() ^ 1);
  entry.block = with_right_crc(entry.block);
  EXPECT_THAT(decode(entry), ElementsAre("loss CORRUPT 1/4-7 x4 (3,8)"));
}

// No event is missing, but what vouched for them is.
TEST_F(DecoderTest, MissingCheckpointsAreTold) {
  decode(stream_.frame(3));
  using Cause = Tombstone::Cause;
  EXPECT_THAT(decode(stream_.tombstone({stream_.checkpoint()}, Cause::spool_missing)),
              ElementsAre("loss SPOOL_MISSING 1/0-0 x1? (3,3)"));
  EXPECT_THAT(decode(stream_.tombstone({stream_.checkpoint()}, Cause::spool_full)),
              ElementsAre("loss SPOOL_FULL 1/0-0 x1? (3,3)"));
  EXPECT_THAT(decode(stream_.frame()), ElementsAre("1/4"));
}

TEST_F(DecoderTest, ATombstoneIsALoss) {
  decode(stream_.frame(3));
  const std::vector<SealedFrame> evicted = {stream_.frame(2), stream_.frame(3)};
  EXPECT_THAT(decode(stream_.tombstone(evicted)), ElementsAre("loss SPOOL_FULL 1/4-8 x5 (3,9)"));
  EXPECT_THAT(decode(stream_.frame()), ElementsAre("1/9"));
}

// The collector's own, from a Skip: nobody knows which orders are gone.
TEST_F(DecoderTest, ATombstoneWithoutOrdersLiesBehindWhatCameBefore) {
  decode(stream_.frame(3));
  FrameWriter::Place place;
  place.event_class = stream_.event_class();
  place.stream = stream_.stream();
  place.epoch = 1;
  place.first_sequence = 4;
  place.last_sequence = 6;
  place.previous = {1, 3, stream_.chain()};
  const SealedFrame skip = FrameWriter::seal_tombstone(
      place, {Tombstone::Cause::collector_rollback, 3, {}}, {});
  EXPECT_THAT(decode(skip), ElementsAre("loss COLLECTOR_ROLLBACK 1/4-6 x3 (3,0)"));
}

TEST_F(DecoderTest, AHoleInTheLogShows) {
  decode(stream_.frame(3));
  stream_.frame(2);  // its entry was damaged: the cursor steps over it
  EXPECT_THAT(decode(stream_.frame()), ElementsAre("loss CORRUPT 1/4-5 x2 (3,6)", "1/6"));
  stream_.frame(2);
  stream_.next_epoch();
  EXPECT_THAT(decode(stream_.frame()), ElementsAre("loss CORRUPT 1/7-8 x2 (6,0)", "2/1"));
}

TEST_F(DecoderTest, AStreamThatDoesNotBeginAtItsBeginning) {
  stream_.frame(5);
  EXPECT_THAT(decode(stream_.frame()), ElementsAre("loss UNKNOWN_GAP 1/1-5 x5 (0,6)", "1/6"));
}

TEST_F(DecoderTest, StreamsAreApart) {
  StreamWriter other{2, EventClass::access};
  decode(stream_.frame(3));
  EXPECT_THAT(decode(other.frame(1)), ElementsAre("1/1"));
  EXPECT_THAT(decode(stream_.frame(1)), ElementsAre("1/4"));
}

TEST_F(DecoderTest, AForeignStreamsFrameIsNotTaken) {
  LogEntry entry = entry_of(stream_.frame());
  entry.head.stream.fill(9);
  EXPECT_THAT(decode(entry), ElementsAre());
}

}  // namespace
}  // namespace spoor::collector
