// One page of an index block, of which each column is decoded when it is first asked for. Its
// values are what the block's layout says of them, between least and greatest, or an error; so a
// number of a text always has a text. Views the block. One thread.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "collector/blocks/block_reader.h"
#include "collector/blocks/row_models.h"

namespace spoor::collector {

class PageReader final : public RowPage {
 public:
  PageReader(const BlockReader& block, size_t page);

  size_t rows() const { return rows_; }

 private:
  Result<std::span<const uint64_t>> column_of(ColumnNumber column) override;
  Result<std::vector<uint64_t>> decode(const ColumnPage& page);
  Status find_kinds();
  Status find_processes();

  const BlockReader& block_;
  const size_t page_;
  const size_t rows_;
  std::array<std::vector<uint64_t>, kColumnNumbers> columns_;
  std::optional<KindModels> kinds_;
  std::optional<std::vector<uint16_t>> processes_;
};

}  // namespace spoor::collector
