#include "collector/blocks/layout.h"

#include "collector/blocks/number_coding.h"
#include "collector/blocks/trigrams.h"
#include "common/byte_reader.h"
#include "common/crc32c.h"

namespace spoor::collector {

namespace {

constexpr size_t kHeaderCrcAt = kIndexBlockHeaderSize - 4;

// How a coding stands in the file: the model, and these.
constexpr uint64_t kByKindBit = 1u << 4, kBesideBit = 1u << 5, kBesideMsBit = 1u << 6;
constexpr uint64_t kModelBits = kByKindBit - 1, kCodingEnd = 2 * kBesideMsBit;

uint64_t number_of(const Coding& coding) {
  return static_cast<uint64_t>(coding.model) | (coding.is_by_kind ? kByKindBit : 0) |
         (coding.beside ? kBesideBit : 0) | (coding.beside_is_ms ? kBesideMsBit : 0);
}

void append_chunk(std::string& to, const Chunk& chunk) {
  append_varint(to, chunk.raw_size);
  append_varint(to, chunk.raw_size - chunk.size);
  append_le(to, chunk.crc);
}

class LayoutParser {
 public:
  LayoutParser(ByteView bytes, const BlockHeader& header)
      : reader_(bytes), header_(header), pages_(pages_of(header.rows)) {}

  Status parse(Layout& layout);

 private:
  Status column(size_t number, std::vector<ColumnPage>& pages);
  Status coding(size_t number, Coding& coding);
  Status dictionary(Dictionary& dictionary);
  Status chunk(Chunk& chunk, size_t raw_size_max);
  Status ascending(const char* what, size_t number, size_t& next);

  ByteReader reader_;
  const BlockHeader& header_;
  const size_t pages_;
  uint64_t offset_ = kIndexBlockHeaderSize;
};

Status LayoutParser::ascending(const char* what, size_t number, size_t& next) {
  if (!reader_.is_ok() || number < next || number >= kColumnNumbers) {
    return corrupt(std::string("index block: impossible ") + what);
  }
  next = number + 1;
  return ok();
}

Status LayoutParser::parse(Layout& layout) {
  size_t next = 0;
  for (uint64_t left = reader_.varint(); left > 0; --left) {
    const size_t number = reader_.varint();
    RETURN_IF_ERROR(ascending("column", number, next));
    RETURN_IF_ERROR(column(number, layout.columns[number]));
  }
  next = kFirstText;
  for (uint64_t left = reader_.varint(); left > 0; --left) {
    const size_t number = reader_.varint();
    RETURN_IF_ERROR(ascending("dictionary", number, next));
    RETURN_IF_ERROR(dictionary(layout.dictionaries[number - kFirstText]));
  }
  if (!reader_.is_ok() || !reader_.at_end() || offset_ != header_.layout.offset) {
    return corrupt("index block: the layout is not that of the block");
  }
  for (size_t number = kFirstText; number < kColumnNumbers; ++number) {
    for (const ColumnPage& page : layout.columns[number]) {
      if (page.greatest > layout.dictionaries[number - kFirstText].texts) {
        return corrupt("index block: a column has texts that are not there");
      }
    }
  }
  return ok();
}

Status LayoutParser::column(size_t number, std::vector<ColumnPage>& pages) {
  pages.resize(pages_);
  for (size_t i = 0; i < pages_; ++i) {
    ColumnPage& page = pages[i];
    page.least = reader_.varint();
    const uint64_t range = reader_.varint();
    page.greatest = page.least + range;
    if (page.greatest < page.least) return corrupt("index block: a page has no least value");
    if (range == 0) continue;
    RETURN_IF_ERROR(coding(number, page.coding));
    RETURN_IF_ERROR(chunk(page.chunk, encoded_bytes_max(rows_in_page(header_.rows, i))));
  }
  return ok();
}

// What has no end is refused: a column stands beside one before it, and what the models are made
// of needs none.
Status LayoutParser::coding(size_t number, Coding& coding) {
  const uint64_t told = reader_.varint();
  const uint64_t model = told & kModelBits;
  coding.model = static_cast<Model>(model);
  coding.is_by_kind = (told & kByKindBit) != 0;
  coding.beside_is_ms = (told & kBesideMsBit) != 0;
  if (told & kBesideBit) coding.beside = static_cast<Number>(reader_.varint());
  const bool is_of_models = number == column_number(Number::kind) ||
                            number == column_number(Number::twin);
  if (told >= kCodingEnd || model > static_cast<uint64_t>(Model::first) ||
      (coding.beside && column_number(*coding.beside) >= std::min(number, kFirstText)) ||
      (coding.model == Model::first && coding.beside) || (coding.beside_is_ms && !coding.beside) ||
      (is_of_models && (coding.needs_kinds() || coding.beside))) {
    return corrupt("index block: impossible coding of a column");
  }
  return ok();
}

Status LayoutParser::dictionary(Dictionary& dictionary) {
  for (uint64_t left = reader_.varint(); left > 0 && reader_.is_ok(); --left) {
    PackPlace& pack = dictionary.packs.emplace_back();
    pack.first = dictionary.texts + 1;
    pack.texts = static_cast<uint32_t>(std::min<uint64_t>(reader_.varint(), kPackTexts + 1));
    RETURN_IF_ERROR(chunk(pack.chunk, kPackBytesMax));
    dictionary.texts += pack.texts;
    if (pack.texts == 0 || pack.texts > kPackTexts || dictionary.texts > kIndexBlockRowsMax) {
      return corrupt("index block: impossible number of texts");
    }
  }
  dictionary.packs.shrink_to_fit();
  const uint64_t slabs = reader_.varint();
  if (slabs != 0 && slabs != kSlabs) return corrupt("index block: impossible trigrams");
  dictionary.slabs.resize(slabs);
  const size_t slab_size = kSlabSlots * slot_bytes(dictionary.packs.size());
  for (Chunk& slab : dictionary.slabs) {
    RETURN_IF_ERROR(chunk(slab, slab_size));
    if (slab.raw_size != slab_size) return corrupt("index block: impossible trigrams");
  }
  return ok();
}

Status LayoutParser::chunk(Chunk& chunk, size_t raw_size_max) {
  const uint64_t raw_size = reader_.varint();
  const uint64_t saved = reader_.varint();
  chunk.crc = reader_.fixed32();
  if (!reader_.is_ok() || raw_size > raw_size_max || saved > raw_size) {
    return corrupt("index block: a chunk has an impossible size");
  }
  chunk.offset = offset_;
  chunk.raw_size = static_cast<uint32_t>(raw_size);
  chunk.size = static_cast<uint32_t>(raw_size - saved);
  offset_ += chunk.size;
  return ok();
}

}  // namespace

std::string encode_block_header(const BlockHeader& header) {
  std::string out;
  append_le(out, kIndexBlockMagic);
  append_le(out, kIndexBlockVersion);
  append_le(out, header.event_class);
  append_le(out, uint8_t{0});
  append_le(out, header.rows);
  append_le(out, header.size);
  append_le(out, header.layout.size);
  append_le(out, header.layout.raw_size);
  append_le(out, header.layout.crc);
  append_le(out, uint32_t{0});
  append_le(out, crc32c(as_bytes(out)));
  CHECK(out.size() == kIndexBlockHeaderSize);
  return out;
}

Result<BlockHeader> decode_block_header(ByteView bytes) {
  if (bytes.size() < kIndexBlockHeaderSize) return corrupt("index block: cut short");
  const uint8_t* p = bytes.data();
  if (load_le<uint32_t>(p) != kIndexBlockMagic) return corrupt("index block: wrong magic");
  if (load_le<uint32_t>(p + kHeaderCrcAt) != crc32c(bytes.first(kHeaderCrcAt))) {
    return corrupt("index block: the header has a wrong CRC");
  }
  if (load_le<uint16_t>(p + 4) > kIndexBlockVersion) {
    return invalid("index block: of a version after ours");
  }
  BlockHeader out;
  out.event_class = static_cast<EventClass>(p[6]);
  out.rows = load_le<uint32_t>(p + 8);
  out.size = load_le<uint64_t>(p + 12);
  out.layout.size = load_le<uint32_t>(p + 20);
  out.layout.raw_size = load_le<uint32_t>(p + 24);
  out.layout.crc = load_le<uint32_t>(p + 28);
  if (load_le<uint16_t>(p + 4) == 0 || p[6] == 0 || p[6] > kEventClasses || p[7] != 0 ||
      load_le<uint32_t>(p + 32) != 0 || out.rows == 0 || out.rows > kIndexBlockRowsMax ||
      out.size > kIndexBlockBytesMax || out.size < kIndexBlockHeaderSize + out.layout.size) {
    return corrupt("index block: impossible header");
  }
  out.layout.offset = out.size - out.layout.size;
  return out;
}

std::string encode_layout(const Layout& layout) {
  std::string columns, dictionaries;
  uint64_t columns_there = 0, dictionaries_there = 0;
  for (size_t number = 0; number < kColumnNumbers; ++number) {
    if (layout.columns[number].empty()) continue;
    ++columns_there;
    append_varint(columns, number);
    for (const ColumnPage& page : layout.columns[number]) {
      append_varint(columns, page.least);
      append_varint(columns, page.greatest - page.least);
      if (page.least == page.greatest) continue;
      append_varint(columns, number_of(page.coding));
      if (page.coding.beside) append_varint(columns, column_number(*page.coding.beside));
      append_chunk(columns, page.chunk);
    }
  }
  for (size_t i = 0; i < layout.dictionaries.size(); ++i) {
    const Dictionary& dictionary = layout.dictionaries[i];
    if (dictionary.packs.empty()) continue;
    ++dictionaries_there;
    append_varint(dictionaries, kFirstText + i);
    append_varint(dictionaries, dictionary.packs.size());
    for (const PackPlace& pack : dictionary.packs) {
      append_varint(dictionaries, pack.texts);
      append_chunk(dictionaries, pack.chunk);
    }
    append_varint(dictionaries, dictionary.slabs.size());
    for (const Chunk& slab : dictionary.slabs) append_chunk(dictionaries, slab);
  }
  std::string out;
  append_varint(out, columns_there);
  out += columns;
  append_varint(out, dictionaries_there);
  return out + dictionaries;
}

Result<Layout> decode_layout(ByteView bytes, const BlockHeader& header) {
  Layout out;
  RETURN_IF_ERROR(LayoutParser(bytes, header).parse(out));
  return out;
}

}  // namespace spoor::collector
