// One of the counters in the kernel's audit status (AUDIT_GET: `lost`, `backlog_wait_time_actual`).
// It has 32 bits, wraps, and whoever has CAP_AUDIT_CONTROL may set it to zero (kernel/audit.c,
// AUDIT_STATUS_LOST); a CONFIG_CHANGE record then tells what it was before.
//
// Invariant: what answered() and was_reset() gave, taken together, is what the kernel counted since
// the first answer, whichever of an answer and a record about the same reset comes first. (The sum
// of the differences telescopes: each count enters once with each sign but the last.) One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/correlate/blob.h"

namespace spoor::agent {

class KernelCounter {
 public:
  // Counting goes on from here: an answer to a run before us.
  void start_at(uint32_t value) { value_ = value; }

  // An answer to a question that was asked at `asked_ns` (boottime). What was counted since.
  uint64_t answered(uint32_t value, int64_t asked_ns);
  // A record, read at `read_ns`, tells of a reset: the counter was `old`. What was counted besides
  // what answers have told.
  uint64_t was_reset(uint32_t old, int64_t read_ns);

  std::optional<uint32_t> value() const { return value_; }
  // What it was when last seen before a reset that no record has told of.
  std::optional<uint32_t> reset_untold() const { return before_reset_; }
  // No record will come.
  void forget_reset() { before_reset_.reset(); }

  // For a run after us, of the same boot, that goes on here.
  void save(std::string& to) const;
  void restore(BlobReader& from);

 private:
  std::optional<uint32_t> value_;
  std::optional<uint32_t> before_reset_;
  int64_t stale_before_ns_ = 0;  // answers asked for earlier may be from before a reset
};

}  // namespace spoor::agent
