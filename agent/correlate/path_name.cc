#include "agent/correlate/path_name.h"

#include <algorithm>

namespace spoor::agent {

bool absolute_path(std::string_view cwd, std::string_view name, std::string& out) {
  out.clear();
  if (!name.starts_with('/')) {
    if (!cwd.starts_with('/') || cwd.ends_with(" (deleted)")) return false;
    out = cwd == "/" ? std::string_view() : cwd;
  }
  bool in_front = true;  // `out` holds nothing of `name`
  while (!name.empty()) {
    const size_t end = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, end);
    name.remove_prefix(std::min(end + 1, name.size()));
    if (part.empty() || part == ".") continue;
    if (part == ".." && in_front) {
      out.resize(out.empty() ? 0 : out.rfind('/'));
      continue;
    }
    in_front = false;
    out.append("/").append(part);
  }
  if (out.empty()) out = "/";
  return true;
}

std::string_view folder_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  return path.substr(0, slash == std::string_view::npos ? 0 : std::max<size_t>(slash, 1));
}

std::string_view last_name(std::string_view name) {
  while (name.ends_with('/')) name.remove_suffix(1);
  name.remove_prefix(name.rfind('/') + 1);
  return name == "." || name == ".." ? std::string_view() : name;
}

}  // namespace spoor::agent
