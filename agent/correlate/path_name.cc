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

bool passes_process_link(std::string_view path) {
  constexpr auto kNone = std::string_view::npos;
  if (path.find("/proc/") == kNone && path.find("/dev/") == kNone) return false;  // nearly all
  const auto is_process = [](std::string_view part) {
    return part == "self" || part == "thread-self" ||
           part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const auto is_link = [](std::string_view part) {
    return part == "cwd" || part == "root" || part == "exe" || part == "fd" || part == "map_files";
  };
  const auto is_own_stream = [](std::string_view part) {
    return part == "fd" || part == "stdin" || part == "stdout" || part == "stderr";
  };
  bool at_top = true, in_proc = false, in_process = false, in_dev = false;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if ((in_process && is_link(part)) || (in_dev && is_own_stream(part))) return true;
    in_process = in_process || (in_proc && is_process(part));
    in_proc = in_proc || part == "proc";
    // Folders of the name `dev` are many, and the one at the top is a `..` away at most.
    in_dev = in_dev || (at_top && part == "dev");
    at_top = part == "..";
  }
  return false;
}

}  // namespace spoor::agent
