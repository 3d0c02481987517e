// Looks what rows say of a field, in some of its columns, for one part of a query. Made for one
// table. One thread.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "collector/blocks/row_table.h"
#include "collector/search/outside.h"
#include "collector/search/said.h"

namespace spoor::collector {

// A page that is looked at.
struct PageLook {
  const RowTable& table;
  const size_t number;
  RowPage& page;
  RowTexts& texts;
  const Outside& outside;
  // What is unsure is looked up, which takes long.
  bool asks_log = false;
};

class FieldTest {
 public:
  virtual ~FieldTest() = default;
  // All that rows of a page may say, as far as its ranges tell.
  virtual SaidSet can_say(const RowTable& table, size_t page) const = 0;
  // Raises `said[i]` to what the row `begin` + i of the page says.
  virtual Status look(const PageLook& look, size_t begin, std::span<Said> said) = 0;
};

inline void raise(Said& said, Said to) { said = std::max(said, to); }

}  // namespace spoor::collector
