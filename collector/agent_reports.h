// What agents said of themselves last, as the watch over them takes it: from `receive` to
// `identity`, which do not know one another. Pure.
#pragma once

#include <vector>

#include "collector/identity/agent_watch.h"
#include "collector/receive/last_status.h"

namespace spoor::collector {

std::vector<AgentReport> agent_reports(const std::vector<LastStatus>& statuses);

}  // namespace spoor::collector
