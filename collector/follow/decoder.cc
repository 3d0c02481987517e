#include "collector/follow/decoder.h"

#include <google/protobuf/arena.h>

#include <algorithm>

#include "collector/limits.h"
#include "common/check.h"
#include "common/log.h"

namespace spoor::collector {

namespace {

// To count the memory of an event exactly takes longer than to parse it: of a small one it is taken
// for the most that it can be. Two bytes, an empty field, take at most this: a message of ours has
// less, with its pointer and what the allocator adds.
constexpr size_t kSmallEventBytes = 4096;
constexpr size_t most_memory_of(size_t fields_bytes) { return fields_bytes / 2 * 512; }

std::shared_ptr<v1::Event> parse(std::string_view wire) {
  auto event = std::make_shared<v1::Event>();
  return event->ParseFromArray(wire.data(), static_cast<int>(wire.size())) ? event : nullptr;
}

size_t memory_of(const v1::Event& event, size_t fields_bytes) {
  return fields_bytes > kSmallEventBytes ? event.SpaceUsedLong() : most_memory_of(fields_bytes);
}

// A few bytes can unfold into millions of empty fields, and who parses them may keep them for good.
bool unfolds(std::string_view wire) {
  if (most_memory_of(wire.size()) <= kEventMemoryMax) return false;
  const std::shared_ptr<v1::Event> event = parse(wire);
  return event != nullptr && memory_of(*event, wire.size()) > kEventMemoryMax;
}

// A hole in a stream, as a Loss event will tell it.
struct Hole {
  v1::Loss::Scope scope = v1::Loss::SCOPE_STREAM;
  v1::Loss::Cause cause = v1::Loss::CAUSE_CORRUPT;
  uint64_t epoch = 0;
  uint64_t first = 0;  // sequences, inclusive
  uint64_t last = 0;
  uint64_t count = 0;
  const char* unit = "events";
  bool exact = true;
  uint64_t order_before = 0;
  uint64_t order_after = 0;
  int64_t from_ns = 0;
  int64_t until_ns = 0;
};

void tell_loss(const Hole& hole, const LogEntry& entry, const Decoder::Take& take) {
  v1::Event event;
  event.set_order(hole.order_before);
  event.set_time_ns(hole.from_ns != 0 ? hole.from_ns : entry.received_ns);
  event.mutable_origin()->set_writer(v1::Origin::WRITER_COLLECTOR);
  event.mutable_origin()->set_source("log");
  v1::Loss& loss = *event.mutable_loss();
  loss.set_scope(hole.scope);
  loss.set_cause(hole.cause);
  loss.set_unit(hole.unit);
  loss.set_count(hole.count);
  loss.set_exact(hole.exact);
  loss.set_first(hole.first);
  loss.set_last(hole.last);
  loss.set_order_before(hole.order_before);
  loss.set_order_after(hole.order_after);
  loss.set_stream_class(static_cast<v1::Class>(entry.head.event_class));
  loss.set_from_ns(hole.from_ns);
  loss.set_until_ns(hole.until_ns);
  const std::string wire = event.SerializeAsString();
  CHECK(take({entry.agent, entry.head.stream, entry.head.event_class, hole.epoch, hole.first,
              entry.received_ns, entry.number, wire}));
}

v1::Loss::Cause loss_cause(Tombstone::Cause cause) {
  switch (cause) {
    case Tombstone::Cause::spool_full: return v1::Loss::CAUSE_SPOOL_FULL;
    case Tombstone::Cause::disk_full: return v1::Loss::CAUSE_DISK_FULL;
    case Tombstone::Cause::io_error: return v1::Loss::CAUSE_IO_ERROR;
    case Tombstone::Cause::spool_missing: return v1::Loss::CAUSE_SPOOL_MISSING;
    case Tombstone::Cause::collector_rollback: return v1::Loss::CAUSE_COLLECTOR_ROLLBACK;
    case Tombstone::Cause::queue_full: return v1::Loss::CAUSE_QUEUE_FULL;
  }
  return v1::Loss::CAUSE_UNSPECIFIED;
}

v1::Loss::Scope loss_scope(Tombstone::Cause cause) {
  if (cause == Tombstone::Cause::collector_rollback) return v1::Loss::SCOPE_STREAM;
  if (cause == Tombstone::Cause::queue_full) return v1::Loss::SCOPE_QUEUE;
  return v1::Loss::SCOPE_SPOOL;
}

// The order before the first of a frame's own; 0 when the frame does not know its orders.
uint64_t order_before(const FrameHeader& h) { return h.first_order > 0 ? h.first_order - 1 : 0; }
uint64_t order_after(const FrameHeader& h) { return h.last_order > 0 ? h.last_order + 1 : 0; }

std::string name_of(const LogEntry& entry, uint64_t epoch, uint64_t sequence) {
  return entry.agent + "/" + event_class_name(entry.head.event_class) + "/" +
         std::to_string(epoch) + "/" + std::to_string(sequence);
}

}  // namespace

Decoder::Decoder(OnCheckpoint on_checkpoint, std::span<const StreamMark> marks)
    : on_checkpoint_(std::move(on_checkpoint)) {
  for (const StreamMark& mark : marks)
    seen_[mark.stream] = {mark.epoch, mark.sequence, mark.order};
}

std::optional<StreamMark> Decoder::mark_of(const Id& stream) const {
  const auto seen = seen_.find(stream);
  if (seen == seen_.end() || seen->second.epoch == 0) return std::nullopt;
  return StreamMark{stream, seen->second.epoch, seen->second.sequence, seen->second.order};
}

size_t Decoder::decode(const LogEntry& entry, std::vector<IndexedEvent>& out) {
  using google::protobuf::Arena;
  size_t memory = 0;
  const auto arena = std::make_shared<Arena>();
  decode(entry, [&](const FrameEvent& event) -> std::optional<uint64_t> {
    const size_t size = event.wire.size();
    auto* const parsed = Arena::CreateMessage<v1::Event>(arena.get());
    if (!parsed->ParseFromArray(event.wire.data(), static_cast<int>(size))) return std::nullopt;
    memory += memory_of(*parsed, size);
    char* const wire = Arena::CreateArray<char>(arena.get(), size);
    std::ranges::copy(event.wire, wire);
    out.push_back({entry.agent, event.stream, event.event_class, event.epoch, event.sequence,
                   event.received_ns, {arena, parsed}, event.entry, true, {wire, size}});
    return parsed->order();
  });
  return memory;
}

void Decoder::decode(const LogEntry& entry, const Take& take) {
  const Sink sink{entry, take};
  const Result<OpenBlock> block = OpenBlock::open(as_bytes(entry.block));
  if (!block.is_ok()) return give_up_block(entry, block.status(), sink);
  for (const Frame& frame : block->frames()) {
    // The stream under which the entry was accepted is the one that counts.
    if (frame.head.header.stream == entry.head.stream) decode_frame(frame, sink);
  }
}

void Decoder::decode_frame(const Frame& frame, const Sink& sink) {
  const FrameHeader& h = frame.head.header;
  Seen& seen = seen_[h.stream];
  const bool repeated = h.epoch < seen.epoch || (h.epoch == seen.epoch &&
                                                 h.last_sequence <= seen.sequence);
  if (h.kind == FrameKind::checkpoint && on_checkpoint_) on_checkpoint_(sink.entry, frame);
  const bool is_of_checkpoints = h.last_sequence < h.first_sequence;
  if (h.kind == FrameKind::tombstone && is_of_checkpoints)
    return note_missing_checkpoints(frame, seen, sink);
  if (h.kind == FrameKind::checkpoint || repeated) return;
  note_hole(h, seen, sink);
  if (h.kind == FrameKind::data)
    decode_data(frame, sink);
  else
    decode_tombstone_frame(frame, seen, sink);
  advance(seen, h);
}

void Decoder::decode_data(const Frame& frame, const Sink& sink) {
  const FrameHeader& h = frame.head.header;
  uint64_t last_order = order_before(h);
  for (size_t i = 0; i < frame.entries.size(); ++i) {
    const uint64_t sequence = h.first_sequence + i;
    if (!frame.entries[i].fields) continue;  // erased on purpose; the log of that says so
    const std::string_view wire = *frame.entries[i].fields;
    const bool is_large = unfolds(wire);
    std::optional<uint64_t> order;
    if (!is_large) {
      order = sink.take({sink.entry.agent, h.stream, h.event_class, h.epoch, sequence,
                         sink.entry.received_ns, sink.entry.number, wire});
    }
    if (order) {
      last_order = std::max(last_order, *order);
      continue;
    }
    log_warning("{}: an event {}", name_of(sink.entry, h.epoch, sequence),
                is_large ? "takes too much memory" : "does not parse");
    Hole hole{.epoch = h.epoch, .first = sequence, .last = sequence, .count = 1};
    hole.order_before = last_order;
    hole.order_after = order_after(h);
    hole.from_ns = h.time_min_ns;
    hole.until_ns = h.time_max_ns;
    tell_loss(hole, sink.entry, sink.take);
  }
}

void Decoder::decode_tombstone_frame(const Frame& frame, const Seen& before, const Sink& sink) {
  const FrameHeader& h = frame.head.header;
  if (!frame.entries.front().fields) return give_up_frame(h, sink);
  const Result<Tombstone> tombstone = decode_tombstone(*frame.entries.front().fields);
  if (!tombstone.is_ok()) return give_up_frame(h, sink);
  Hole hole{.epoch = h.epoch, .first = h.first_sequence, .last = h.last_sequence};
  hole.scope = loss_scope(tombstone->cause);
  hole.cause = loss_cause(tombstone->cause);
  hole.count = tombstone->events;
  // A Skip's tombstone does not know its orders: it lies behind what came before it.
  hole.order_before = h.last_order > 0              ? order_before(h)
                      : before.epoch == h.epoch ? before.order
                                                : 0;
  hole.order_after = order_after(h);
  hole.from_ns = h.time_min_ns;
  hole.until_ns = h.time_max_ns;
  tell_loss(hole, sink.entry, sink.take);
}

// No event is missing; but what vouched for those before it is.
void Decoder::note_missing_checkpoints(const Frame& frame, const Seen& before, const Sink& sink) {
  const FrameHeader& h = frame.head.header;
  Hole hole{.epoch = h.epoch, .first = 0, .last = 0, .count = 1};
  hole.exact = false;
  hole.cause = v1::Loss::CAUSE_SPOOL_MISSING;
  if (const auto& fields = frame.entries.front().fields) {
    const Result<Tombstone> tombstone = decode_tombstone(*fields);
    if (tombstone.is_ok()) hole.cause = loss_cause(tombstone->cause);
  }
  hole.unit = "checkpoints";
  hole.order_before = hole.order_after = before.epoch == h.epoch ? before.order : 0;
  tell_loss(hole, sink.entry, sink.take);
}

void Decoder::note_hole(const FrameHeader& h, const Seen& before, const Sink& sink) {
  Hole hole;
  if (before.epoch == 0) {
    // The first frame of this stream in this log. What came before it went elsewhere, or nowhere.
    if (h.first_sequence == 1 && h.previous_epoch == 0) return;
    hole.cause = v1::Loss::CAUSE_UNKNOWN_GAP;
    hole.epoch = h.epoch;
    hole.first = h.first_sequence > 1 ? 1 : 0;
    hole.last = h.first_sequence - 1;
    hole.exact = h.previous_epoch == h.epoch && h.first_sequence > 1;
    hole.order_after = h.first_order;
  } else if (h.epoch == before.epoch) {
    if (h.first_sequence <= before.sequence + 1) return;
    hole.epoch = h.epoch;
    hole.first = before.sequence + 1;
    hole.last = h.first_sequence - 1;
    hole.order_before = before.order;
    hole.order_after = h.first_order;
  } else {
    const bool missing =
        h.previous_epoch > before.epoch ||
        (h.previous_epoch == before.epoch && h.previous_sequence > before.sequence);
    if (!missing) return;
    hole.exact = h.previous_epoch == before.epoch;
    hole.epoch = before.epoch;
    hole.first = before.sequence + 1;
    hole.last = hole.exact ? h.previous_sequence : hole.first;
    hole.order_before = before.order;
  }
  hole.count = hole.last == 0 ? 0 : hole.last - hole.first + 1;
  log_warning("{}: missing in the log up to {}", name_of(sink.entry, hole.epoch, hole.first),
              hole.last);
  tell_loss(hole, sink.entry, sink.take);
}

// The outside may still be good: then the hole is known exactly.
void Decoder::give_up_block(const LogEntry& entry, const Status& why, const Sink& sink) {
  log_error("{}: stored bytes do not verify: {}",
            name_of(entry, entry.head.epoch, entry.head.sequence), why.message());
  Seen& seen = seen_[entry.head.stream];
  const Result<BlockOutside> outside = read_block_outside(as_bytes(entry.block));
  if (outside.is_ok()) {
    for (const FrameHead& frame : outside->frames) {
      const FrameHeader& h = frame.header;
      if (h.stream != entry.head.stream || h.kind == FrameKind::checkpoint) continue;
      note_hole(h, seen, sink);
      give_up_frame(h, sink);
      advance(seen, h);
    }
    return;
  }
  const StreamHead& head = entry.head;
  const bool known = seen.epoch == head.epoch && head.sequence > seen.sequence;
  if (seen.epoch == head.epoch && !known) return;  // a checkpoint, or seen before
  Hole hole{.epoch = head.epoch, .first = known ? seen.sequence + 1 : head.sequence,
            .last = head.sequence};
  hole.count = hole.last - hole.first + 1;
  hole.exact = known;
  hole.order_before = known ? seen.order : 0;
  tell_loss(hole, entry, sink.take);
  seen = {head.epoch, head.sequence, known ? seen.order : 0};
}

void Decoder::give_up_frame(const FrameHeader& h, const Sink& sink) {
  Hole hole{.epoch = h.epoch, .first = h.first_sequence, .last = h.last_sequence};
  hole.count = h.last_sequence - h.first_sequence + 1;
  hole.order_before = order_before(h);
  hole.order_after = order_after(h);
  hole.from_ns = h.time_min_ns;
  hole.until_ns = h.time_max_ns;
  tell_loss(hole, sink.entry, sink.take);
}

void Decoder::advance(Seen& seen, const FrameHeader& h) {
  const uint64_t order = h.epoch == seen.epoch ? std::max(seen.order, h.last_order) : h.last_order;
  seen = {h.epoch, h.last_sequence, order};
}

}  // namespace spoor::collector
