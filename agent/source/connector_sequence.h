// What the process connector's own numbers tell of its losses. Each processor numbers its messages
// (drivers/connector/cn_proc.c, send_msg: a per-CPU counter, taken and sent under one lock), and a
// message that a socket refuses, be it for lack of room or by its filter, has had a number.
//
// So, without a filter, numbers skipped are messages lost, exactly. With ours they are an upper
// bound, since most of what is skipped was filtered out; but where nothing was skipped nothing was
// lost, which narrows the time of a loss that the socket's counter tells of. A number that goes
// back is a connector that began anew.
//
// Owned by ProcConnector, one thread.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "agent/model.h"

namespace spoor::agent {

class ConnectorSequence {
 public:
  struct Skips {
    uint64_t numbers = 0;
    // Around all of them, boottime: the last message before the first one, the first after the last
    // one. 0, 0: there are none.
    TimeRange within;
    uint32_t restarts = 0;
  };

  // A message of processor `cpu`, in the order of reading.
  void note(uint32_t cpu, uint32_t number, int64_t boottime_ns);
  // Since the last time.
  Skips take();

 private:
  struct Last {
    uint32_t number;
    int64_t boottime_ns;
  };
  std::unordered_map<uint32_t, Last> last_;  // as many as there are processors
  Skips skips_;
};

}  // namespace spoor::agent
