#include "tests/support/sample_frames.h"

#include "common/crc32c.h"

namespace spoor {
namespace {

std::string describe_bytes(const std::optional<std::string_view>& bytes) {
  return bytes.has_value() ? to_hex(as_bytes(*bytes)) : "gone";
}

}  // namespace

Id sample_id(uint8_t first) {
  Id id;
  for (uint8_t& b : id) b = first++;
  return id;
}

FrameWriter::Place sample_place(EventClass event_class) {
  FrameWriter::Place place;
  place.event_class = event_class;
  place.stream = sample_id(static_cast<uint8_t>(0x10 * static_cast<uint8_t>(event_class)));
  place.epoch = 3;
  place.epoch_nonce = sample_id(0xA0);
  place.first_sequence = 1;
  place.zstd_level = 0;
  place.salt = sample_id(0xC0);
  return place;
}

FrameWriter::Place place_after(const FrameWriter::Place& place, const SealedFrame& frame) {
  FrameWriter::Place next = place;
  next.previous = {frame.header.epoch, frame.header.last_sequence, frame.chain};
  next.first_sequence = frame.header.last_sequence + 1;
  return next;
}

SealedFrame seal_events(const std::vector<SampleEvent>& events, const FrameWriter::Place& place) {
  FrameWriter writer;
  for (const SampleEvent& e : events) writer.add(e.fields, e.text, e.order, e.time_ns, e.records);
  return writer.seal(place);
}

std::vector<SampleEvent> sample_events(size_t count) {
  std::vector<SampleEvent> events;
  for (size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    events.push_back({"fields of event " + number + std::string(i % 7, '.'),
                      i == 0 ? "" : "audit(1700000000.123:" + number + "): text",
                      10 + i, 1'700'000'000'000'000'000 + static_cast<int64_t>(i),
                      static_cast<uint32_t>(i % 4)});
  }
  return events;
}

std::string with_right_crc(std::string block) {
  if (block.size() < 12) return block;
  const uint32_t crc = crc32c(as_bytes(block).subspan(12));
  store_le(reinterpret_cast<uint8_t*>(block.data()) + 8, crc);
  return block;
}

std::string describe(const OpenBlock& block) {
  std::string out;
  for (const Frame& frame : block.frames()) {
    out += "frame " + to_hex(as_bytes(encode_header(frame.head.header))) + " after " +
           to_hex(frame.head.previous_chain) + " is " + to_hex(frame.head.chain) + "\n";
    for (const FrameEntry& entry : frame.entries) {
      out += "  fields " + describe_bytes(entry.fields) + " text " + describe_bytes(entry.text) +
             "\n";
    }
  }
  return out + (block.text_retired() ? "text retired\n" : "");
}

std::string describe_block(std::string_view block) {
  const Result<OpenBlock> open = OpenBlock::open(as_bytes(block));
  return open.is_ok() ? describe(*open) : open.status().message();
}

}  // namespace spoor
