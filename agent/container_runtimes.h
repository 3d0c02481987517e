// Programs that make containers or enter them, by what they are called. What they start runs
// elsewhere than they do. Pure.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace spoor::agent {

// By proc_pid_comm(5), or a path's last part.
inline bool is_container_runtime(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "conmon", "containerd", "crun", "docker", "kata-", "lxc-", "lxd", "incus", "nsenter",
      "podman", "runc", "runsc", "systemd-nspawn", "unshare", "bwrap", "youki", "buildkit"};
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&](std::string_view known) { return name.starts_with(known); });
}

}  // namespace spoor::agent
