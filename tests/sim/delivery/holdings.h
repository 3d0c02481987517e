// What one host has had of frames, whatever streams they were of and whoever else writes these: so
// that nothing goes unnoticed where two histories of a stream compete for one place in the log. At
// the end each frame is in the log, or a tombstone there speaks of it, or it was set aside and a
// Loss that the log tells of says so. One thread.
#pragma once

#include <map>
#include <set>
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
  // The frame `loss` tells that these were set aside. It is worth as much as it comes to the log.
  void told(const FrameHead& loss, const std::vector<FrameHead>& set_aside);
  // This host has become a copy of that one: what was told there was told.
  void copy_told(const Holdings& original) { told_ = original.told_; }

  // Events of which the log does not tell.
  uint64_t missing(const Ledger& ledger) const;

 private:
  struct Frame {
    FrameHead head;
    bool is_safe = false;
  };
  // Frames that were set aside: those of `held`, and what its tombstones speak of.
  struct Told {
    FrameHead loss;
    std::vector<FrameHead> held;
  };
  bool is_told(const FrameHead& frame, const Ledger& ledger, std::set<Hash>& seen) const;

  std::map<Hash, Frame> frames_;  // by chain value
  std::vector<Told> told_;
};

}  // namespace spoor::sim
