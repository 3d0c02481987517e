// What /proc says of a process's place: groups, mounts and names that a container's root may have
// chosen.
#include "agent/source/cgroup.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

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
  return 0;
}
