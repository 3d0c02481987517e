#include "agent/spool/frame_run.h"

#include <algorithm>
#include <limits>

namespace spoor::agent {
namespace {

// The header has 32 bits for them; what is beyond is more than anybody counts.
uint32_t sum_of(uint32_t a, uint32_t b) {
  return static_cast<uint32_t>(
      std::min<uint64_t>(uint64_t{a} + b, std::numeric_limits<uint32_t>::max()));
}

// Orders and times of a run without events are zeros, and say nothing.
void widen(FrameRange& range, const FrameRange& more) {
  if (more.first_order == 0) return;
  const uint32_t records = sum_of(range.records, more.records);
  if (range.first_order == 0) {
    range = more;
  } else {
    range.last_order = more.last_order;
    range.time_min_ns = std::min(range.time_min_ns, more.time_min_ns);
    range.time_max_ns = std::max(range.time_max_ns, more.time_max_ns);
  }
  range.records = records;
}

}  // namespace

bool is_behind(const ChainHead& point, const ChainHead& by) {
  return point.epoch < by.epoch || (point.epoch == by.epoch && point.sequence <= by.sequence);
}

Result<Hash> chain_after(const FrameHead& frame, ByteView block) {
  if (frame.header.kind != FrameKind::tombstone) return frame.chain;
  ASSIGN_OR_RETURN(const OpenBlock open, OpenBlock::open(block));
  const auto& entry = open.frames()[0].entries[0];
  if (!entry.fields) return corrupt("an erased tombstone");
  ASSIGN_OR_RETURN(const Tombstone tombstone, decode_tombstone(*entry.fields));
  return tombstone.end_chain;
}

void FrameRun::add(const FrameHeader& header, const Hash& previous_chain,
                   const Hash& chain_after) {
  if (is_empty()) {
    before = {header.previous_epoch, header.previous_sequence, previous_chain};
    nonce = header.epoch_nonce;
    first_sequence = header.first_sequence;
  }
  end = {header.epoch, header.last_sequence, chain_after};
  widen(range, {header.first_order, header.last_order, header.time_min_ns, header.time_max_ns,
                header.records});
}

void FrameRun::add(const FrameRun& next) {
  end = next.end;
  widen(range, next.range);
}

SealedFrame FrameRun::tombstone(EventClass event_class, const Id& stream,
                                Tombstone::Cause cause) const {
  FrameWriter::Place place;
  place.event_class = event_class;
  place.stream = stream;
  place.epoch = end.epoch;
  place.epoch_nonce = nonce;
  place.first_sequence = first_sequence;
  place.last_sequence = end.sequence;
  place.previous = before;
  return FrameWriter::seal_tombstone(place, {cause, events(), end.chain}, range);
}

}  // namespace spoor::agent
