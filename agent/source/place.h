// Where a process runs: on the host, or in a container, that is in a control group that a runtime
// has named so (agent/source/cgroup.h), in a pid namespace of its own, or under a root directory
// that is not the first process's. All of it is of /proc: what runtime made the container is not
// asked. (The links in /proc/PID/ns would be shorter, but Landlock keeps them from a confined
// process: they are for those who may trace.)
//
// `host` is only said of what is proven to be the host's; what cannot be proven is `unknown`. Pids
// are used again: who was born after the command had run is not the process that is meant.
// Blocking file access; one thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "agent/model.h"

namespace spoor::agent {

class Places {
 public:
  explicit Places(std::string proc_folder = "/proc", std::string cgroup_folder = "/sys/fs/cgroup");

  // Of the process, or, where that is gone, of what its last execution left as proof:
  //   container: its parent is in one;
  //   host: its parent is the host's, is no runtime (those stay outside, and move their children
  //     in), and the program's name leads here to the very file that was executed.
  // Of its parent only the place is taken over, with the names that it has.
  ProcessSight find(const PlaceQuestion& question) const;
  // Nothing when there is no such process any more, or its pid is another's, born after
  // `born_by_ns` (boottime).
  ProcessSight of(uint32_t pid, int64_t born_by_ns) const;
  // By its name in /proc/PID/comm: containerd's shim, conmon, runc and their like.
  bool is_runtime(uint32_t pid) const;

 private:
  ProcessSight of_now(uint32_t pid) const;
  // When the group was made, since 1970 UTC; 0: not known. Asked once for each, of the last ones.
  int64_t started_ns(std::string_view group) const;
  // The whole lines in the first `size_max` bytes.
  std::optional<std::string> read(uint32_t pid, const char* name, size_t size_max) const;

  std::string proc_folder_, cgroup_folder_;
  mutable std::map<std::string, int64_t, std::less<>> started_;
  std::string host_root_;  // empty: not known
};

// The mount under the root directory, of /proc/PID/mountinfo's text: device, and path in that
// file system (`8:1 /`). Empty where there is none.
std::string_view root_mount(std::string_view mountinfo);
// Whether /proc/PID/status tells of more pids than the host's own (`NSpid:`).
bool has_own_pid_namespace(std::string_view status);
// The effective uid that it tells of (`Uid:`); kUnsetId where it tells none.
uint32_t effective_uid(std::string_view status);

}  // namespace spoor::agent
