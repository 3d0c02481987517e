// Where one boot of a host ends in its logs and the next begins. Serials, session numbers and
// process ids start anew then, so that what bears the same number is another thing.
//
// A record is of a new boot when
//   - it says so: the kernel's `state=initialized`, or a DAEMON_START after a SYSTEM_SHUTDOWN;
//   - it has a serial that was there before, at another time; or one far behind the greatest (for a
//     SYSTEM_BOOT: one behind it), more than a second later: serials only grow within a boot;
//   - its LOGIN opens a session that was opened before: the kernel counts them up, too;
//   - a recording's own clock, which counts from the boot, went back.
// A SYSTEM_BOOT alone proves nothing: containers that boot write one, too, and so may whoever may
// write records, among the serials of a kernel that runs on.
#pragma once

#include <map>
#include <vector>

#include "agent/model.h"

namespace spoor::agent {

class BootBorder {
 public:
  BootBorder();
  // To be asked of each record, in the order of the log; `key` is its header's.
  bool begins(const Datagram& record, EventKey key);
  // Of each time that a recording says.
  bool begins(Instant clock);

 private:
  bool says_so(const Datagram& record) const;
  bool contradicts(const Datagram& record, EventKey key) const;
  void begin();
  void note(const Datagram& record, EventKey key);

  bool started_ = false;  // a record of the kernel's was seen
  bool shut_down_ = false;
  EventKey last_;
  uint32_t greatest_serial_ = 0;
  int64_t greatest_time_ms_ = 0;
  int64_t boottime_ns_ = 0;
  std::vector<EventKey> keys_;           // seen last of each serial modulo its size
  std::map<uint32_t, EventKey> opened_;  // sessions, by their LOGIN
};

}  // namespace spoor::agent
