// How frames are packed into a block: the part that reader, writer and repack share. Not for use
// outside common/frame. docs/frame.md section "Block" is the specification. No state, any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/frame/format.h"
#include "common/frame/reader.h"
#include "common/frame/section_packer.h"
#include "common/sha256.h"

namespace spoor {

inline constexpr size_t kBlockHeaderSize = 32;
inline constexpr size_t kFrameHeadSize = 32 + kCanonicalHeaderSize + 32 + 16;

// A frame's place in a block together with the salt of this copy.
struct SaltedHead {
  FrameHead head;
  Salt salt{};
};

// A block taken apart, nothing unpacked: views into the block.
struct BlockParts {
  struct SectionView {
    Codec codec = Codec::none;
    uint32_t raw_size = 0;
    ByteView bytes;
  };
  size_t size = 0;
  std::vector<SaltedHead> heads;
  SectionView fields;
  SectionView text;
};

// True when `bytes` starts with a whole block whose CRC is right. What else is wrong with such a
// block did not come from a torn write.
bool block_crc_holds(ByteView bytes);
// Every check that needs nothing unpacked; `invalid` when a frame is of a newer format.
Result<BlockParts> split_block(ByteView bytes);
// The same for frames of any format: of newer ones, what all formats have in common.
Result<BlockParts> split_outside(ByteView bytes);
// `bytes` in the order of the format, with length and CRC filled in. `full` beyond the limits.
Result<std::string> join_block(const std::vector<SaltedHead>& heads, const PackedSection& fields,
                               const PackedSection& text);

// Exactly raw_size bytes, or `corrupt`.
Result<std::string> unpack_section(const BlockParts::SectionView& section);

// One entry of a section.
struct Entry {
  enum class Mode : uint8_t { derived = 0, salted = 1, erased = 2 };
  Mode mode = Mode::derived;
  Hash salt_or_leaf{};  // salted: its salt; erased: its leaf
  std::string_view bytes;
};
void append_entry(std::string& raw, const Entry& entry);
// Takes one entry off the front of `raw`; `corrupt` when it does not fit.
Result<Entry> take_entry(std::string_view& raw);

// Of each event of a frame that has its salt: one for both sections, since it is in both that an
// event is erased.
std::vector<Hash> event_salts(const Salt& frame_salt, uint32_t entries);
// The leaves of entries of any mode; their salts are asked of none but derived ones.
std::vector<Hash> leaves_of(std::span<const Entry> entries, std::span<const Hash> event_salts);

}  // namespace spoor
