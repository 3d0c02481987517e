#include "common/frame/block_splitter.h"

namespace spoor {
namespace {

// Where the entries of each frame end.
Result<std::vector<size_t>> ends_of(std::string_view section,
                                    const std::vector<SaltedHead>& heads) {
  std::vector<size_t> ends;
  std::string_view left = section;
  for (const SaltedHead& salted : heads) {
    for (uint32_t i = 0; i < salted.head.header.entries; ++i) {
      RETURN_IF_ERROR(take_entry(left).status());
    }
    ends.push_back(section.size() - left.size());
  }
  if (!left.empty()) return corrupt("block: a section has more than its entries");
  return ends;
}

PackedSection plain(std::string_view section, const std::vector<size_t>& ends, size_t frame) {
  const size_t begin = frame == 0 ? 0 : ends[frame - 1];
  const std::string_view bytes = section.substr(begin, ends[frame] - begin);
  return {Codec::none, static_cast<uint32_t>(bytes.size()), std::string(bytes)};
}

}  // namespace

Result<BlockSplitter> BlockSplitter::open(ByteView block) {
  ASSIGN_OR_RETURN(BlockParts parts, split_block(block));
  BlockSplitter out;
  out.is_text_retired_ = parts.text.codec == Codec::retired;
  ASSIGN_OR_RETURN(out.fields_, unpack_section(parts.fields));
  ASSIGN_OR_RETURN(out.fields_ends_, ends_of(out.fields_, parts.heads));
  if (!out.is_text_retired_) {
    ASSIGN_OR_RETURN(out.text_, unpack_section(parts.text));
    ASSIGN_OR_RETURN(out.text_ends_, ends_of(out.text_, parts.heads));
  }
  out.heads_ = std::move(parts.heads);
  return out;
}

Result<std::string> BlockSplitter::frame(size_t frame) const {
  CHECK(frame < frames());
  return join_block({heads_[frame]}, plain(fields_, fields_ends_, frame),
                    is_text_retired_ ? PackedSection{Codec::retired, 0, {}}
                                     : plain(text_, text_ends_, frame));
}

}  // namespace spoor
