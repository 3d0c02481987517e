// A table of a few rows, and what a test of a field says of each of them.
#pragma once

#include <memory>
#include <vector>

#include "collector/blocks/block_reader.h"
#include "collector/blocks/open_block.h"
#include "collector/search/field_test.h"

namespace spoor::collector {

class FieldLook {
 public:
  explicit FieldLook(const std::vector<Row>& rows) {
    OpenBlock block(EventClass::command);
    for (const Row& row : rows) block.add(row);
    view_ = block.view();
    sealed_ = block.seal();
    reader_ = std::make_unique<BlockReader>(BlockReader::open(as_bytes(sealed_)).value());
  }
  const RowTable& open() const { return *view_; }
  // Its rows stand in the order of the block.
  const RowTable& sealed() const { return *reader_; }

  Outside outside;

  std::vector<Said> said(FieldTest& test, const RowTable& table, bool asks_log = false) const {
    std::vector<Said> out(table.rows(), Said::nothing);
    const auto page = table.open_page(0);
    const auto texts = table.open_texts();
    const Status status = test.look({table, 0, *page, *texts, outside, asks_log}, 0, out);
    CHECK(status.is_ok());
    for (const Said one : out) CHECK(asks_log || (test.can_say(table, 0) & set_of(one)));
    return out;
  }
  std::vector<Said> said(FieldTest& test) const { return said(test, open()); }

 private:
  std::shared_ptr<const RowTable> view_;
  std::string sealed_;
  std::unique_ptr<BlockReader> reader_;
};

}  // namespace spoor::collector
