// Rows that an answer lacks, since the disk did not give them. Plain data.
#pragma once

#include <cstdint>

#include "common/result.h"

namespace spoor::collector {

struct Missing {
  uint64_t rows = 0;
  Status why;
  void add(uint64_t count, const Status& status) {
    rows += count;
    if (why.is_ok()) why = status;
  }
};

}  // namespace spoor::collector
