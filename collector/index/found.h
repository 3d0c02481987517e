// What an index finds for a query (docs/query.md): commands, each whole, and other events. Plain
// data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "collector/index/missing.h"
#include "collector/model.h"
#include "collector/search/row_key.h"

namespace spoor::collector {

struct FoundUnit {
  RowKey key;
  IndexedEvent event;  // of a command its start
  std::optional<IndexedEvent> end;
};

// How much of an answer is not there.
struct Shortfall {
  Missing missing;
  // Events that may be wanted: only the log has all of their texts, and was asked for enough.
  uint64_t unsure = 0;
};

struct FoundUnits {
  std::vector<FoundUnit> units;  // the newest first
  size_t found = 0;              // with those that could not be read
  Shortfall shortfall;
};

}  // namespace spoor::collector
