// Index blocks of any bytes: what opens is read wholly or refused. An input is also taken for a
// block in plain form (a layout and the pieces behind it, nothing compressed) and given right sizes
// and CRCs, as an attacker would: without that hardly any would come past the first checks. And it
// is taken for rows, which come back.
#include <algorithm>
#include <cstdlib>

#include "common/crc32c.h"
#include "tests/support/index_block.h"

namespace spoor::collector {
namespace {

void expect(bool good) {
  if (!good) std::abort();
}

void read(const std::string& bytes) {
  const Status status = read_whole(as_bytes(bytes));
  expect(status.is_ok() || status.code() == Code::corrupt || status.code() == Code::invalid);
}

void correct(Chunk& chunk, ByteView block) {
  if (chunk.offset + chunk.size > block.size()) return;
  chunk.crc = crc32c(block.subspan(chunk.offset, chunk.size));
}

// Rows (2 bytes), size of the layout (2), size of the pieces (4), the layout, the pieces.
void read_plain(ByteView input) {
  if (input.size() < 8) return;
  BlockHeader header;
  header.event_class = EventClass::command;
  header.rows = 1u + load_le<uint16_t>(input.data()) % (2 * kPageRows);
  const size_t layout_size = load_le<uint16_t>(input.data() + 2);
  const size_t pieces_size = load_le<uint32_t>(input.data() + 4) % (128u << 10);
  input = input.subspan(8);
  const std::string raw(as_text(input.first(std::min(layout_size, input.size()))));
  std::string block(kIndexBlockHeaderSize, '\0');
  block += as_text(input.subspan(raw.size()));
  block.resize(kIndexBlockHeaderSize + pieces_size);
  header.layout.offset = block.size();
  Result<Layout> layout = decode_layout(as_bytes(raw), header);
  if (!layout.is_ok()) return read(with_raw_layout(block, header, raw));
  for (auto& column : layout->columns) {
    for (ColumnPage& page : column) correct(page.chunk, as_bytes(block));
  }
  for (Dictionary& texts : layout->dictionaries) {
    for (PackPlace& pack : texts.packs) correct(pack.chunk, as_bytes(block));
    for (Chunk& slab : texts.slabs) correct(slab, as_bytes(block));
  }
  read(with_raw_layout(block, header, encode_layout(*layout)));
}

// Each row is a few values of a few columns, by the input's word.
void write_and_read(ByteView input) {
  std::vector<Row> rows;
  for (size_t at = 0; at + 12 <= input.size() && rows.size() < 500; at += 12) {
    const uint8_t* p = input.data() + at;
    Row& row = rows.emplace_back();
    for (size_t i = 0; i < 3; ++i) {
      row.numbers[p[i] % kNumbers] = load_le<uint64_t>(p + 4) >> p[3] % 64;
      row.texts[p[i] % kTexts].text = as_text(input.subspan(at, p[i] % 13));
    }
  }
  if (rows.empty()) return;
  const std::string block = seal(rows);
  expect(read_whole(as_bytes(block)).is_ok());
  expect(BlockReader::open(as_bytes(block))->rows() == rows.size());
}

}  // namespace
}  // namespace spoor::collector

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spoor::collector;
  read(std::string(spoor::as_text({data, size})));
  read_plain({data, size});
  write_and_read({data, size});
  return 0;
}
