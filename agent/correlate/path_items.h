// The PATH records of one call, sorted by what they are (kernel/auditsc.c, enum AUDIT_TYPE_*):
//
//   NORMAL   what the name led to        UNKNOWN  a name that led nowhere, or was not followed
//   CREATE   a name that was made        DELETE   a name that goes, also in a rename
//   PARENT   the folder of a name that is made or goes
//
// A PARENT's name is the name's part up to its last slash, or, where it has none, the working
// directory's, even where the call was given a descriptor; its inode is the true folder's. Two
// PARENTs stand in the order in which the kernel's compiler evaluated two arguments. Views into the
// event; pure.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "agent/audit_event.h"
#include "agent/activity_fact.h"

namespace spoor::agent {

struct PathItems {
  // Each the first of its kind by its item=; null: none.
  const PathFields* made = nullptr;
  const PathFields* made_in_exchange = nullptr;  // the second CREATE: the old name, of the other
  const PathFields* removed = nullptr;
  const PathFields* replaced = nullptr;  // the second DELETE: what a rename took the name of
  const PathFields* other = nullptr;     // NORMAL, UNKNOWN
  const PathFields* second_other = nullptr;
  std::array<const PathFields*, 2> parents{};
};
PathItems path_items(const AuditEvent& event);

// Empty for a record without one.
std::string_view name_of(const AuditEvent& event, const PathFields& path);
DirectoryId id_of(const AuditEvent& event, const PathFields& path);
bool is_directory(const PathFields& path);
bool is_link(const PathFields& path);
// What PARENT's name is for that name.
std::string_view parent_name(std::string_view name, std::string_view cwd);

}  // namespace spoor::agent
