// Frames for tests: always the same bytes, since salt, ids and times are fixed.
#pragma once

#include <string>
#include <vector>

#include "common/frame/reader.h"
#include "common/frame/writer.h"

namespace spoor {

struct SampleEvent {
  std::string fields;
  std::string text;
  uint64_t order = 1;
  int64_t time_ns = 0;
  uint32_t records = 1;
};

// Bytes that count up from `first`.
Id sample_id(uint8_t first);

// The first place of a stream of the given class, uncompressed, with a fixed salt.
FrameWriter::Place sample_place(EventClass event_class = EventClass::command);
// The place after `frame`, in the same epoch.
FrameWriter::Place place_after(const FrameWriter::Place& place, const SealedFrame& frame);

SealedFrame seal_events(const std::vector<SampleEvent>& events, const FrameWriter::Place& place);
// `count` events of different sizes; event 0 has no text.
std::vector<SampleEvent> sample_events(size_t count);

// The same block with its CRC made right, as whoever changes it on purpose would.
std::string with_right_crc(std::string block);

// What an open block says, as text: equal for two blocks that say the same.
std::string describe(const OpenBlock& block);
// The same of a block that must open; its error message when it does not.
std::string describe_block(std::string_view block);

}  // namespace spoor
