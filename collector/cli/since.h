// A moment as an operator types it. A function of its input and the process's time zone; any
// thread.
#pragma once

#include <cstdint>
#include <string>

#include "common/result.h"

namespace spoor::cli {

// ns since 1970 UTC of: `30s`, `10m`, `2h`, `3d`, `1w` before `now_ns`; `14:30` or `14:30:05` of
// today; `2026-11-22`, with ` 14:30[:05]` or `T14:30[:05]` behind it, and then with `Z` or
// `+01:00` for another zone than the local one. `invalid` says what a time looks like.
Result<int64_t> parse_since(const std::string& text, int64_t now_ns);

}  // namespace spoor::cli
