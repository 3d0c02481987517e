// The collector's own events, and failed logins of hosts, as operators are given them. Pure; any
// thread.
#pragma once

#include <string>
#include <vector>

#include "collector/model.h"
#include "common/result.h"
#include "spoor/v1/query.pb.h"

namespace spoor::collector {

// Of whom it tells; empty: of the collector itself.
std::vector<std::string> agents_of(const IndexedEvent& event);

// The newest that fit, in the order given. `invalid` for a pattern that is none.
Result<v1::EventsResponse> list_events(const std::vector<IndexedEvent>& events,
                                       const v1::EventsRequest& request);

}  // namespace spoor::collector
