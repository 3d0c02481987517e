#include "agent/correlate/path_items.h"

#include <utility>

namespace spoor::agent {
namespace {

// st_mode (inode(7)).
constexpr uint32_t kTypeMask = 0170000, kDirectory = 0040000, kLink = 0120000;

// Keeps the first two by item=, in whatever order they were read.
void keep(const PathFields* path, const PathFields*& first, const PathFields*& second) {
  if (first == nullptr || path->item < first->item) std::swap(path, first);
  if (path != nullptr && (second == nullptr || path->item < second->item)) second = path;
}

}  // namespace

PathItems path_items(const AuditEvent& event) {
  PathItems items;
  for (const PathFields& path : event.paths) {
    const std::string_view type = event.bytes(path.nametype);
    if (type == "CREATE") keep(&path, items.made, items.made_in_exchange);
    else if (type == "DELETE") keep(&path, items.removed, items.replaced);
    else if (type == "PARENT") keep(&path, items.parents[0], items.parents[1]);
    else keep(&path, items.other, items.second_other);
  }
  return items;
}

std::string_view name_of(const AuditEvent& event, const PathFields& path) {
  return path.name ? event.bytes(*path.name) : std::string_view();
}

DirectoryId id_of(const AuditEvent& event, const PathFields& path) {
  return {event.bytes(path.device), path.inode};
}

bool is_directory(const PathFields& path) { return (path.mode & kTypeMask) == kDirectory; }
bool is_link(const PathFields& path) { return (path.mode & kTypeMask) == kLink; }

// As parent_len() in kernel/auditfilter.c counts.
std::string_view parent_name(std::string_view name, std::string_view cwd) {
  size_t end = name.find_last_not_of('/');
  end = end == std::string_view::npos ? end : name.rfind('/', end);
  return end == std::string_view::npos ? cwd : name.substr(0, end + 1);
}

}  // namespace spoor::agent
