#include "collector/blocks/block_reader.h"

#include <algorithm>

#include "collector/blocks/page_reader.h"
#include "collector/blocks/text_reader.h"
#include "collector/blocks/trigrams.h"

namespace spoor::collector {

Result<BlockReader> BlockReader::open(std::shared_ptr<const BlockBytes> bytes) {
  std::string room;
  const size_t head_size = std::min<uint64_t>(bytes->size(), kIndexBlockHeaderSize);
  ASSIGN_OR_RETURN(const ByteView head, bytes->read(0, head_size, room));
  ASSIGN_OR_RETURN(const BlockHeader header, decode_block_header(head));
  if (header.size != bytes->size()) return corrupt("index block: cut short, or more than one");
  ASSIGN_OR_RETURN(const std::string raw, unpack(header.layout, *bytes, kLayoutBytesMax));
  ASSIGN_OR_RETURN(Layout layout, decode_layout(as_bytes(raw), header));
  return BlockReader(std::move(bytes), header, std::move(layout));
}

size_t BlockReader::memory_bytes() const {
  size_t out = sizeof *this;
  for (const auto& pages : layout_.columns) out += pages.capacity() * sizeof(ColumnPage);
  for (const Dictionary& texts : layout_.dictionaries) {
    out += texts.packs.capacity() * sizeof(PackPlace) + texts.slabs.capacity() * sizeof(Chunk);
  }
  return out;
}

ValueRange BlockReader::range_of(ColumnNumber column, size_t page) const {
  const std::vector<ColumnPage>& pages = layout_.columns[column];
  if (pages.empty()) return {};
  return {pages[page].least, pages[page].greatest};
}

std::unique_ptr<RowPage> BlockReader::open_page(size_t page) const {
  return std::make_unique<PageReader>(*this, page);
}
std::unique_ptr<RowTexts> BlockReader::open_texts() const {
  return std::make_unique<TextReader>(*this);
}

const PackPlace& BlockReader::pack_of(Text column, uint32_t number) const {
  const Dictionary& texts = dictionary(column);
  CHECK(number >= 1 && number <= texts.texts);
  return *std::prev(std::ranges::upper_bound(texts.packs, number, {}, &PackPlace::first));
}

Result<TextPack> BlockReader::open_pack(const PackPlace& pack) const {
  ASSIGN_OR_RETURN(std::string raw, unpack_chunk(pack.chunk, kPackBytesMax));
  return TextPack::open(std::move(raw), pack.texts);
}

Result<std::string> BlockReader::candidates(const Dictionary& dictionary,
                                            const Pattern& pattern) const {
  const size_t size = slot_bytes(dictionary.packs.size());
  std::string out(size, '\xff');
  if (dictionary.slabs.empty()) return out;
  std::string slab;
  size_t open_slab = kSlabs;
  for (const uint16_t slot : slots_of(pattern)) {
    if (slot / kSlabSlots != open_slab) {
      open_slab = slot / kSlabSlots;
      ASSIGN_OR_RETURN(slab, unpack_chunk(dictionary.slabs[open_slab], kSlabSlots * size));
    }
    const char* row = slab.data() + slot % kSlabSlots * size;
    for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(out[i] & row[i]);
    if (out.find_first_not_of('\0') == out.npos) break;
  }
  return out;
}

Result<FoundTexts> BlockReader::find(Text column, const TextTest& test) const {
  CHECK(is_searched(column));
  const Dictionary& texts = dictionary(column);
  ASSIGN_OR_RETURN(const std::string may_have, candidates(texts, test.pattern));
  FoundTexts out;
  TextSearch search(test);
  for (size_t i = 0; i < texts.packs.size(); ++i) {
    if ((may_have[i / 8] >> i % 8 & 1) == 0) continue;
    ASSIGN_OR_RETURN(const TextPack pack, open_pack(texts.packs[i]));
    RETURN_IF_ERROR(search.look_into(pack, texts.packs[i].first, out));
  }
  return out;
}

}  // namespace spoor::collector
