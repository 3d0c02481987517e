// What /proc showed of a process when it was asked. Plain data.
#pragma once

#include <cstdint>
#include <string>

namespace spoor::agent {

// Where a process runs.
enum class Place : uint8_t { unknown, host, container };

// What is empty is not known. Runtime, container and unit go by the control group
// (agent/source/cgroup.h).
struct ProcessSight {
  Place place = Place::unknown;
  uint32_t uid = 0xFFFFFFFF;    // effective; an unset id: not known
  std::string comm = {};        // its own word: prctl(PR_SET_NAME) changes it
  std::string runtime = {}, container = {}, unit = {};
  int64_t unit_started_ns = 0;  // since 1970 UTC, of the container or else the unit
};

}  // namespace spoor::agent
