// Up to when everything was read that had come to the kernel's queues. An empty socket says so. One
// that is never empty, since more comes than we can read, says so of an earlier time: the queues
// are first in, first out, and what waited then was read once more came than they all hold.
#pragma once

#include <cstdint>
#include <optional>

#include "agent/limits.h"
#include "agent/model.h"

namespace spoor::agent {

class ReadMark {
 public:
  // A read is over that began at `asked`; `records` were read so far in all. The time, where it is
  // a new one.
  std::optional<Instant> after(Instant asked, bool emptied, uint64_t records) {
    if (emptied || since_.boottime_ns == 0) {
      since_ = asked;
      records_ = records;
      return emptied ? std::optional(asked) : std::nullopt;
    }
    if (records - records_ < kQueuedRecordsMax) return std::nullopt;
    const Instant read_up_to = since_;
    since_ = asked;
    records_ = records;
    return read_up_to;
  }

 private:
  Instant since_;
  uint64_t records_ = 0;
};

}  // namespace spoor::agent
