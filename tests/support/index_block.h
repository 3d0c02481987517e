// Index blocks for tests: read wholly, or changed by somebody who knows the format, so that all
// CRCs are right.
#pragma once

#include <string>
#include <vector>

#include "collector/blocks/block_reader.h"
#include "collector/blocks/block_writer.h"
#include "collector/blocks/page_reader.h"
#include "collector/blocks/text_reader.h"

namespace spoor::collector {

inline std::string seal(const std::vector<Row>& rows) {
  BlockWriter writer(EventClass::command);
  for (const Row& row : rows) writer.add(row);
  return writer.seal();
}

// Everything that is in a block is read; or what is wrong with it.
inline Status read_whole(const BlockReader& reader) {
  TextReader texts(reader);
  for (size_t p = 0; p < reader.pages(); ++p) {
    PageReader page(reader, p);
    for (size_t i = 0; i < kNumbers; ++i) {
      RETURN_IF_ERROR(page.values(static_cast<Number>(i)).status());
    }
    for (size_t i = 0; i < kTexts; ++i) {
      const auto column = static_cast<Text>(i);
      ASSIGN_OR_RETURN(const auto values, page.values(column));
      for (const uint64_t value : values) RETURN_IF_ERROR(texts.text(column, value).status());
    }
  }
  for (size_t i = 0; i < kTexts; ++i) {
    const auto column = static_cast<Text>(i);
    if (!is_searched(column)) continue;
    const TextTest test{Pattern::containing("curl"), false, has_words(column)};
    RETURN_IF_ERROR(reader.find(column, test).status());
  }
  return ok();
}

inline Status read_whole(ByteView bytes) {
  ASSIGN_OR_RETURN(const BlockReader reader, BlockReader::open(bytes));
  return read_whole(reader);
}

// Uses each chunk of a layout in its place.
template <typename Use>
void each_chunk(Layout& layout, Use use) {
  for (auto& column : layout.columns) {
    for (ColumnPage& page : column) {
      if (page.least != page.greatest) use(page.chunk);
    }
  }
  for (Dictionary& texts : layout.dictionaries) {
    for (PackPlace& pack : texts.packs) use(pack.chunk);
    for (Chunk& slab : texts.slabs) use(slab);
  }
}

inline std::string with_raw_layout(const std::string& block, BlockHeader header,
                                   const std::string& raw) {
  std::string out = block.substr(0, header.layout.offset);
  header.layout = ChunkPacker().append(raw, out);
  header.size = out.size();
  return out.replace(0, kIndexBlockHeaderSize, encode_block_header(header));
}

template <typename Change>
std::string with_layout(const std::string& block, Change change) {
  const BlockHeader header = decode_block_header(as_bytes(block)).value();
  const BytesInMemory bytes(as_bytes(block));
  const std::string raw = unpack(header.layout, bytes, kLayoutBytesMax).value();
  Layout layout = decode_layout(as_bytes(raw), header).value();
  change(layout);
  return with_raw_layout(block, header, encode_layout(layout));
}

}  // namespace spoor::collector
