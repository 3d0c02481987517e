// Writes one stream as an agent would: frames that follow one another. For tests.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "common/frame/writer.h"
#include "spoor/v1/event.pb.h"
#include "tests/support/newer_format.h"

namespace spoor {

class StreamWriter {
 public:
  explicit StreamWriter(uint8_t name, EventClass event_class = EventClass::command) {
    place_.stream.fill(name);
    place_.event_class = event_class;
    place_.epoch = 1;
    place_.epoch_nonce.fill(static_cast<uint8_t>(0x80 | name));
  }

  const Id& stream() const { return place_.stream; }
  EventClass event_class() const { return place_.event_class; }
  uint64_t epoch() const { return place_.epoch; }
  const Id& nonce() const { return place_.epoch_nonce; }
  // The last sequence, order and chain value.
  uint64_t sequence() const { return place_.previous.epoch == place_.epoch ? last_ : 0; }
  uint64_t order() const { return order_; }
  void set_order(uint64_t order) { order_ = order; }
  const Hash& chain() const { return place_.previous.chain; }

  // A frame of these events; the order of each is set.
  SealedFrame frame(std::vector<v1::Event> events) {
    FrameWriter writer;
    for (v1::Event& event : events) {
      event.set_order(++order_);
      writer.add(event.SerializeAsString(), "text", order_, event.time_ns(), 1);
    }
    return take(writer.seal(place()));
  }
  SealedFrame frame(size_t events = 1) { return frame(std::vector<v1::Event>(events)); }
  // As a later release writes it.
  SealedFrame newer_frame(size_t events = 1) {
    SealedFrame sealed = of_newer_format(frame(events));
    place_.previous.chain = sealed.chain;
    return sealed;
  }
  // A frame whose events are no protobuf.
  SealedFrame junk_frame() {
    FrameWriter writer;
    writer.add("\xff\xff\xff\xff", "text", ++order_, 1, 1);
    return take(writer.seal(place()));
  }
  // The spool's tombstone in place of `frames`, which must follow one another.
  SealedFrame tombstone(const std::vector<SealedFrame>& frames,
                        Tombstone::Cause cause = Tombstone::Cause::spool_full) {
    const FrameHeader& first = frames.front().header;
    const FrameHeader& last = frames.back().header;
    FrameWriter::Place place = place_;
    place.first_sequence = first.first_sequence;
    place.last_sequence = last.last_sequence;
    place.previous = {first.previous_epoch, first.previous_sequence,
                      frames.front().previous_chain};
    const uint64_t events = last.last_sequence - first.first_sequence + 1;
    return FrameWriter::seal_tombstone(
        place, {cause, events, frames.back().chain},
        {first.first_order, last.last_order, first.time_min_ns, last.time_max_ns, 1});
  }
  // Where the stream stands: what a checkpoint says of it.
  ChainHead head() const { return {place_.previous.epoch, last_, place_.previous.chain}; }
  SealedFrame checkpoint(const std::string& entry = "signature") {
    FrameWriter writer(FrameKind::checkpoint);
    writer.add(entry, "", 0, 0, 0);
    FrameWriter::Place at = place();
    at.last_sequence = at.first_sequence - 1;
    SealedFrame sealed = writer.seal(at);
    last_ = at.last_sequence;
    place_.previous = {place_.epoch, last_, sealed.chain};
    return sealed;
  }
  // The writer starts again behind that point, in an epoch greater than its own and the point's.
  void go_on_from(const ChainHead& point) {
    place_.epoch = std::max(place_.epoch, point.epoch);
    next_epoch();
    place_.epoch_nonce = random_id();
    place_.previous = point;
    last_ = point.sequence;
  }
  // Streams of its own, which begin with nothing.
  void begin_anew(const Id& stream) {
    place_.stream = stream;
    place_.epoch = 1;
    place_.epoch_nonce = random_id();
    place_.previous = {};
    last_ = order_ = 0;
  }
  // The writer starts again.
  void next_epoch() {
    ++place_.epoch;
    place_.epoch_nonce[0] = static_cast<uint8_t>(place_.epoch);
    order_ = 0;
  }

 private:
  FrameWriter::Place place() const {
    FrameWriter::Place out = place_;
    out.first_sequence = sequence() + 1;
    out.previous.sequence = last_;
    return out;
  }
  SealedFrame take(SealedFrame sealed) {
    last_ = sealed.header.last_sequence;
    place_.previous = {place_.epoch, last_, sealed.chain};
    return sealed;
  }

  FrameWriter::Place place_;
  uint64_t last_ = 0;
  uint64_t order_ = 0;
};

}  // namespace spoor
