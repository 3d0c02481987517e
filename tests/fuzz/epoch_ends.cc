// The uplink's memory of where epochs ended, read from a file: it stays within its bound, what is
// read says again what was read, and any hole that it is asked for is told in order, each piece
// within its epoch.
#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "agent/uplink/epoch_ends.h"

namespace {

using namespace spoor;
using namespace spoor::uplink;

void must(bool holds) {
  if (!holds) std::abort();
}

void check_holes(const EpochEnds& ends, EventClass c, const Id& stream, StreamPoint from,
                 StreamPoint to) {
  FrameHead frame;
  frame.header.stream = stream;
  frame.header.epoch = to.epoch;
  frame.header.previous_epoch = to.epoch;
  frame.header.previous_sequence = to.sequence;
  uint64_t epoch = 0;
  for (const EpochEnds::Hole& hole : ends.holes(c, from, frame)) {
    must(hole.epoch > epoch && hole.epoch <= to.epoch);
    must(hole.epoch >= from.epoch);
    must(hole.first_sequence <= hole.last_sequence);
    epoch = hole.epoch;
  }
  must(epoch == (to <= from ? 0 : to.epoch));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  EpochEnds ends;
  ends.decode(text);
  const std::string once = ends.encode();
  must(static_cast<size_t>(std::count(once.begin(), once.end(), '\n')) <=
       kEventClasses * EpochEnds::kEpochsMax);
  EpochEnds again;
  again.decode(once);
  must(again.encode() == once);
  // The stream that its first line names, with points of the input's bytes.
  const size_t space = once.find(' ');
  if (space == std::string::npos || size < 4) return 0;
  const auto stream = array_from_hex<16>(std::string_view(once).substr(space + 1, 32));
  must(stream.is_ok());
  for (uint8_t c = 1; c <= kEventClasses; ++c) {
    const StreamPoint from{data[0] % 16u, data[1]};
    const StreamPoint to{1 + data[2] % 16u, 1u + data[3]};
    check_holes(ends, static_cast<EventClass>(c), *stream, from, to);
  }
  return 0;
}
