#include "tests/bench/block_sizes.h"

namespace spoor::collector {

namespace {

std::string name_of_column(size_t column) {
  if (column < kNumbers) return std::string(name_of(static_cast<Number>(column)));
  return std::string(name_of(static_cast<Text>(column - kFirstText)));
}

bool is_ours(size_t column) {
  return column < kNumbers || (column >= kFirstText && column < kFirstText + kTexts);
}

}  // namespace

std::map<std::string, double> bytes_per_row(const std::vector<BlockReader>& blocks) {
  std::map<std::string, double> bytes;
  double rows = 0;
  for (const BlockReader& block : blocks) {
    rows += static_cast<double>(block.rows());
    bytes["bytes.header"] += kIndexBlockHeaderSize;
    bytes["bytes.layout"] += block.layout_chunk().size;
    for (size_t i = 0; i < kColumnNumbers; ++i) {
      if (!is_ours(i)) continue;
      const std::string column = "bytes." + name_of_column(i);
      for (const ColumnPage& page : block.layout().columns[i]) bytes[column] += page.chunk.size;
      if (i < kFirstText) continue;
      const Dictionary& texts = block.layout().dictionaries[i - kFirstText];
      for (const PackPlace& pack : texts.packs) bytes[column + ".texts"] += pack.chunk.size;
      for (const Chunk& slab : texts.slabs) bytes[column + ".trigrams"] += slab.size;
    }
  }
  double all = 0;
  for (auto& [column, size] : bytes) all += size;
  std::map<std::string, double> out{{"bytes_per_row", all / rows}};
  for (const auto& [column, size] : bytes) {
    if (size / rows >= 0.01) out[column] = size / rows;
  }
  return out;
}

}  // namespace spoor::collector
