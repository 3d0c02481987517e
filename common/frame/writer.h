// Builds one frame: events in, one sealed block out. A frame is sealed once; nobody encodes an
// event twice. Owned and used by one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/frame/format.h"

namespace spoor {

class SectionPacker;

// A sealed frame as a block of one: ready for the spool and the wire.
struct SealedFrame {
  FrameHeader header;
  Hash previous_chain{};
  Hash chain{};
  std::string block;
};

// Where a stream stands: what the next frame continues.
struct ChainHead {
  uint64_t epoch = 0;
  uint64_t sequence = 0;  // the last one; the next frame's first is sequence + 1 (1 in a new epoch)
  Hash chain{};
};

// What a frame's entries span.
struct FrameRange {
  uint64_t first_order = 0;
  uint64_t last_order = 0;
  int64_t time_min_ns = 0;
  int64_t time_max_ns = 0;
  uint32_t records = 0;
};

class FrameWriter {
 public:
  // `kind` data unless said otherwise.
  explicit FrameWriter(FrameKind kind = FrameKind::data) : kind_(kind) {}

  // Appends one event: its serialized fields and its serialized text (may be empty). The caller
  // keeps each event within kEventBytesMax, closes the frame at kFrameBytesTarget or
  // kFrameEventsMax, and gives an `order` that grows.
  void add(std::string_view fields, std::string_view text, uint64_t order, int64_t time_ns,
           uint32_t records);
  size_t entries() const { return entries_; }
  // Section bytes gathered so far, four for each entry's tag among them.
  size_t bytes() const { return fields_.size() + text_.size(); }

  // Where and after what the frame stands; the rest of the header comes from the entries. It must
  // make a header that decode_header() takes.
  struct Place {
    EventClass event_class = EventClass::access;
    Id stream{};
    uint64_t epoch = 0;
    Id epoch_nonce{};
    uint64_t first_sequence = 1;
    uint64_t last_sequence = 0;  // used by tombstone and checkpoint; data counts its entries
    ChainHead previous = {};
    // How hard to compress; 0: not at all.
    int zstd_level = 1;
    // For golden tests; a fresh random one otherwise. Never all zero.
    std::optional<Salt> salt = {};
  };
  // At least one entry was added. Computes salt, leaves, roots and chain, compresses, and empties
  // the writer for the next frame.
  SealedFrame seal(const Place& place, SectionPacker& packer);
  // For a writer of few frames.
  SealedFrame seal(const Place& place);
  // The frame that stands for the evicted sequences of `place`. `range` spans what they spanned, as
  // far as that is known.
  static SealedFrame seal_tombstone(const Place& place, const Tombstone& tombstone,
                                    const FrameRange& range);

 private:
  FrameKind kind_;
  uint32_t entries_ = 0;
  FrameRange range_;
  // Sections as they are stored before packing: a tag and the bytes of each entry.
  std::string fields_;
  std::string text_;
};

}  // namespace spoor
