// Answers about agents: which of those that the collector watches over an operator asked for. Pure;
// any thread.
#pragma once

#include <vector>

#include "collector/identity/agent_watch.h"
#include "common/result.h"
#include "spoor/v1/query.pb.h"

namespace spoor::collector {

v1::Agent to_message(const AgentView& view);

// `agents` in the order of their names. `invalid` for a label or pattern that is none.
Result<v1::AgentsResponse> list_agents(const std::vector<AgentView>& agents,
                                       const v1::AgentsRequest& request);

}  // namespace spoor::collector
