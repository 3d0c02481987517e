// What /proc and the witness (agent/source/witness.h) showed of a process when they were asked.
// Plain data.
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
  // The program it executes, as the kernel knows it, and only where that path leads here to this
  // very file, or did before the file was replaced.
  std::string exe = {};
};

// A directory that a process has open: its path from the process's root directory, as it was when
// the witness was asked.
struct DirectorySeen {
  int32_t descriptor = 0;
  std::string device = {};  // as a PATH record has it: 08:01
  uint64_t inode = 0;
  std::string path = {};
};

}  // namespace spoor::agent
