// One writer a folder (the collector's log, the agent's spool): an flock(2) on `<folder>/lock`,
// held until destruction. The kernel lets go of it when the process dies, however it dies.
#pragma once

#include <string>

#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor {

class FolderLock {
 public:
  // Creates the folder's last part if it is missing. `denied` when another process holds the lock.
  static Result<FolderLock> take(const std::string& folder);

 private:
  explicit FolderLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace spoor
