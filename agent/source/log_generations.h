// The files that a log was rotated into, as logrotate(8) names them: `auth.log.2`, `auth.log.1`, or
// with dates, `auth.log-20261121`. In the order in which they were written, the log itself last.
// What is named otherwise is left out: compressed files cannot be read on, copies were read.
//
// The folder may be rotated while it is looked at. Newer names are asked first, since files move to
// older ones: then none is missed, and one that is met twice is taken where it went.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/unique_fd.h"

namespace spoor::agent {

struct LogGeneration {
  std::string path;
  uint64_t device = 0, inode = 0, size = 0;
  int64_t modified_ns = 0;
};

// At most kLogGenerationsMax. Empty where the folder cannot be read.
std::vector<LogGeneration> log_generations(const std::string& path);

// Opens a regular file to read, and says which one it is; not open, and errno, where there is none.
UniqueFd open_log(const std::string& path, LogGeneration& opened);
bool describe_log(int fd, LogGeneration& file);

}  // namespace spoor::agent
