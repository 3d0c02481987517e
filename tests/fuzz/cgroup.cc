// What /proc says of a process's place: groups, mounts and names that a container's root may have
// chosen.
#include "agent/source/cgroup.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/source/mount_place.h"
#include "agent/source/mounts.h"
#include "agent/source/place.h"

namespace {

bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const spoor::agent::CgroupPlace place = spoor::agent::parse_cgroup(text);
  if (!lies_in(place.container, text) ||
      !lies_in(place.unit, text) || (place.runtime.empty() && !place.container.empty())) {
    std::abort();
  }
  if (!lies_in(spoor::agent::root_mount(text), text)) std::abort();
  const auto lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  if (spoor::agent::numbered_devices(text).size() > lines) std::abort();
  (void)spoor::agent::has_own_pid_namespace(text);
  // A tree leads where it leads itself, and a file lies alike in one and the same.
  constexpr std::string_view kPath = "/usr/sbin/sshd";
  const auto mount = spoor::agent::mount_of_path(text, kPath);
  if (mount && !spoor::agent::is_at_or_below(kPath, mount->point)) std::abort();
  if (mount && mount->id != 0 && spoor::agent::mount_of_id(text, mount->id) == mount &&
      !spoor::agent::lies_alike(text, mount->id, kPath, text)) {
    std::abort();
  }
  return 0;
}
