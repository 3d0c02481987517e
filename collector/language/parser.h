// Text of the query language to its tree. docs/query.md has the language; its trees and errors
// stand in tests/golden/query. A function of its input; any thread.
#pragma once

#include <string_view>

#include "collector/language/query.h"
#include "common/result.h"

#include <absl/time/time.h>

namespace spoor::collector {

inline constexpr size_t kQueryBytesMax = 8192;
inline constexpr size_t kQueryPartsMax = 256;
inline constexpr size_t kQueryNestingMax = 32;

// When and where somebody asks.
struct Asked {
  int64_t now_ns = 0;  // since 1970 UTC
  absl::TimeZone zone;
};

// `invalid` says at which column, from 1, and what to do.
Result<Query> parse_query(std::string_view text, const Asked& asked);

}  // namespace spoor::collector
