// Sessions as an aligned table for people, a line each, in the order given. A function of its input
// and the process's time zone; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/cli/trail_view.h"
#include "spoor/v1/query.pb.h"

namespace spoor::cli {

// Where a width is given and the table is wider, the seconds go, then ports, then keys, then kinds
// and a year that all share, then the count of commands as root (the trail has them all); and at
// last origins and user names are cut. A
// session's name never is, since it is there to be copied: one that is very long makes the table
// wider.
std::string render_sessions(const std::vector<v1::Session>& sessions, const ViewOptions& options);

// That so many are no logins, and how to see them; empty for none.
std::string hidden_text(uint64_t hidden);

}  // namespace spoor::cli
