// Frames of one epoch of one stream in a row: what a tombstone in their place has to say. Kept for
// each segment and for what could not be written, so that no disk is read to evict or to mourn.
// A value; any thread.
#pragma once

#include <cstdint>

#include "common/frame/format.h"
#include "common/frame/reader.h"
#include "common/frame/writer.h"

namespace spoor::agent {

// Up to and with the first point, by epoch and sequence.
bool is_behind(const ChainHead& point, const ChainHead& by);

// What follows this frame follows that value: a tombstone hands over to what it stands for. `block`
// is of that frame alone.
Result<Hash> chain_after(const FrameHead& frame, ByteView block);

struct FrameRun {
  ChainHead before;             // what its first frame follows
  ChainHead end;                // where the stream stands behind its last one
  Id nonce{};                   // of end.epoch
  uint64_t first_sequence = 0;  // 0: no frame yet
  FrameRange range;             // zeros while no event is in it: a checkpoint has none

  bool is_empty() const { return first_sequence == 0; }
  // A sequence is an event, also one that a tombstone of the run speaks of.
  uint64_t events() const { return is_empty() ? 0 : end.sequence + 1 - first_sequence; }
  // The next frame; `chain_after` is what the one behind it follows.
  void add(const FrameHeader& header, const Hash& previous_chain, const Hash& chain_after);
  // The run that follows this one, of the same epoch.
  void add(const FrameRun& next);
  // In its place. Needs an event.
  SealedFrame tombstone(EventClass event_class, const Id& stream, Tombstone::Cause cause) const;
};

}  // namespace spoor::agent
