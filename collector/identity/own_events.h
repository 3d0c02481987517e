// The collector's own decisions about identities, as events for its own streams (agent
// `collector`): OperatorAction with an operation and attributes. Pure; any thread. Who keeps them
// adds order, time and origin.
#pragma once

#include <functional>
#include <string>

#include "collector/identity/registry.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

// Where such events go. Any thread; must not block.
using Tell = std::function<void(v1::Event)>;

// `enrol`, `renew`: an agent was given a certificate.
v1::Event enrolled_event(const Granted& granted, const std::string& address);
v1::Event renewed_event(const Granted& granted, const std::string& address);
// `rename`: an agent goes on with the streams that it had under another name.
v1::Event renamed_event(const std::string& agent, const std::string& former, size_t streams);
// `enrol refused`: somebody came with a token or name that does not do; `renew refused`, `connect
// refused`: with a certificate that does not; `ship refused`: it said what no uplink says;
// `checkpoint refused`: one in the log is not signed by its key, or not for that place. `untold`:
// so many others since the last such event, of which none was made.
v1::Event refused_event(const std::string& what, const std::string& host,
                        const std::string& address, const std::string& reason, uint64_t untold);
// `agent revoke`, one for each certificate.
v1::Event revoked_event(const Revocation& revocation);
// `index reindex`: somebody has asked for it.
v1::Event reindexed_event(const std::string& by);
// `token create`, `token revoke`.
v1::Event token_event(const JournalRow& row);

}  // namespace spoor::collector
