// What can be asked of a query: its newest rows, or how many there were when. Plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "collector/search/row_key.h"

namespace spoor::collector {

struct Newest {
  size_t rows = 0;               // at most
  std::optional<RowKey> before;  // strictly
  int64_t since_ns = std::numeric_limits<int64_t>::min();  // what is older is not wanted either
};

// How many were in each of some spans of one width, one behind the other, none before 1970; others
// count nowhere.
struct Histogram {
  int64_t begin_ns = 0;
  int64_t width_ns = 1;
  std::vector<uint64_t> counts;
};

}  // namespace spoor::collector
