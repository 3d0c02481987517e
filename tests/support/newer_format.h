// Frames as a later release of Spoor may write them. For tests.
#pragma once

#include <string>

#include "common/crc32c.h"
#include "common/frame/writer.h"

namespace spoor {

// The same frame of the next format version: it says something in the header's reserved bytes,
// and, unless it is a tombstone, packs its text in a way that nobody knows yet.
inline SealedFrame of_newer_format(SealedFrame frame) {
  frame.header.format_version = kFrameFormatVersion + 1;
  frame.header.reserved.fill(7);
  frame.chain = chain_value(frame.previous_chain, frame.header);
  constexpr size_t kTextCodecAt = 15;
  constexpr size_t kHeadAt = 32;
  constexpr size_t kCrcEnd = 12;
  std::string& block = frame.block;
  if (frame.header.kind != FrameKind::tombstone) block[kTextCodecAt] = 9;
  block.replace(kHeadAt + 32, kCanonicalHeaderSize, encode_header(frame.header));
  block.replace(kHeadAt + 32 + kCanonicalHeaderSize, 32, as_text(frame.chain));
  store_le(reinterpret_cast<uint8_t*>(block.data()) + 8,
           crc32c(as_bytes(block).subspan(kCrcEnd)));
  return frame;
}

}  // namespace spoor
