// A log of frames as agents send them, with segments to be sealed, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "collector/log/log_keeper.h"
#include "tests/support/stream_writer.h"
#include "tests/unit/collector/log/log_fixture.h"

namespace spoor::collector {

inline Status no_pace(uint64_t) { return ok(); }

inline NewEntry entry_of(const SealedFrame& frame, const std::string& agent) {
  NewEntry out;
  out.agent = agent;
  out.received_ns = 1'700'000'000'000'000'000;
  out.head = {frame.header.stream,      frame.header.event_class,  frame.header.epoch,
              frame.header.epoch_nonce, frame.header.last_sequence, frame.chain};
  out.block = frame.block;
  return out;
}
// The next frame of a stream, as an agent sends it.
inline NewEntry framed(StreamWriter& writer, const std::string& agent) {
  return entry_of(writer.frame(2), agent);
}
inline NewEntry checkpoint(StreamWriter& writer, const std::string& agent) {
  return entry_of(writer.checkpoint(), agent);
}

// `stream/sequence` of all that a log holds.
inline std::vector<std::string> all_of(Log& log) {
  std::vector<std::string> out;
  LogCursor cursor = log.read_after({});
  while (true) {
    const auto batch = cursor.read(1u << 20);
    EXPECT_TRUE(batch.is_ok()) << batch.status().message();
    if (!batch.is_ok() || batch->entries.empty()) return out;
    for (const LogEntry& e : batch->entries) {
      EXPECT_TRUE(OpenBlock::open(as_bytes(e.block)).is_ok());
      out.push_back(std::to_string(e.head.stream[0]) + "/" + std::to_string(e.head.sequence));
    }
  }
}

class KeptLogFixture : public LogFixture {
 protected:
  KeptLogFixture() { segment_bytes_max_ = 2'500; }

  void begin_anew() {
    log_.reset();
    files_ = FakeFiles();
    access_ = StreamWriter(1, EventClass::access);
    command_ = StreamWriter(2, EventClass::command);
    open();
  }
  // Some segments of both classes.
  void write_some(int rounds = 20) {
    for (int i = 0; i < rounds; ++i)
      ASSERT_TRUE(write({framed(access_, "web1"), framed(command_, "web2")}).is_ok());
  }
  void seal_all() {
    LogKeeper keeper(*log_);
    while (true) {
      const Result<bool> step = keeper.step(no_pace);
      ASSERT_TRUE(step.is_ok()) << step.status().message();
      if (!*step) return;
    }
  }
  void reopen() {
    log_.reset();
    open();
  }
  std::vector<std::string> names(const std::string& folder) { return *files_.list(folder); }
  uint64_t bytes_on_disk() const {
    uint64_t bytes = 0;
    for (const std::string& path : files_.paths()) {
      if (path.find("/0") != std::string::npos) bytes += files_.content(path).size();
    }
    return bytes;
  }

  StreamWriter access_{1, EventClass::access}, command_{2, EventClass::command};
};

}  // namespace spoor::collector
