// Reads blocks: the cheap way, which looks at headers and the CRC and decompresses nothing (what a
// collector does before it commits), and the whole way, which unpacks events and proves them
// against the frame's roots. No state, any thread. Input is hostile: every length is checked
// against docs/frame.md's limits before it is believed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/frame/format.h"

namespace spoor {

// One frame's place in a block.
struct FrameHead {
  FrameHeader header;
  Hash previous_chain{};
  Hash chain{};
};

// A block's outside: the frames' heads, and that CRC and each head's chain value check.
struct BlockOutside {
  std::vector<FrameHead> frames;
  size_t size = 0;  // bytes of the block at the start of the input
  bool text_retired = false;
};

// The size of the block that starts here, once its first bytes are there: nullopt if more input is
// needed to tell, `corrupt` for what cannot be a block.
Result<std::optional<size_t>> block_size(ByteView start);
// `bytes` starts with a block and may go on after it. `corrupt` when it is cut short, the CRC is
// wrong, a header breaks a limit or a chain value is not what its header and predecessor give. Of
// frames of any format. Says nothing about the order of a block's frames.
Result<BlockOutside> read_block_outside(ByteView bytes);

// One event of one frame. `fields` is nullopt when the event was erased, `text` when it was erased
// or retired.
struct FrameEntry {
  std::optional<std::string_view> fields;
  std::optional<std::string_view> text;
};
struct Frame {
  FrameHead head;
  std::vector<FrameEntry> entries;  // views into the OpenBlock that holds them
};

// A block unpacked and proven: every leaf recomputed, every root equal to its header's. `invalid`
// when a frame is of a newer format.
class OpenBlock {
 public:
  static Result<OpenBlock> open(ByteView bytes);
  OpenBlock(OpenBlock&&) = default;
  OpenBlock& operator=(OpenBlock&&) = default;

  const std::vector<Frame>& frames() const { return frames_; }
  bool text_retired() const { return text_retired_; }

 private:
  OpenBlock() = default;
  // Heap-held so that the views survive a move.
  std::unique_ptr<std::string> fields_;
  std::unique_ptr<std::string> text_;
  std::vector<Frame> frames_;
  bool text_retired_ = false;
};

// Where a stream stands for a reader. After a tombstone `chain` is its end_chain.
struct Expected {
  uint64_t epoch = 0;  // 0: nothing is known, anything continues it
  uint64_t next_sequence = 1;
  Hash chain{};
};
// Does `head` continue `expected`? Within an epoch sequence and chain must follow. A new epoch must
// name a point that is held: the head itself, with its chain value, or an older one, where the host
// lost frames that it had not synced. `corrupt` says how not.
Status check_continues(const FrameHead& head, const Expected& expected);

}  // namespace spoor
