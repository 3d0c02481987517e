#include "tests/sim/delivery/holdings.h"

#include <algorithm>

#include "common/log.h"

namespace spoor::sim {

void Holdings::sealed(const FrameHead& frame) { frames_[frame.chain] = {frame, false}; }

void Holdings::started(const std::vector<FrameHead>& on_disk) {
  std::vector<const FrameHeader*> tombstones;
  for (const FrameHead& frame : on_disk) {
    if (frame.header.kind == FrameKind::data) frames_[frame.chain] = {frame, true};
    if (frame.header.kind == FrameKind::tombstone) tombstones.push_back(&frame.header);
  }
  const auto is_buried = [&tombstones](const FrameHeader& h) {
    return std::any_of(tombstones.begin(), tombstones.end(), [&h](const FrameHeader* t) {
      return t->stream == h.stream && t->epoch == h.epoch &&
             t->first_sequence <= h.first_sequence && h.last_sequence <= t->last_sequence;
    });
  };
  for (auto& [chain, frame] : frames_)
    frame.is_safe = frame.is_safe || is_buried(frame.head.header);
  std::erase_if(frames_, [](const auto& at) { return !at.second.is_safe; });
}

void Holdings::doubt() {
  for (auto& [chain, frame] : frames_) frame.is_safe = false;
}

uint64_t Holdings::missing(const Ledger& ledger) const {
  uint64_t events = 0;
  for (const auto& [chain, frame] : frames_) {
    const FrameHeader& h = frame.head.header;
    if (ledger.log_tells(frame.head)) continue;
    log_debug("not in the log: {}/{}/{}..{}", to_hex(h.stream).substr(0, 8), h.epoch,
              h.first_sequence, h.last_sequence);
    events += h.last_sequence + 1 - h.first_sequence;
  }
  return events;
}

}  // namespace spoor::sim
