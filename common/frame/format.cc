#include "common/frame/format.h"

#include "common/sha256.h"

namespace spoor {
namespace {

constexpr size_t kTombstoneSize = 41;

template <size_t N>
void store(uint8_t* to, const std::array<uint8_t, N>& bytes) {
  std::memcpy(to, bytes.data(), N);
}
template <size_t N>
void load(std::array<uint8_t, N>& to, const uint8_t* from) {
  std::memcpy(to.data(), from, N);
}

// Of the canonical header: where the reserved bytes lie.
struct Reserved {
  size_t at, size;
};
constexpr Reserved kReserved[] = {{10, 2}, {20, 4}, {192, 40}};

// What must hold between a header's own fields.
Status check_entries(const FrameHeader& h) {
  if (h.first_sequence == 0) return corrupt("frame header: sequences begin at 1");
  if (h.kind == FrameKind::checkpoint) {
    if (h.last_sequence != h.first_sequence - 1) {
      return corrupt("frame header: a checkpoint has no sequence of its own");
    }
    if (h.last_order != 0) return corrupt("frame header: a checkpoint has no order");
  } else if (h.last_sequence < h.first_sequence) {
    // A tombstone may stand for checkpoints alone.
    const bool is_empty = h.last_sequence == h.first_sequence - 1;
    if (h.kind != FrameKind::tombstone || !is_empty)
      return corrupt("frame header: the sequence range is empty");
  }
  const uint64_t entries =
      h.kind == FrameKind::data ? h.last_sequence - h.first_sequence + 1 : 1;
  if (h.entries != entries) return corrupt("frame header: entries and sequences disagree");
  if (h.entries > kFrameEventsMax) return corrupt("frame header: too many entries");
  if (h.first_order > h.last_order) return corrupt("frame header: order runs backwards");
  if (h.time_min_ns > h.time_max_ns) return corrupt("frame header: time runs backwards");
  return ok();
}

Status check_previous(const FrameHeader& h) {
  if (h.epoch == 0) return corrupt("frame header: epochs begin at 1");
  if (h.previous_epoch == h.epoch) {
    if (h.previous_sequence != h.first_sequence - 1) {
      return corrupt("frame header: does not follow what it names as previous");
    }
  } else if (h.previous_epoch > h.epoch || h.first_sequence != 1) {
    return corrupt("frame header: an epoch begins at sequence 1, after an older one");
  } else if (h.previous_epoch == 0 && h.previous_sequence != 0) {
    return corrupt("frame header: there is no sequence in epoch 0");
  }
  return ok();
}

}  // namespace

const char* event_class_name(EventClass c) {
  switch (c) {
    case EventClass::access: return "access";
    case EventClass::command: return "command";
    case EventClass::activity: return "activity";
    case EventClass::input: return "input";
  }
  return "unknown";
}

std::string encode_header(const FrameHeader& header) {
  std::string out(kCanonicalHeaderSize, '\0');
  uint8_t* p = reinterpret_cast<uint8_t*>(out.data());
  store_le<uint32_t>(p, kHeaderMagic);
  store_le(p + 4, header.format_version);
  store_le(p + 6, header.schema_version);
  store_le(p + 8, header.kind);
  store_le(p + 9, header.event_class);
  store_le(p + 12, header.entries);
  store_le(p + 16, header.records);
  store(p + 24, header.stream);
  store_le(p + 40, header.epoch);
  store(p + 48, header.epoch_nonce);
  store_le(p + 64, header.first_sequence);
  store_le(p + 72, header.last_sequence);
  store_le(p + 80, header.first_order);
  store_le(p + 88, header.last_order);
  store_le(p + 96, header.time_min_ns);
  store_le(p + 104, header.time_max_ns);
  store_le(p + 112, header.previous_epoch);
  store_le(p + 120, header.previous_sequence);
  store(p + 128, header.fields_root);
  store(p + 160, header.text_root);
  const uint8_t* from = header.reserved.data();
  for (const auto& [at, size] : kReserved) {
    std::memcpy(p + at, from, size);
    from += size;
  }
  return out;
}

Result<FrameHeader> decode_header(ByteView bytes) {
  if (bytes.size() != kCanonicalHeaderSize) return corrupt("frame header: wrong size");
  const uint8_t* p = bytes.data();
  if (load_le<uint32_t>(p) != kHeaderMagic) return corrupt("frame header: wrong magic");
  FrameHeader h;
  h.format_version = load_le<uint16_t>(p + 4);
  h.schema_version = load_le<uint16_t>(p + 6);
  if (h.format_version == 0) return corrupt("frame header: format version 0");
  if (p[8] < 1 || p[8] > 3) return corrupt("frame header: unknown kind");
  if (p[9] < 1 || p[9] > kEventClasses) return corrupt("frame header: unknown class");
  uint8_t* to = h.reserved.data();
  for (const auto& [at, size] : kReserved) {
    std::memcpy(to, p + at, size);
    to += size;
  }
  if (h.format_version <= kFrameFormatVersion && h.reserved != decltype(h.reserved){})
    return corrupt("frame header: a reserved byte is not zero");
  h.kind = static_cast<FrameKind>(p[8]);
  h.event_class = static_cast<EventClass>(p[9]);
  h.entries = load_le<uint32_t>(p + 12);
  h.records = load_le<uint32_t>(p + 16);
  load(h.stream, p + 24);
  h.epoch = load_le<uint64_t>(p + 40);
  load(h.epoch_nonce, p + 48);
  h.first_sequence = load_le<uint64_t>(p + 64);
  h.last_sequence = load_le<uint64_t>(p + 72);
  h.first_order = load_le<uint64_t>(p + 80);
  h.last_order = load_le<uint64_t>(p + 88);
  h.time_min_ns = load_le<int64_t>(p + 96);
  h.time_max_ns = load_le<int64_t>(p + 104);
  h.previous_epoch = load_le<uint64_t>(p + 112);
  h.previous_sequence = load_le<uint64_t>(p + 120);
  load(h.fields_root, p + 128);
  load(h.text_root, p + 160);
  RETURN_IF_ERROR(check_entries(h));
  RETURN_IF_ERROR(check_previous(h));
  return h;
}

bool is_of_newer_format(const FrameHeader& header) {
  return header.format_version > kFrameFormatVersion && header.kind != FrameKind::tombstone;
}

Hash chain_value(const Hash& previous, const FrameHeader& header) {
  static constexpr uint8_t kChain[] = {0x02};
  return Sha256().add(ByteView(kChain)).add(previous).add(encode_header(header)).finish();
}

std::string encode_tombstone(const Tombstone& tombstone) {
  std::string out(kTombstoneSize, '\0');
  uint8_t* p = reinterpret_cast<uint8_t*>(out.data());
  store_le(p, tombstone.cause);
  store_le(p + 1, tombstone.events);
  store(p + 9, tombstone.end_chain);
  return out;
}

Result<Tombstone> decode_tombstone(std::string_view bytes) {
  if (bytes.size() != kTombstoneSize) return corrupt("tombstone: wrong size");
  const uint8_t* p = as_bytes(bytes).data();
  if (p[0] < 1 || p[0] > 6) return corrupt("tombstone: unknown cause");
  Tombstone out;
  out.cause = static_cast<Tombstone::Cause>(p[0]);
  out.events = load_le<uint64_t>(p + 1);
  load(out.end_chain, p + 9);
  return out;
}

}  // namespace spoor
