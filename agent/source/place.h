// Where a process runs: on the host, or in a container, that is in a control group that a runtime
// has named so (agent/source/cgroup.h) and that is no user's own, in a pid namespace of its own, or
// under a root directory that is not the first process's. All of it is of /proc: what runtime made
// the container is not asked. (Nor does it count that a process has a mount namespace of its own:
// systemd gives one to many services of the host.)
//
// What only a tracer may see the witness tells (agent/source/witness.h), and a path of its is
// believed only where it means on the host what it says:
//   a program's: the file lies at that place of its file system which the path leads to for us
//     (agent/source/mount_place.h), be it there still or replaced by an upgrade. The path itself is
//     not walked: a user may have made it lead into a file system that never answers. What root has
//     put in a program's place and removed again is beyond that: rules on these folders tell of it.
//   a directory's: it lies on a mount of the process's own tree, which is not a part of another one
//     (chroot), and is not deleted. Its path is the one it has when it is asked for.
//
// `host` is only said of what is proven to be the host's; what cannot be proven is `unknown`. Pids
// are used again: who was born after the command had run is not the process that is meant.
// Blocking file access; one thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model.h"
#include "agent/source/witness_message.h"

namespace spoor::agent {

class Places {
 public:
  explicit Places(std::string proc_folder = "/proc", std::string cgroup_folder = "/sys/fs/cgroup");

  // The witness; as they are, nobody is asked and nothing is known.
  using ProgramOf = std::function<std::optional<WitnessSight>(uint32_t pid)>;
  using DirectoryOf =
      std::function<std::optional<WitnessSight>(uint32_t pid, int32_t descriptor)>;
  ProgramOf program_of = [](uint32_t) { return std::nullopt; };
  DirectoryOf directory_of = [](uint32_t, int32_t) { return std::nullopt; };

  // Of the process, or, where that is gone, of what its last execution left as proof:
  //   container: its parent is in one;
  //   host: its parent is the host's, is no runtime (those stay outside, and move their children
  //     in), and the program's name leads here to the very file that was executed.
  // Of its parent only the place is taken over, with the names that it has. Only who wrote a record
  // is asked for its program.
  ProcessSight find(const PlaceQuestion& question) const;
  // Nothing when there is no such process any more, or its pid is another's, born after
  // `born_by_ns` (boottime).
  ProcessSight of(uint32_t pid, int64_t born_by_ns, bool with_program = false) const;
  // Those that are asked for and known.
  std::vector<DirectorySeen> directories(const PlaceQuestion& question) const;
  // Its program, as ProcessSight::exe says it.
  std::string program_of_found(const ProcessFound& process) const;
  // By its name in /proc/PID/comm: containerd's shim, conmon, runc and their like.
  bool is_runtime(uint32_t pid) const;

 private:
  ProcessSight of_now(uint32_t pid, bool with_program) const;
  std::string program(uint32_t pid) const;
  bool was_born_by(uint32_t pid, int64_t born_by_ns) const;
  // It is of whom all groups are of, and not of a user to whom a part was given.
  bool is_of_system(std::string_view group) const;
  // When the group was made, since 1970 UTC; 0: not known. Asked once for each, of the last ones.
  int64_t started_ns(std::string_view group) const;
  // The whole lines in the first `size_max` bytes.
  std::optional<std::string> read(uint32_t pid, const char* name, size_t size_max) const;
  std::optional<std::string> read(const std::string& process, const char* name,
                                  size_t size_max) const;

  std::string proc_folder_, cgroup_folder_;
  struct Started {
    uint64_t inode = 0;  // of the group's folder
    int64_t at_ns = 0;
  };
  mutable std::map<std::string, Started, std::less<>> started_;
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
