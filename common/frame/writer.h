// Builds one frame: events in, one sealed block out. A frame is sealed once; nobody encodes an
// event twice. Owned and used by one thread.
#pragma once

#include <string>
#include <string_view>

#include "common/frame/format.h"

namespace spoor {

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

class FrameWriter {
 public:
  // `kind` data unless said otherwise.
  explicit FrameWriter(FrameKind kind = FrameKind::data) : kind_(kind) {}

  // Appends one event: its serialized fields and its serialized text (may be empty). The caller
  // keeps event sizes under kEventBytesMax. `order` grows from call to call.
  void add(std::string_view fields, std::string_view text, uint64_t order, int64_t time_ns,
           uint32_t records);
  size_t entries() const { return entries_; }
  // Section bytes gathered so far.
  size_t bytes() const { return fields_.size() + text_.size(); }

  // Where and after what the frame stands; the rest of the header comes from the entries.
  struct Place {
    EventClass event_class = EventClass::access;
    Id stream{};
    uint64_t epoch = 0;
    Id epoch_nonce{};
    uint64_t first_sequence = 1;
    uint64_t last_sequence = 0;  // used by tombstone and checkpoint; data counts its entries
    ChainHead previous;
  };
  // Computes salt, leaves, roots and chain, compresses, and empties the writer for the next frame.
  SealedFrame seal(const Place& place);

 private:
  FrameKind kind_;
  uint32_t entries_ = 0;
  uint32_t records_ = 0;
  uint64_t first_order_ = 0;
  uint64_t last_order_ = 0;
  int64_t time_min_ns_ = 0;
  int64_t time_max_ns_ = 0;
  std::string fields_;
  std::string text_;
};

}  // namespace spoor
