// What each agent and its uplink said of themselves last (Status in uplink.proto): not evidence,
// and not in the log. From it, and from when it came, others derive how an agent fares.
// Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/clock.h"
#include "spoor/v1/uplink.pb.h"

namespace spoor::collector {

struct LastStatus {
  std::string agent;
  v1::Status status;
  Instant received;  // the collector's clocks
  // What to add to the host's clock to get the collector's; what the message took on its way is in
  // it. 0 where the uplink did not say its time.
  int64_t correction_ns = 0;
  // How far the correction moved since the status before; 0 for the first.
  int64_t correction_moved_ns = 0;
};

class LastStatuses {
 public:
  // At most kStatusesMax agents, and kStatusBytesMax of each. Beyond: not kept.
  void keep(const std::string& agent, const v1::Status& status, Instant received);
  std::optional<LastStatus> of(const std::string& agent) const;
  // Those that came since the last call.
  std::vector<LastStatus> take_news();

 private:
  mutable std::mutex mutex_;
  std::map<std::string, LastStatus> by_agent_;
  std::set<std::string> news_;
};

}  // namespace spoor::collector
