// A segment of some agents' frames on a fake disk, to be sealed: for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "collector/log/segment_sealer.h"
#include "tests/support/fake_files.h"
#include "tests/support/stream_writer.h"

namespace spoor::collector {

inline constexpr uint32_t kSalt = 7;
inline constexpr int64_t kReceivedNs = 1'700'000'000'000'000'000;

class SealedFixture : public ::testing::Test {
 protected:
  SealedFixture() { EXPECT_TRUE(files_.make_folder("/log").is_ok()); }

  // The next entry: a frame that came from there.
  void add(const std::string& agent, const SealedFrame& frame, const Hash& chain) {
    NewEntry entry;
    entry.agent = agent;
    entry.received_ns = kReceivedNs + static_cast<int64_t>(random_() % 1'000'000'000);
    entry.head = {frame.header.stream, EventClass::command, frame.header.epoch,
                  frame.header.epoch_nonce, frame.header.last_sequence, chain};
    entry.block = frame.block;
    add(std::move(entry));
  }
  void add(NewEntry entry) {
    number_ += 1 + random_() % 3;
    append_entry(segment_, entry, number_, 0, kSalt);
    LogEntry kept;
    kept.number = number_;
    kept.agent = entry.agent;
    kept.received_ns = entry.received_ns;
    kept.head = entry.head;
    kept.block = entry.block;
    entries_.push_back(std::move(kept));
  }
  // Frames of some agents as they come, with tombstones, checkpoints and new epochs among them.
  void add_some(size_t count, size_t agents) {
    std::vector<StreamWriter> writers;
    for (size_t i = 0; i < agents; ++i) writers.emplace_back(static_cast<uint8_t>(i + 1));
    for (size_t i = 0; i < count; ++i) {
      const size_t of = random_() % agents;
      StreamWriter& writer = writers[of];
      const std::string agent = "web" + std::to_string(of);
      if (random_() % 20 == 0) writer.next_epoch();
      if (random_() % 10 == 0) {
        const std::vector<SealedFrame> gone = {writer.frame(2), writer.frame(1)};
        add(agent, writer.tombstone(gone), gone.back().chain);
        continue;
      }
      const SealedFrame frame =
          random_() % 10 == 0 ? writer.checkpoint() : writer.frame(1 + random_() % 5);
      add(agent, frame, frame.chain);
    }
  }
  // A frame that nothing makes smaller.
  void add_noise(size_t bytes) {
    std::string noise(bytes, ' ');
    for (char& c : noise) c = static_cast<char>(random_());
    v1::Event event;
    event.add_records()->set_rest(noise);
    const SealedFrame frame = noise_.frame(std::vector<v1::Event>{event});
    add("noise", frame, frame.chain);
  }
  Status seal() {
    files_.put("/log/1.log", segment_);
    SegmentReader reader(*files_.open_read("/log/1.log"), kSalt);
    return seal_segment(files_, reader, segment_.size(), EventClass::command, "/log/1.sealed",
                        [](uint64_t) { return ok(); });
  }
  Result<SealedSegment> open() {
    ASSIGN_OR_RETURN(auto file, files_.open_read("/log/1.sealed"));
    return SealedSegment::open(std::move(file), EventClass::command);
  }
  void expect_all(const SealedSegment& sealed) {
    size_t at = 0;
    for (size_t g = 0; g < sealed.index().groups.size(); ++g) {
      SealedSegment::Group group = *sealed.open_group(g);
      for (size_t i = 0; i < group.table().entries.size(); ++i, ++at) {
        const Result<LogEntry> entry = sealed.entry(group, i);
        ASSERT_TRUE(entry.is_ok()) << entry.status().message();
        expect_same(*entry, entries_[at]);
      }
    }
    EXPECT_EQ(at, entries_.size());
  }
  static void expect_same(const LogEntry& is, const LogEntry& was) {
    EXPECT_EQ(is.number, was.number);
    EXPECT_EQ(is.agent, was.agent);
    EXPECT_EQ(is.received_ns, was.received_ns);
    EXPECT_EQ(is.head, was.head) << was.number;
    const auto before = OpenBlock::open(as_bytes(was.block));
    if (!before.is_ok()) {
      EXPECT_EQ(is.block, was.block);
      return;
    }
    const auto after = OpenBlock::open(as_bytes(is.block));
    ASSERT_TRUE(after.is_ok());
    EXPECT_EQ(after->frames()[0].head.chain, before->frames()[0].head.chain);
    for (size_t e = 0; e < before->frames()[0].entries.size(); ++e) {
      EXPECT_EQ(after->frames()[0].entries[e].fields, before->frames()[0].entries[e].fields);
      EXPECT_EQ(after->frames()[0].entries[e].text, before->frames()[0].entries[e].text);
    }
  }

  FakeFiles files_;
  std::mt19937_64 random_{1};
  std::string segment_;
  std::vector<LogEntry> entries_;
  uint64_t number_ = 0;
  StreamWriter noise_{200};
};

}  // namespace spoor::collector
