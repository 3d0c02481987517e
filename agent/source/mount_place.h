// Where mounts lead, by the text of /proc/PID/mountinfo (proc_pid_mountinfo(5)). A path means
// something only in one tree of mounts: a container, a service with folders of its own, and a mount
// that somebody took out of the tree again all have a /usr/sbin/sshd that may be any file. What the
// kernel numbers, a mount, is what such paths can be compared by. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spoor::agent {

struct Mount {
  uint64_t id = 0;
  uint32_t device_major = 0, device_minor = 0;  // of the file system, as audit's records have it
  std::string root;   // the folder of that file system which is to be seen
  std::string point;  // where, from the process's root directory
  bool operator==(const Mount&) const = default;
};

// Of one line; nullopt for what is none.
std::optional<Mount> parse_mount(std::string_view line);
// The mount of that id; nullopt where the tree does not have it (any more).
std::optional<Mount> mount_of_id(std::string_view mountinfo, uint64_t id);
// The one that a path leads into: of those on the way to it the last one, which covers the others.
std::optional<Mount> mount_of_path(std::string_view mountinfo, std::string_view path);
bool is_at_or_below(std::string_view path, std::string_view folder);
// Whether a file that lies at `path` on mount `id` of one tree lies there in the other tree, too,
// by the place in its file system, be it still there or deleted.
bool lies_alike(std::string_view mountinfo, uint64_t id, std::string_view path,
                std::string_view other_mountinfo);

}  // namespace spoor::agent
