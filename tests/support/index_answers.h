// What an index answers that is expected to answer.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "collector/index/index.h"

namespace spoor::collector {

inline std::vector<IndexedEvent> events_of(const Index& index, const SessionKey& key) {
  SessionEvents answer = index.session_events(key).value();
  return std::move(answer.events);
}

inline std::vector<SessionSummary> sessions_of(const Index& index, size_t limit,
                                               std::optional<Index::After> after = {}) {
  return index.sessions(std::move(after), limit).value();
}

inline std::optional<SessionRow> row_of(const Index& index, const SessionKey& key) {
  const std::vector<SessionRow> rows = index.sessions_by_uid(key.session_uid).value();
  for (const SessionRow& row : rows)
    if (row.key == key) return row;
  return std::nullopt;
}

}  // namespace spoor::collector
