// A log on a fake disk, for the tests of this folder.
#pragma once

#include "collector/log/cursor.h"
#include "collector/log/log.h"
#include "tests/support/fake_files.h"

namespace spoor::collector {

class LogFixture : public testing::Test {
 protected:
  void open() {
    auto opened = Log::open(files_, "/log", segment_bytes_max_);
    ASSERT_TRUE(opened.is_ok()) << opened.status().message();
    log_ = std::move(opened).value();
  }
  // Power goes, and the collector starts again.
  void crash(uint64_t seed) {
    log_.reset();
    files_.crash(seed);
    open();
  }

  // The next entry of a stream; streams are told apart by their first byte.
  NewEntry entry(EventClass c, uint8_t stream, uint64_t sequence, size_t size = 40) {
    NewEntry out;
    out.agent = "web1";
    out.received_ns = received_ns_;
    out.head.stream.fill(stream);
    out.head.event_class = c;
    out.head.epoch = 1;
    out.head.sequence = sequence;
    out.block = std::string(size, static_cast<char>('a' + sequence % 26));
    return out;
  }
  Status append(std::vector<NewEntry> entries) { return log_->append(entries); }
  Status write(std::vector<NewEntry> entries) {
    RETURN_IF_ERROR(log_->append(entries));
    return log_->sync();
  }

  // What a reader sees behind `after`: `stream/sequence`, in order.
  std::vector<std::string> seen(Position after = {}) {
    LogCursor cursor = log_->read_after(after);
    return seen(cursor);
  }
  std::vector<std::string> seen(LogCursor& cursor) {
    std::vector<std::string> out;
    while (true) {
      const auto batch = cursor.read(100);
      EXPECT_TRUE(batch.is_ok()) << batch.status().message();
      if (!batch.is_ok() || batch->entries.empty()) return out;
      for (const LogEntry& e : batch->entries)
        out.push_back(std::to_string(e.head.stream[0]) + "/" + std::to_string(e.head.sequence));
    }
  }
  // The head that the log was opened with; 0: none.
  uint64_t opened_sequence(uint8_t stream) const {
    for (const KnownStream& known : log_->opened_with())
      if (known.head.stream[0] == stream) return known.head.sequence;
    return 0;
  }

  uint64_t segment_bytes_max_ = kSegmentBytesMax;
  int64_t received_ns_ = 1'700'000'000'000'000'000;
  FakeFiles files_;
  std::unique_ptr<Log> log_;
};

}  // namespace spoor::collector
