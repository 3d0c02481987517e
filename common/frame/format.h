// The constants and the fixed header of the frame format; docs/frame.md is the specification and
// the reasons. Writer, reader and repack share this file and nothing else describes the bytes.
//
// A frame is a batch of events of one stream. Its canonical header (232 bytes, hashed into the
// chain) commits to every event through two Merkle roots. A block is how frames are stored and
// shipped: one or more frames whose sections are compressed together; a block may be rebuilt, a
// frame never.
#pragma once

#include <cstdint>
#include <string>

#include "common/bytes.h"

namespace spoor {

inline constexpr uint16_t kFrameFormatVersion = 1;
// Version of event.proto that the events were written with; grows with each added field or kind.
inline constexpr uint16_t kEventSchemaVersion = 1;

inline constexpr uint32_t kBlockMagic = 0x31425053;    // "SPB1"
inline constexpr uint32_t kSegmentMagic = 0x31535053;  // "SPS1"

// Sizes, chained: event <= 8 MiB < frame 9 MiB < gRPC message 10 MiB < window 16 MiB.
inline constexpr size_t kEventBytesMax = 8u << 20;      // fields and text of one event, together
inline constexpr size_t kFrameBytesTarget = 256u << 10; // close at this many section bytes
inline constexpr size_t kFrameBytesMax = 9u << 20;      // a block of one frame, as shipped
inline constexpr size_t kFrameEventsMax = 8192;         // entries of one frame
inline constexpr size_t kBlockFramesMax = 4096;         // frames of a repacked block
inline constexpr size_t kBlockBytesMax = 32u << 20;     // a repacked block, stored
inline constexpr size_t kBlockEntriesMax = 1u << 20;    // entries of all its frames, per section
inline constexpr size_t kSectionBytesMax = 64u << 20;   // one section of a block, unpacked
// A frame that closes at the target and then takes one largest event still fits, also when each of
// its entries carries a tag and a salt of its own (36 bytes) in both sections.
static_assert(kFrameBytesTarget + kEventBytesMax + kFrameEventsMax * 2 * 36 + 1024 <
              kFrameBytesMax);

enum class FrameKind : uint8_t { data = 1, tombstone = 2, checkpoint = 3 };
// How a block packs a section. `retired`: dropped for good, only the roots speak of it.
enum class Codec : uint8_t { none = 0, zstd = 1, retired = 255 };
// The streams of one writer; the numbers are those of spoor.v1.Class.
enum class EventClass : uint8_t { access = 1, command = 2, activity = 3, input = 4 };
inline constexpr size_t kEventClasses = 4;
const char* event_class_name(EventClass c);  // "access", "command", "activity", "input"

// A copy's secret for a frame, from which the salt of each leaf is derived.
using Salt = std::array<uint8_t, 16>;

// The canonical header. What is not in here (codec, lengths, CRC, salts) belongs to a copy.
struct FrameHeader {
  uint16_t format_version = kFrameFormatVersion;
  uint16_t schema_version = kEventSchemaVersion;
  FrameKind kind = FrameKind::data;
  EventClass event_class = EventClass::access;
  // Entries in each section: events of a data frame, 1 in the others.
  uint32_t entries = 0;
  // Kernel records (or log lines) behind the events.
  uint32_t records = 0;
  Id stream{};
  uint64_t epoch = 0;
  Id epoch_nonce{};
  // Data: the events' sequences. Tombstone: the evicted ones. Checkpoint: empty (last = first - 1).
  uint64_t first_sequence = 0;
  uint64_t last_sequence = 0;
  // `order` of the first and last event (of the evicted ones in a tombstone); 0, 0 in a checkpoint.
  uint64_t first_order = 0;
  uint64_t last_order = 0;
  // Least and greatest event time, ns since 1970 UTC.
  int64_t time_min_ns = 0;
  int64_t time_max_ns = 0;
  // What this frame follows: the frame that ended with this sequence of this epoch. In the first
  // frame of an epoch it names the last frame known on that disk (0, 0 on a new one).
  uint64_t previous_epoch = 0;
  uint64_t previous_sequence = 0;
  Hash fields_root{};
  Hash text_root{};
  // What a later version says in bytes that are zero in ours, in their order.
  std::array<uint8_t, 46> reserved{};
};
// Packed in a way that only a later version can read. A tombstone's block is that of version 1 in
// each of them, since who ships and stores frames has to know where it ends.
bool is_of_newer_format(const FrameHeader& header);

inline constexpr size_t kCanonicalHeaderSize = 232;
// Byte offsets in the canonical header, little endian throughout.
inline constexpr uint32_t kHeaderMagic = 0x31465053;  // "SPF1", bytes 0..3

// Exactly kCanonicalHeaderSize bytes.
std::string encode_header(const FrameHeader& header);
// `corrupt` for a wrong magic, size, kind or reserved byte, or fields that contradict each other.
// Of any version: docs/frame.md says what all of them have in common.
Result<FrameHeader> decode_header(ByteView bytes);
// SHA-256(0x02 || previous || encode_header(header)).
Hash chain_value(const Hash& previous, const FrameHeader& header);

// What the single entry of a tombstone says. It stands where `first_sequence..last_sequence` was;
// the next frame of the stream follows `end_chain`, not the tombstone's own value.
struct Tombstone {
  enum class Cause : uint8_t { spool_full = 1, disk_full = 2, io_error = 3, spool_missing = 4,
                               collector_rollback = 5, queue_full = 6 };
  Cause cause = Cause::spool_full;
  uint64_t events = 0;
  Hash end_chain{};
};
std::string encode_tombstone(const Tombstone& tombstone);
Result<Tombstone> decode_tombstone(std::string_view bytes);

}  // namespace spoor
