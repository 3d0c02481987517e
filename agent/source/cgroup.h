// Whose process it is, by its control group: the text of /proc/PID/cgroup (cgroups(7)), both
// versions. A container is known by the name its runtime gives the group; runtimes differ, so this
// is a table of names and not a guess by depth. No state; any thread.
#pragma once

#include <string_view>

namespace spoor::agent {

// Views into the text.
struct CgroupPlace {
  std::string_view runtime;    // docker, containerd, podman, cri-o, lxc, nspawn, …; empty: none
  std::string_view container;  // its id or name, as the runtime has it
  std::string_view unit;       // the innermost systemd unit, empty where there is none
  std::string_view path;       // down to the container, else the unit, in the unified hierarchy
};

CgroupPlace parse_cgroup(std::string_view text);

}  // namespace spoor::agent
