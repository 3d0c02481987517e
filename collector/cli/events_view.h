// The collector's own events, or failed logins, for people, a line each, in the order given. A
// function of its input and the process's time zone; any thread.
#pragma once

#include <string>
#include <vector>

#include "collector/cli/trail_view.h"
#include "spoor/v1/query.pb.h"

namespace spoor::cli {

// A line that is too wide is cut. Days are divided by a line with the date.
std::string render_events(const std::vector<v1::OwnEvent>& events, const ViewOptions& options);

}  // namespace spoor::cli
