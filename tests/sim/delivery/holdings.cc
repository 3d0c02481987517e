#include "tests/sim/delivery/holdings.h"

#include <algorithm>

#include "common/log.h"

namespace spoor::sim {
namespace {

// Whether `tombstone` stands in the place of what `h` is the header of.
bool buries(const FrameHeader& tombstone, const FrameHeader& h) {
  return tombstone.kind == FrameKind::tombstone && tombstone.stream == h.stream &&
         tombstone.epoch == h.epoch && tombstone.first_sequence <= h.first_sequence &&
         h.last_sequence <= tombstone.last_sequence;
}

}  // namespace

void Holdings::sealed(const FrameHead& frame) { frames_[frame.chain] = {frame, false}; }

void Holdings::started(const std::vector<FrameHead>& on_disk) {
  std::vector<const FrameHeader*> tombstones;
  for (const FrameHead& frame : on_disk) {
    if (frame.header.kind == FrameKind::data) frames_[frame.chain] = {frame, true};
    if (frame.header.kind == FrameKind::tombstone) tombstones.push_back(&frame.header);
  }
  const auto is_buried = [&tombstones](const FrameHeader& h) {
    return std::any_of(tombstones.begin(), tombstones.end(),
                       [&h](const FrameHeader* t) { return buries(*t, h); });
  };
  for (auto& [chain, frame] : frames_)
    frame.is_safe = frame.is_safe || is_buried(frame.head.header);
  std::erase_if(frames_, [](const auto& at) { return !at.second.is_safe; });
}

void Holdings::doubt() {
  for (auto& [chain, frame] : frames_) frame.is_safe = false;
}

void Holdings::told(const FrameHead& loss, const std::vector<FrameHead>& set_aside) {
  told_.push_back({loss, set_aside});
}

// The Loss itself may have been set aside, and that told.
bool Holdings::is_told(const FrameHead& frame, const Ledger& ledger, std::set<Hash>& seen) const {
  if (!seen.insert(frame.chain).second) return false;
  return std::any_of(told_.begin(), told_.end(), [&](const Told& told) {
    const bool is_among =
        std::any_of(told.held.begin(), told.held.end(), [&](const FrameHead& held) {
          return held.chain == frame.chain || buries(held.header, frame.header);
        });
    return is_among && (ledger.log_tells(told.loss) || is_told(told.loss, ledger, seen));
  });
}

uint64_t Holdings::missing(const Ledger& ledger) const {
  uint64_t events = 0;
  for (const auto& [chain, frame] : frames_) {
    const FrameHeader& h = frame.head.header;
    std::set<Hash> seen;
    if (ledger.log_tells(frame.head) || is_told(frame.head, ledger, seen)) continue;
    log_debug("not in the log: {}/{}/{}..{}", to_hex(h.stream).substr(0, 8), h.epoch,
              h.first_sequence, h.last_sequence);
    events += h.last_sequence + 1 - h.first_sequence;
  }
  return events;
}

}  // namespace spoor::sim
