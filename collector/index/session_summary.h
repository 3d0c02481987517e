// A session in short: what lists show of it. Plain data.
#pragma once

#include "collector/index/session_head.h"
#include "collector/index/session_row.h"
#include "collector/index/session_sums.h"

namespace spoor::collector {

struct SessionSummary {
  SessionRow row;
  SessionHead head;
  SessionSums sums;
};

}  // namespace spoor::collector
