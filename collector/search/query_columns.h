// Which columns a field of the query language asks, and which events a kind is: docs/query.md's
// words in the columns of docs/index.md. Constant tables; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <variant>

#include "collector/blocks/column.h"
#include "collector/language/field.h"

namespace spoor::collector {

struct QueryColumn {
  // How the column has the field's values.
  enum class Holds : uint8_t {
    text,        // all of it
    words,       // each word
    names,       // each word that is not empty
    number,      // 0: none
    plus_one,    // less one; 0: none
  };
  Holds holds = Holds::text;
  std::variant<Text, Number> column;
};

// None: what the field says is made of several columns, or of what is in none (field_tests.h).
std::span<const QueryColumn> query_columns(Field field);

// The numbers of such events in Event's `kind`.
std::span<const uint8_t> event_kinds(Kind kind);

}  // namespace spoor::collector
