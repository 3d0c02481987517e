// What an event is kept for in an index, beside being one: the same in every engine. Pure
// functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "collector/index/session_row.h"
#include "collector/model.h"

namespace spoor::collector {

enum class EventUse : uint8_t {
  own,           // the collector's own: Index::own_events
  failed_login,  // of no session: Index::failed_logins
  loss,
  session,
  none,
};
EventUse use_of(const IndexedEvent& event);

// Of EventUse::session.
SessionKey session_of(const IndexedEvent& event);
// Of an event that has one, the boot of its agent's epoch.
std::optional<Id> boot_of(const v1::Event& event);
// The logins that a user manager's session says it is of.
std::set<uint32_t> logins_of(const v1::Event& event);
// In whose share of a FairHistory an event of the first two uses is.
std::string share_of(const IndexedEvent& event);

// Nothing for what is not of an id's size.
std::optional<Id> id_of(const std::string& bytes);

}  // namespace spoor::collector
