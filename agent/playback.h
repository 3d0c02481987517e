// Plays a recorded stream (agent/source/replay.h) through a pipeline, on the recording's own clock:
// where it has none, each record's own time is when it was read. Between two times of the clock the
// socket counts as found empty as often as the agent would have looked, so that what waits for late
// records gets as long as it had then. A log in which no event has an end (EOE) is one that auditd
// wrote, and no worse for it. One thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/decode/audit_record.h"
#include "agent/pipeline.h"
#include "agent/source/replay.h"

namespace spoor::agent {

struct PlaybackResult {
  uint64_t records = 0;
  uint64_t process_messages = 0;
  uint64_t unreadable_lines = 0;  // counted and skipped
};

class Playback {
 public:
  explicit Playback(Pipeline& pipeline) : pipeline_(pipeline) { pipeline.expect_ends(false); }

  void line(std::string_view line);
  void record(const Datagram& record, const RecordHeader& header);
  void clock(Instant now);
  void message(const ProcessMessage& message);
  // No more will come: what is still open is closed for want of more.
  void finish();

  const PlaybackResult& result() const { return result_; }

 private:
  void set_clock(Instant now);
  void found_ends();

  Pipeline& pipeline_;
  PlaybackResult result_;
  Instant now_;
  int64_t looked_ns_ = 0;  // by a log's time: as often as the agent looks at its sockets
  HeaderReader headers_;
  bool has_clock_ = false;
  bool has_ends_ = false;
};

// Plays all of `text` and closes the pipeline.
PlaybackResult play(std::string_view text, Pipeline& pipeline);

}  // namespace spoor::agent
