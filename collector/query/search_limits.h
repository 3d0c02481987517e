// The bounds of searches and histograms.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace spoor::collector {

// Items of one answer to a search, and their bytes. Reached: the answer ends there, with a cursor.
inline constexpr size_t kSearchDefault = 50;
inline constexpr size_t kSearchMax = 1'000;
inline constexpr size_t kSearchBytesMax = 4u << 20;
// How long a search or a histogram may take. Reached: it is cancelled.
inline constexpr std::chrono::seconds kSearchTimeMax{30};
// Long texts that one question looks up in the log, some ms each. Beyond: their events are unsure,
// and the answer says how many.
inline constexpr size_t kLogLookupsMax = 1'000;
// Spans of a histogram: a week by the minute. Beyond: the question is refused.
inline constexpr int64_t kHistogramSpansMax = 10'080;

}  // namespace spoor::collector
