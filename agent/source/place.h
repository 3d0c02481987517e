// Where a process runs: on the host, or in a container, that is in a control group that a runtime
// has named so (agent/source/cgroup.h), in a pid namespace of its own, or under a root directory
// that is not the first process's. All of it is of /proc: what runtime made the container is not
// asked. (The links in /proc/PID/ns would be shorter, but Landlock keeps them from a confined
// process: they are for those who may trace.)
//
// `host` is only said of what is proven to be the host's; what cannot be proven is `unknown`. Pids
// are used again: who was born after the command had run is not the process that is meant.
// Blocking file access; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/model.h"

namespace spoor::agent {

class Places {
 public:
  explicit Places(std::string proc_folder = "/proc");

  // Of the process, or, where that is gone, of what its last execution left as proof:
  //   container: its parent is in one;
  //   host: its parent is the host's, is no runtime (those stay outside, and move their children
  //     in), and the program's name leads here to the very file that was executed.
  Place find(const PlaceQuestion& question) const;
  // `unknown` when there is no such process any more, or its pid is another's, born after
  // `born_by_ns` (boottime).
  Place of(uint32_t pid, int64_t born_by_ns) const;
  // By its name in /proc/PID/comm: containerd's shim, conmon, runc and their like.
  bool is_runtime(uint32_t pid) const;

 private:
  Place of_now(uint32_t pid) const;
  // The whole lines in the first `size_max` bytes.
  std::optional<std::string> read(uint32_t pid, const char* name, size_t size_max) const;

  std::string proc_folder_;
  std::string host_root_;  // empty: not known
};

// The mount under the root directory, of /proc/PID/mountinfo's text: device, and path in that
// file system (`8:1 /`). Empty where there is none.
std::string_view root_mount(std::string_view mountinfo);
// Whether /proc/PID/status tells of more pids than the host's own (`NSpid:`).
bool has_own_pid_namespace(std::string_view status);

}  // namespace spoor::agent
