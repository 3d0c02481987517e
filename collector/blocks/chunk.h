// A piece of an index block that is read by itself: a column of a page, a pack of texts, a slab of
// trigrams. Stored as one zstd frame, or as it is where that makes nothing smaller. Its sizes and
// its CRC-32C lie in the block's layout, so that a piece is proved before it is used, and nothing
// else of the block need be there. Plain values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "collector/blocks/block_bytes.h"

struct ZSTD_CCtx_s;

namespace spoor::collector {

struct Chunk {
  uint64_t offset = 0;    // in the block
  uint32_t size = 0;      // as stored; equal to raw_size: not compressed
  uint32_t raw_size = 0;
  uint32_t crc = 0;       // of the bytes as stored
};

// Packs one after the other, and keeps zstd's tables meanwhile. One thread.
class ChunkPacker {
 public:
  ChunkPacker();
  ~ChunkPacker();

  // Appends `raw` as it is stored to `block`.
  Chunk append(std::string_view raw, std::string& block);

 private:
  struct FreeContext {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, FreeContext> context_;
  std::string room_;
};

// The bytes of `chunk`, which lies in `block`. `corrupt`: it does not lie in it, has another CRC,
// is larger than `raw_size_max`, or is no single zstd frame of its size. Takes no more memory than
// `raw_size_max` whatever is in it. Any thread that may read the block.
Result<std::string> unpack(const Chunk& chunk, const BlockBytes& block, size_t raw_size_max);

}  // namespace spoor::collector
