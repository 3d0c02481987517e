// Takes a block of many frames apart again: each frame as a block of its own, with the header, the
// chain value and the entries that it had, stored plainly, since whoever asks reads it at once.
// What lies inside is not proven: that is for who opens the frame.
//
// Owns what it unpacked, at most both sections. Immutable; any thread.
#pragma once

#include <string>
#include <vector>

#include "common/frame/block.h"

namespace spoor {

class BlockSplitter {
 public:
  // `corrupt` for what is no block, or does not unpack to the entries of its frames.
  static Result<BlockSplitter> open(ByteView block);

  size_t frames() const { return heads_.size(); }
  const FrameHead& head(size_t frame) const { return heads_[frame].head; }
  // `full` for a frame that was never a block by itself.
  Result<std::string> frame(size_t frame) const;

 private:
  BlockSplitter() = default;

  std::vector<SaltedHead> heads_;
  std::string fields_, text_;
  std::vector<size_t> fields_ends_, text_ends_;  // by frame
  bool is_text_retired_ = false;
};

}  // namespace spoor
