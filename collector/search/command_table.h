// A table whose starts of commands say how they ended, too, so that a command can be asked for by
// its arguments and its exit code: the end may be another row, or in another table.
//
// Not thread-safe, unlike the table that it stands in front of, which must outlive it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "collector/blocks/row_table.h"
#include "collector/language/query.h"

namespace spoor::collector {

// How a command of this table ended, by a row of another one.
struct FarEnd {
  uint32_t start = 0;              // row of this table
  uint64_t exit = 0, signal = 0;  // as in the columns
};

// What of a table's commands is in other tables; asked for where it matters. None: nothing is.
struct FarHalves {
  std::function<Result<std::vector<FarEnd>>()> ends;          // by ascending start
  std::function<Result<std::vector<uint32_t>>()> joined_ends;  // rows here, ascending
};

// The query asks what only the end of a command says.
bool asks_ends(const Query& query);

class CommandTable final : public RowTable {
 public:
  CommandTable(const RowTable& table, std::vector<FarEnd> far_ends)
      : table_(table), far_ends_(std::move(far_ends)) {}

  size_t rows() const override { return table_.rows(); }
  uint32_t texts(Text column) const override { return table_.texts(column); }
  Result<FoundTexts> find(Text column, const TextTest& test) const override {
    return table_.find(column, test);
  }
  std::unique_ptr<RowPage> open_page(size_t page) const override;
  std::unique_ptr<RowTexts> open_texts() const override { return table_.open_texts(); }

 private:
  class Page;

  ValueRange range_of(ColumnNumber column, size_t page) const override;
  std::span<const FarEnd> far_ends(size_t page) const;
  // A page of ends, which mostly are on the page of their starts or the next one.
  RowPage& ends_on(size_t page) const;

  const RowTable& table_;
  const std::vector<FarEnd> far_ends_;
  mutable std::map<size_t, std::unique_ptr<RowPage>> opened_;  // at most kOpenedMax
};

}  // namespace spoor::collector
