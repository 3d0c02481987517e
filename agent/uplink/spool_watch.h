// Sleeps until there is something to do: the spool grew (inotify), the connection has news, it is
// time to stop, or the time is up.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::uplink {

class SpoolWatch {
 public:
  explicit SpoolWatch(int stop_fd);

  // Watches these folders for files that are made or grow.
  Status watch(const std::vector<std::string>& folders);
  // Ends a wait; any thread.
  void wake();
  // True when it is time to stop.
  bool wait(int timeout_ms);
  // Waits for the whole time, whatever else happens; true when it is time to stop.
  bool pause(int64_t ms);

 private:
  int stop_fd_;
  UniqueFd inotify_;
  UniqueFd woken_;
};

}  // namespace spoor::uplink
