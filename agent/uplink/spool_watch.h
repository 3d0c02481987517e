// Sleeps until there is something to do: the spool grew (inotify), it is time to stop, or the time
// is up.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "agent/uplink/spool_reader.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::uplink {

class SpoolWatch {
 public:
  explicit SpoolWatch(int stop_fd);

  // Watches these folders, one a stream, for files that are made, replaced, or grow.
  Status watch(const std::vector<std::string>& folders);
  // What the waits saw since the last time.
  Growths take_growths() { return std::exchange(growths_, {}); }
  // True when it is time to stop.
  bool wait(int timeout_ms);
  // Waits for the whole time, whatever else happens; true when it is time to stop.
  bool pause(int64_t ms);

 private:
  void read_events();

  int stop_fd_;
  UniqueFd inotify_;
  std::vector<int> watches_;  // by folder
  Growths growths_{};
};

}  // namespace spoor::uplink
