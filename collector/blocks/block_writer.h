// Seals events of one class into an index block. Rows come in the order of the log and lie in the
// block by host, session, epoch and order, so that a session is a range of rows. The same rows in
// the same order give the same bytes. docs/index.md is the format.
//
// Owns copies of all it is given: 400 bytes a row, and each different text once. The rows' memory
// it keeps for the next block: to have it anew of the kernel costs as much as to fill it. One
// thread.
#pragma once

#include <array>
#include <bitset>
#include <string>
#include <vector>

#include "collector/blocks/row.h"
#include "collector/blocks/text_table.h"
#include "common/frame/format.h"

namespace spoor::collector {

class BlockWriter {
 public:
  explicit BlockWriter(EventClass event_class) : event_class_(event_class) {}

  // Not when full. Number::twin and Number::partner are not looked at.
  void add(const Row& row);
  size_t rows() const { return rows_; }
  // It has kIndexBlockRowsMax rows, or texts of kIndexBlockTextMax bytes.
  bool is_full() const;
  // At least one row.
  std::string seal() const;
  // For the next block.
  void clear();

  // A row with its texts as numbers of the tables.
  struct Kept {
    std::array<uint64_t, kNumbers> numbers{};
    std::array<uint32_t, kTexts> texts{};
  };
  // In the order in which they came, kPageRows together.
  using Rows = std::vector<std::vector<Kept>>;
  using Tables = std::array<TextTable, kTexts>;
  // By ColumnNumber: those that are not 0 in all rows.
  using Columns = std::bitset<kColumnNumbers>;

  // What is there stays where it is when more is added: rows, and the bytes of texts.
  const Rows& kept() const { return kept_; }
  const Tables& tables() const { return tables_; }

 private:
  TextTable::Place place_of(Text column, const TextValue& text);

  const EventClass event_class_;
  size_t rows_ = 0;
  uint64_t text_bytes_ = 0;
  Rows kept_;
  Tables tables_;
  std::array<uint64_t, kNumbers> any_{};  // all values of a column, or-ed
  // The texts of each session's last row that had any: most are the same again, and to compare
  // costs less than to look up. Starts and ends have different rests, and kinds that are odd.
  static constexpr size_t kSecondRest = kTexts;
  using Before = std::array<TextTable::Place, kTexts + 1>;
  std::vector<Before> before_;
};

}  // namespace spoor::collector
