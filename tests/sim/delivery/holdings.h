// What one host has had of frames, whatever streams they were of and whoever else writes these: so
// that nothing goes unnoticed where two histories of a stream compete for one place in the log. At
// the end each frame is in the log, or a tombstone there speaks of it, or it was told as set aside.
// One thread.
#pragma once

#include <map>
#include <vector>

#include "common/frame/reader.h"
#include "tests/sim/delivery/ledger.h"

namespace spoor::sim {

class Holdings {
 public:
  // Capture has sealed it. It counts while the agent lives, and then if the disk has it.
  void sealed(const FrameHead& frame);
  // The agent has started on a disk that held these, tombstones among them, and has made them safe.
  void started(const std::vector<FrameHead>& on_disk);
  // The disk was damaged or put back: what it does not have at the next start may be gone for good.
  void doubt();

  // Events of which the log does not tell.
  uint64_t missing(const Ledger& ledger) const;

 private:
  struct Frame {
    FrameHead head;
    bool is_safe = false;
  };
  std::map<Hash, Frame> frames_;  // by chain value
};

}  // namespace spoor::sim
