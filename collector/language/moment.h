// A moment as an operator types it. A function of its input; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <absl/time/time.h>

#include "common/result.h"

namespace spoor::collector {

// ns since 1970 UTC of: `30s`, `10m`, `2h`, `3d`, `1w` before `now_ns`; `now`; `today` and
// `yesterday`, when these days began; `14:30` or `14:30:05` of today; `2026-11-22`, with ` 14:30`
// or `T14:30` behind it, with seconds (and a fraction) or without, and then with `Z` or `+01:00`
// for another zone than `zone`. Of a clock time that a zone skips or has twice: the first moment
// that can be meant. `invalid` says what a time looks like.
Result<int64_t> parse_moment(std::string_view text, int64_t now_ns, absl::TimeZone zone);

// `2026-11-22T13:30:00Z`, with a fraction where there is one.
std::string utc_text(int64_t moment_ns);

}  // namespace spoor::collector
