// The sessions of the index that a name is of (collector/language/named_session.h), and the name of
// one. Pure.
#pragma once

#include <string>
#include <vector>

#include "collector/index/index.h"
#include "collector/language/named_session.h"

namespace spoor::collector {

// The uid in hex for a session without a kernel session number.
std::string session_name(const SessionRow& row);
// The sessions that fit: none, one, or several.
Result<std::vector<SessionRow>> find_sessions(const Index& index, const NamedSession& name);

}  // namespace spoor::collector
