// Lengths of time as they stand on a command line: `90s`, `30m`, `24h`, `7d`. Pure.
#pragma once

#include <string>

#include "common/result.h"

namespace spoor::collector {

// Seconds, at least 1. `invalid` for anything else.
Result<int64_t> parse_life(const std::string& text);

}  // namespace spoor::collector
