// Agents as an aligned table for people, a line each, in the order given. A function of its input
// and the process's time zone; any thread.
#pragma once

#include <string>
#include <vector>

#include "collector/cli/trail_view.h"
#include "spoor/v1/query.pb.h"

namespace spoor::cli {

// `now_ns` is what ages are counted to. A table that is too wide loses its labels, then its
// versions.
std::string render_agents(const std::vector<v1::Agent>& agents, int64_t now_ns,
                          const ViewOptions& options);

// `silent`: the state's name in lower case, and back; STATE_UNSPECIFIED for a word that is none.
std::string state_word(v1::Agent::State state);
v1::Agent::State state_of_word(const std::string& word);

}  // namespace spoor::cli
