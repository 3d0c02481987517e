#include "collector/receive/stream_allowance.h"

#include <algorithm>

#include "collector/limits.h"
#include "common/clock.h"

namespace spoor::collector {

namespace {

constexpr int64_t kAllNs = static_cast<int64_t>(kStreamsBegunMax) * kStreamBegunEveryNs;

}  // namespace

int64_t StreamAllowance::wait_ms(const std::string& agent, size_t count,
                                 int64_t boottime_ns) const {
  const auto known = all_back_ns_.find(agent);
  if (known == all_back_ns_.end()) return 0;
  const int64_t wanted_ns = static_cast<int64_t>(count) * kStreamBegunEveryNs;
  const int64_t wait_ns =
      std::max(known->second, boottime_ns) + wanted_ns - boottime_ns - kAllNs;
  return wait_ns <= 0 ? 0 : wait_ns / kNsPerMs + 1;
}

void StreamAllowance::begun(const std::string& agent, int64_t boottime_ns) {
  int64_t& all_back_ns = all_back_ns_[agent];
  all_back_ns = std::max(all_back_ns, boottime_ns) + kStreamBegunEveryNs;
}

}  // namespace spoor::collector
