// Rows that can be asked for what they hold: those of a sealed block, or those that are not sealed
// yet. What asks goes along columns, a page at a time, so that a call stands for thousands of
// values, and reads no column that it does not need.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>

#include "collector/blocks/column.h"
#include "collector/blocks/row.h"
#include "collector/blocks/text_search.h"
#include "collector/limits.h"
#include "common/result.h"

namespace spoor::collector {

constexpr size_t pages_of(size_t rows) { return (rows + kPageRows - 1) / kPageRows; }
constexpr size_t rows_in_page(size_t rows, size_t page) {
  return std::min(kPageRows, rows - page * kPageRows);
}

// Both included.
struct ValueRange {
  uint64_t least = 0, greatest = 0;
  bool holds(uint64_t value) const { return least <= value && value <= greatest; }
};

// One page, of which each column is read when it is first asked for. Must not outlive its table.
// One thread.
class RowPage {
 public:
  virtual ~RowPage() = default;
  // A value for each row; of texts their numbers, 0 for none. Good as long as the page.
  Result<std::span<const uint64_t>> values(Number column) {
    return column_of(column_number(column));
  }
  Result<std::span<const uint64_t>> values(Text column) {
    return column_of(column_number(column));
  }

 private:
  virtual Result<std::span<const uint64_t>> column_of(ColumnNumber column) = 0;
};

// The texts of rows, by their numbers. Must not outlive its table. One thread.
class RowTexts {
 public:
  virtual ~RowTexts() = default;
  // Nothing for 0. A view that is good until the next call.
  virtual Result<TextValue> text(Text column, uint64_t number) = 0;
};

// Immutable; any number of threads.
class RowTable {
 public:
  virtual ~RowTable() = default;

  virtual size_t rows() const = 0;
  size_t pages() const { return pages_of(rows()); }
  size_t rows_in(size_t page) const { return rows_in_page(rows(), page); }

  // What a page's values of a column lie between: no other page need be read. Of texts: of their
  // numbers.
  ValueRange range(Number column, size_t page) const {
    return range_of(column_number(column), page);
  }
  ValueRange range(Text column, size_t page) const {
    return range_of(column_number(column), page);
  }

  // How many texts a column has, at least those that the rows have; they are numbered from 1.
  virtual uint32_t texts(Text column) const = 0;
  // Not of a column that is not searched (column.h).
  virtual Result<FoundTexts> find(Text column, const TextTest& test) const = 0;

  virtual std::unique_ptr<RowPage> open_page(size_t page) const = 0;
  virtual std::unique_ptr<RowTexts> open_texts() const = 0;

 private:
  virtual ValueRange range_of(ColumnNumber column, size_t page) const = 0;
};

}  // namespace spoor::collector
