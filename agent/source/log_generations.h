// The files that a log was rotated into, as logrotate(8) names them: `auth.log.2`, `auth.log.1`, or
// with dates, `auth.log-20261121`. In the order in which they were written, the log itself last.
// What is named otherwise is left out: compressed files cannot be read on, copies were read.
//
// The folder may be rotated while it is looked at, so it is looked at until two looks agree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::agent {

struct LogGeneration {
  std::string path;
  uint64_t device = 0, inode = 0, size = 0;
  int64_t modified_ns = 0;
};
inline bool is_same_file(const LogGeneration& a, const LogGeneration& b) {
  return a.device == b.device && a.inode == b.inode;
}

// At most kLogGenerationsMax and the log. `unavailable` where the names do not stand still.
Result<std::vector<LogGeneration>> log_generations(const std::string& path);

// Opens a regular file to read, and says which one it is; not open, and errno, where there is none.
UniqueFd open_log(const std::string& path, LogGeneration& opened);
bool describe_log(int fd, LogGeneration& file);

}  // namespace spoor::agent
