#include "collector/query/session_name.h"

namespace spoor::collector {

std::string session_name(const SessionRow& row) {
  if (row.ses == 0) return to_hex(row.key.session_uid);
  return row.key.agent + ":" + std::to_string(row.ses) + "." + boot_letters(row.boot_id);
}

Result<std::vector<SessionRow>> find_sessions(const Index& index, const NamedSession& name) {
  if (name.uid) return index.sessions_by_uid(*name.uid);
  ASSIGN_OR_RETURN(std::vector<SessionRow> rows, index.sessions_named(name.agent, name.ses));
  if (!name.letters.empty())
    std::erase_if(rows, [&](const SessionRow& row) {
      return boot_letters(row.boot_id) != name.letters;
    });
  return rows;
}

}  // namespace spoor::collector
