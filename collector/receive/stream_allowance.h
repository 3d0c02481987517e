// How many streams an agent may begin: kStreamsBegunMax at once, and one more each
// kStreamBegunEveryNs, for ever, so that no host is stuck for having been asked for new ones often,
// and none fills the log's memory with heads of streams. Of this run of the collector. Not
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace spoor::collector {

class StreamAllowance {
 public:
  // 0: the agent may begin `count` streams now. Else after how many ms.
  int64_t wait_ms(const std::string& agent, size_t count, int64_t boottime_ns) const;
  void begun(const std::string& agent, int64_t boottime_ns);

 private:
  std::map<std::string, int64_t> all_back_ns_;  // when an agent has its whole allowance again
};

}  // namespace spoor::collector
