#include "collector/blocks/chunk.h"

#include <zstd.h>

#include "collector/limits.h"
#include "common/crc32c.h"

namespace spoor::collector {

ChunkPacker::ChunkPacker() : context_(ZSTD_createCCtx()) {
  CHECK(context_ != nullptr);
  CHECK(!ZSTD_isError(
      ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kIndexZstdLevel)));
}
ChunkPacker::~ChunkPacker() = default;
void ChunkPacker::FreeContext::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

Chunk ChunkPacker::append(std::string_view raw, std::string& block) {
  Chunk out;
  out.offset = block.size();
  out.raw_size = static_cast<uint32_t>(raw.size());
  const size_t bound = ZSTD_compressBound(raw.size());
  if (room_.size() < bound) room_.resize(bound);
  const size_t size =
      ZSTD_compress2(context_.get(), room_.data(), room_.size(), raw.data(), raw.size());
  CHECK(!ZSTD_isError(size));
  const std::string_view stored =
      size < raw.size() ? std::string_view(room_).substr(0, size) : raw;
  out.size = static_cast<uint32_t>(stored.size());
  out.crc = crc32c(as_bytes(stored));
  block += stored;
  return out;
}

Result<std::string> unpack(const Chunk& chunk, const BlockBytes& block, size_t raw_size_max) {
  if (chunk.raw_size > raw_size_max || chunk.size > chunk.raw_size) {
    return corrupt("index block: a chunk has an impossible size");
  }
  std::string room;
  ASSIGN_OR_RETURN(const ByteView stored, block.read(chunk.offset, chunk.size, room));
  if (crc32c(stored) != chunk.crc) return corrupt("index block: a chunk has a wrong CRC");
  if (chunk.size == chunk.raw_size) return std::string(as_text(stored));
  // One frame of zstd's own format and nothing else; see common/frame/block.cc.
  if (stored.size() < 4 || load_le<uint32_t>(stored.data()) != ZSTD_MAGICNUMBER ||
      ZSTD_findFrameCompressedSize(stored.data(), stored.size()) != stored.size()) {
    return corrupt("index block: a chunk is not one zstd frame");
  }
  std::string raw(chunk.raw_size, '\0');
  // Of each thread its own: to make one takes longer than to unpack a chunk.
  static thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(
      ZSTD_createDCtx(), ZSTD_freeDCtx);
  CHECK(context);
  if (ZSTD_decompressDCtx(context.get(), raw.data(), raw.size(), stored.data(), stored.size()) !=
      raw.size()) {
    return corrupt("index block: a chunk does not unpack to its size");
  }
  return raw;
}

}  // namespace spoor::collector
