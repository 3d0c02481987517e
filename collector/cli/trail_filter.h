// Which part of a trail was asked for. Losses are never left out: what is missing may be what was
// asked for. Plain data and functions of it; any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "spoor/v1/query.pb.h"

namespace spoor::cli {

struct TrailFilter {
  // Only these; none of them: everything.
  bool files = false;
  bool network = false;
  bool input = false;
  // What was over before is left out.
  int64_t since_ns = std::numeric_limits<int64_t>::min();

  bool has_kinds() const { return files || network || input; }
};

// Whether anything of it was at or after the filter's time.
bool is_since(const v1::TrailItem& item, const TrailFilter& filter);
// Whether an event is of a kind that was asked for by name.
bool is_of_kinds(const v1::TrailItem& item, const TrailFilter& filter);

// The items of the kinds asked for, with the commands that did them and those these came from, the
// session, the lag and the losses.
std::vector<v1::TrailItem> of_kinds(std::vector<v1::TrailItem> items, const TrailFilter& filter);

}  // namespace spoor::cli
