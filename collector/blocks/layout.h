// What lies where in an index block: for each column its pages with their least and greatest value,
// for each column of texts its packs and trigrams. It is read first, and from then on each piece
// of the block by itself. docs/index.md has the bytes.
//
// Of hostile bytes a layout is refused unless every count is within its bounds, so that what is
// made of it in memory is, too; whether the pieces are what it says is for who reads them. Plain
// value; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "collector/blocks/chunk.h"
#include "collector/blocks/column.h"
#include "collector/blocks/row_table.h"
#include "collector/limits.h"
#include "common/frame/format.h"

namespace spoor::collector {

inline constexpr uint32_t kIndexBlockMagic = 0x31425853;  // "SXB1"
inline constexpr uint16_t kIndexBlockVersion = 1;
inline constexpr size_t kIndexBlockHeaderSize = 40;

// The fixed header of a block.
struct BlockHeader {
  EventClass event_class = EventClass::access;
  uint32_t rows = 0;
  uint64_t size = 0;  // of the whole block
  Chunk layout;       // the last piece of the block
};

std::string encode_block_header(const BlockHeader& header);
// `corrupt`: not the beginning of an index block. `invalid`: of a version after ours.
Result<BlockHeader> decode_block_header(ByteView bytes);

// A column in one page.
struct ColumnPage {
  uint64_t least = 0, greatest = 0;
  Coding coding;
  Chunk chunk;  // none when least and greatest are the same
};

struct PackPlace {
  uint32_t first = 0;  // number of its first text
  uint32_t texts = 0;
  Chunk chunk;
};

// The texts of a column.
struct Dictionary {
  uint32_t texts = 0;
  std::vector<PackPlace> packs;
  std::vector<Chunk> slabs;  // kSlabs, or none
};

struct Layout {
  // By ColumnNumber: a value for each page, or none where all rows have 0 in all pages.
  std::array<std::vector<ColumnPage>, kColumnNumbers> columns;
  std::array<Dictionary, kColumnNumbers - kFirstText> dictionaries;
};

// Chunks must follow one another in the order of the layout, beginning behind the block's header.
std::string encode_layout(const Layout& layout);
Result<Layout> decode_layout(ByteView bytes, const BlockHeader& header);

}  // namespace spoor::collector
