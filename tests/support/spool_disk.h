// A spool on a disk in memory, and frames as the encoder seals them for it. For tests; one thread.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "agent/spool/spool.h"
#include "common/frame/reader.h"
#include "common/frame/segment.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_files.h"

namespace spoor::agent {

// A frame on disk, and what the one behind it follows.
struct FoundFrame {
  FrameHead head;
  Hash chain_after{};
  uint64_t events = 0;  // that a tombstone speaks of
  bool is_tombstone() const { return head.header.kind == FrameKind::tombstone; }
};

struct SpoolDisk {
  FakeFiles files;
  FakeClock clock;
  SpoolConfig config{"/spool", 1u << 20, 4096, 3600 * kNsPerSecond};

  std::unique_ptr<Spool> open() {
    auto spool = Spool::open(files, clock, config);
    EXPECT_TRUE(spool.is_ok()) << spool.status().message();
    return std::move(spool).value();
  }

  // The next frame of `spool`'s stream; keeps its own head, since frames are sealed before they are
  // written.
  SealedFrame seal(const Spool& spool, EventClass c, size_t bytes = 10, size_t events = 1) {
    FrameWriter writer;
    for (size_t i = 0; i < events; ++i) {
      ++order_;
      const auto time_ns = clock.now().realtime_ns + static_cast<int64_t>(order_);
      writer.add(std::string(bytes, 'f'), "text", order_, time_ns, 1);
    }
    return take(writer, place(spool, c));
  }
  SealedFrame seal_checkpoint(const Spool& spool, EventClass c) {
    FrameWriter writer(FrameKind::checkpoint);
    writer.add("signature", "", 0, 0, 0);
    FrameWriter::Place at = place(spool, c);
    at.last_sequence = at.first_sequence - 1;
    return take(writer, at);
  }

  // Every frame of the class on disk, checked to follow one another.
  std::vector<FoundFrame> frames(EventClass c) {
    std::vector<FoundFrame> all;
    const std::string folder = folder_of(c);
    Expected expected;
    for (const std::string& name : segments(c)) {
      const auto file = files.open_read(folder + "/" + name);
      SegmentScanner scanner(**file);
      while (scanner.next() == SegmentScanner::State::block) {
        FoundFrame found{scanner.outside().frames[0], scanner.outside().frames[0].chain, 0};
        const Status follows = check_continues(found.head, expected);
        EXPECT_TRUE(follows.is_ok()) << name << ": " << follows.message();
        if (found.is_tombstone()) {
          const auto block = OpenBlock::open(as_bytes(scanner.block()));
          const auto told = decode_tombstone(*block->frames()[0].entries[0].fields);
          found.chain_after = told->end_chain;
          found.events = told->events;
        }
        const FrameHeader& header = found.head.header;
        expected = {header.epoch, header.last_sequence + 1, found.chain_after};
        all.push_back(found);
      }
    }
    return all;
  }

  static CommitNote note_for(const Spool& spool, const SealedFrame& frame) {
    CommitNote note;
    note.stream = spool.stream(frame.header.event_class).id;
    note.epoch = frame.header.epoch;
    note.sequence = frame.header.last_sequence;
    note.chain = frame.chain;
    return note;
  }

  std::string folder_of(EventClass c) const {
    return config.folder + "/" + event_class_name(c);
  }
  std::vector<std::string> segments(EventClass c) {
    auto names = *files.list(folder_of(c));
    std::erase_if(names, [](const std::string& name) { return !name.ends_with(".seg"); });
    return names;
  }
  // A new disk.
  void forget() {
    files = FakeFiles();
    heads_ = {};
    epochs_ = {};
  }

 private:
  FrameWriter::Place place(const Spool& spool, EventClass c) {
    const auto i = static_cast<size_t>(c);
    if (epochs_[i] != spool.epoch()) {
      heads_[i] = spool.stream(c).head;
      epochs_[i] = spool.epoch();
    }
    FrameWriter::Place place;
    place.event_class = c;
    place.stream = spool.stream(c).id;
    place.epoch = spool.epoch();
    place.epoch_nonce = spool.nonce();
    place.first_sequence = heads_[i].epoch == spool.epoch() ? heads_[i].sequence + 1 : 1;
    place.previous = heads_[i];
    place.zstd_level = 0;
    return place;
  }
  SealedFrame take(FrameWriter& writer, const FrameWriter::Place& place) {
    SealedFrame frame = writer.seal(place);
    heads_[static_cast<size_t>(place.event_class)] = {place.epoch, frame.header.last_sequence,
                                                      frame.chain};
    return frame;
  }

  std::array<ChainHead, kEventClasses + 1> heads_{};
  std::array<uint64_t, kEventClasses + 1> epochs_{};
  uint64_t order_ = 0;
};

}  // namespace spoor::agent
