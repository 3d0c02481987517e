#include "agent/source/listener_overlap.h"

#include <algorithm>
#include <string_view>

#include "agent/limits.h"
#include "common/sha256.h"

namespace spoor::agent {

bool ListenerOverlap::is_first(const Datagram& record, Way way) {
  if (!is_open_) return way == Way::itself;
  const std::string_view type(reinterpret_cast<const char*>(&record.type), sizeof record.type);
  const Hash hash = Sha256().add(type).add(record.text).finish();
  const auto [found, is_new] = brought_.try_emplace(hash);
  Brought& brought = found->second;
  const uint32_t most = *std::max_element(brought.begin(), brought.end());
  const bool first = ++brought[static_cast<size_t>(way)] > most;
  if (is_new) oldest_first_.push_back(hash);
  if (oldest_first_.size() > kRecordsRemembered) {
    brought_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
  return first;
}

void ListenerOverlap::end() {
  is_open_ = false;
  brought_ = {};
  oldest_first_ = {};
}

}  // namespace spoor::agent
