#include "collector/receive/last_status.h"

#include "collector/limits.h"

namespace spoor::collector {

void LastStatuses::keep(const std::string& agent, const v1::Status& status, Instant received) {
  // Strings are the uplink's to choose; a longer message is not one of ours.
  if (status.ByteSizeLong() > kStatusBytesMax) return;
  const std::lock_guard lock(mutex_);
  const auto known = by_agent_.find(agent);
  if (known == by_agent_.end() && by_agent_.size() >= kStatusesMax) return;
  LastStatus& last = known == by_agent_.end() ? by_agent_[agent] : known->second;
  const bool is_first = last.agent.empty();
  const int64_t before_ns = last.correction_ns;
  last.agent = agent;
  last.status = status;
  last.status.DiscardUnknownFields();
  last.received = received;
  const int64_t host_ns = status.uplink_realtime_ns();
  // A host may say any number: what would overflow says nothing.
  last.correction_ns = host_ns > 0 ? received.realtime_ns - host_ns : 0;
  news_.insert(agent);
  last.correction_moved_ns = is_first ? 0 : last.correction_ns - before_ns;
}

std::optional<LastStatus> LastStatuses::of(const std::string& agent) const {
  const std::lock_guard lock(mutex_);
  const auto known = by_agent_.find(agent);
  return known == by_agent_.end() ? std::nullopt : std::optional(known->second);
}

std::vector<LastStatus> LastStatuses::take_news() {
  std::vector<LastStatus> out;
  const std::lock_guard lock(mutex_);
  for (const std::string& agent : news_) out.push_back(by_agent_[agent]);
  news_.clear();
  return out;
}

}  // namespace spoor::collector
