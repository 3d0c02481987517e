// The answers of the Query service without the network: from the index and its folds to messages.
// Pure but for reading the index; any thread.
#pragma once

#include <string>

#include "collector/index/fold.h"
#include "collector/index/index.h"
#include "common/result.h"
#include "spoor/v1/query.pb.h"

namespace spoor::collector {

// One page of sessions. `invalid` for a cursor that is none of ours, `unavailable` when cancelled.
Result<v1::SessionsResponse> list_sessions(const Index& index, const v1::SessionsRequest& request,
                                           const IsCancelled& is_cancelled);

// With the names of the sessions it belongs with.
Result<v1::Session> to_message(const Index& index, const SessionSummary& session);
v1::Command command_message(const Command& command, const std::string& login_name);
v1::TrailItem to_message(const Command& command, const SessionSummary& session);
v1::TrailItem to_message(const TrailLoss& loss);
v1::TrailItem to_message(const OtherEvent& event);

// `web1/command/12/4711`
std::string event_id(const IndexedEvent& event);

}  // namespace spoor::collector
