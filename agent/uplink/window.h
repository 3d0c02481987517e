// What was sent and is not committed yet, bounded in bytes: beyond kWindowBytesMax the uplink waits
// for commits. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "agent/uplink/spool_reader.h"

namespace spoor::uplink {

// event <= 8 MiB < frame 9 MiB < gRPC message 10 MiB < window 16 MiB: one frame always fits.
inline constexpr size_t kWindowBytesMax = 16u << 20;
inline constexpr int kMessageBytesMax = 10 << 20;
static_assert(kFrameBytesMax < kMessageBytesMax && kMessageBytesMax < kWindowBytesMax);

class Window {
 public:
  bool is_full() const { return bytes_ > kWindowBytesMax - kFrameBytesMax; }
  // `time_ns`: event time of the frame's first event.
  void sent(EventClass c, StreamPoint end, size_t bytes, int64_t time_ns);
  void committed(EventClass c, StreamPoint point);
  size_t bytes() const { return bytes_; }
  size_t frames() const;
  // Event time of the oldest frame in it; 0: none.
  int64_t oldest_ns() const;

 private:
  struct Sent {
    StreamPoint end;
    size_t bytes;
    int64_t time_ns;
  };
  std::map<EventClass, std::deque<Sent>> sent_;
  size_t bytes_ = 0;
};

}  // namespace spoor::uplink
