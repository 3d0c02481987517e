#include "agent/encode/encoder.h"

#include "common/frame/checkpoint.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

bool serial_before(uint32_t a, uint32_t b) { return static_cast<int32_t>(a - b) < 0; }

}  // namespace

struct Encoder::OpenFrame {
  EventClass event_class = EventClass::access;
  Id stream{};
  ChainHead head;
  FrameWriter writer;
  int64_t opened_ns = 0;  // boottime of its first event
  uint64_t serials = 0;
  std::optional<uint32_t> least_serial;
};

Encoder::Encoder(const Host& host, const WriterPlace& place,
                 std::function<void(EncodedFrame&&)> sink)
    : proto_(host), epoch_(place.epoch), nonce_(place.nonce), sink_(std::move(sink)) {
  for (size_t i = 0; i < kEventClasses; ++i) {
    open_[i] = std::make_unique<OpenFrame>();
    open_[i]->event_class = static_cast<EventClass>(i + 1);
    open_[i]->stream = place.streams[i].id;
    open_[i]->head = place.streams[i].head;
  }
}

Encoder::~Encoder() = default;

// Who logged in matters at once; commands only when many come.
int64_t Encoder::window_ns(EventClass event_class, size_t entries) const {
  if (event_class == EventClass::access) return windows_.access_ns;
  if (event_class != EventClass::command) return windows_.other_ns;
  return entries >= windows_.busy_command_events ? windows_.busy_command_ns : windows_.command_ns;
}

void Encoder::add(const Fact& fact, Instant now) {
  OpenFrame& open = *open_[static_cast<size_t>(class_of(fact)) - 1];
  std::string_view event = proto_.event(fact);
  std::string_view text = proto_.text(fact);
  if (event.size() + text.size() > kEventBytesMax) {
    // A million empty arguments cost more as messages than as bytes: the typed fields stay.
    event = proto_.event(fact, true);
    text = proto_.text(fact, true);
  }
  CHECK(event.size() + text.size() <= kEventBytesMax);

  const size_t bytes = event.size() + text.size();
  const bool too_big = open.writer.bytes() + bytes > kFrameBytesTarget;
  if (open.writer.entries() > 0 && (too_big || open.writer.entries() == kFrameEventsMax))
    seal(open);
  if (open.writer.entries() == 0) open.opened_ns = now.boottime_ns;
  const bool has_records = fact.audit != nullptr && !fact.without_records;
  const auto records = has_records ? fact.audit->records.size() : 0;
  open.writer.add(event, text, fact.order, fact.time_ns,
                  static_cast<uint32_t>(records));
  if (fact.audit != nullptr && !fact.audit->late) {
    const uint32_t serial = fact.audit->key.serial;
    if (!open.least_serial || serial_before(serial, *open.least_serial)) open.least_serial = serial;
  }
  open.serials += serials_of(fact);
  if (open.writer.bytes() >= kFrameBytesTarget) seal(open);
}

void Encoder::tick(Instant now) {
  for (const auto& open : open_) {
    if (open->writer.entries() == 0) continue;
    const int64_t age_ns = now.boottime_ns - open->opened_ns;
    if (age_ns >= window_ns(open->event_class, open->writer.entries())) seal(*open);
  }
}

void Encoder::flush() {
  for (const auto& open : open_) {
    if (open->writer.entries() > 0) seal(*open);
  }
}

std::optional<uint32_t> Encoder::least_open_serial() const {
  std::optional<uint32_t> least;
  for (const auto& open : open_) {
    if (!open->least_serial) continue;
    if (!least || serial_before(*open->least_serial, *least)) least = open->least_serial;
  }
  return least;
}

FrameWriter::Place Encoder::place_of(const OpenFrame& open) const {
  FrameWriter::Place place;
  place.event_class = open.event_class;
  place.stream = open.stream;
  place.epoch = epoch_;
  place.epoch_nonce = nonce_;
  place.first_sequence = open.head.epoch == epoch_ ? open.head.sequence + 1 : 1;
  place.previous = open.head;
  return place;
}

void Encoder::seal(OpenFrame& open) {
  EncodedFrame encoded{open.writer.seal(place_of(open), packer_), open.serials};
  open.head = {epoch_, encoded.frame.header.last_sequence, encoded.frame.chain};
  open.serials = 0;
  open.least_serial.reset();
  sealed_since_checkpoint_ = true;
  sink_(std::move(encoded));
}

void Encoder::checkpoint(const SigningKey& key, Instant now) {
  OpenFrame& access = *open_.front();
  // An epoch of a stream begins with an event.
  if (!sealed_since_checkpoint_ || access.head.epoch != epoch_) return;
  Checkpoint checkpoint;
  checkpoint.time_ns = now.realtime_ns;
  for (size_t i = 0; i < kEventClasses; ++i) {
    checkpoint.streams[i] = {open_[i]->stream, open_[i]->head};
  }
  const auto entry = seal_checkpoint(checkpoint, key);
  if (!entry.is_ok()) return log_error("signing a checkpoint: {}", entry.status().message());
  FrameWriter writer(FrameKind::checkpoint);
  writer.add(*entry, "", 0, now.realtime_ns, 0);
  FrameWriter::Place place = place_of(access);
  place.last_sequence = access.head.sequence;
  EncodedFrame encoded{writer.seal(place, packer_), 0};
  access.head.chain = encoded.frame.chain;
  sealed_since_checkpoint_ = false;
  sink_(std::move(encoded));
}

}  // namespace spoor::agent
