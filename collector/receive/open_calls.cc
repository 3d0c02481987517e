#include "collector/receive/open_calls.h"

#include <utility>

#include "collector/connection_limits.h"

namespace spoor::collector {

void OpenCalls::Deadlines::add(const OpenCallRef& call, int64_t until_ns) {
  if (places_.contains(call)) return;
  due_.push_back({call, until_ns});
  places_[call] = std::prev(due_.end());
}

void OpenCalls::Deadlines::forget(const OpenCallRef& call) {
  const auto place = places_.find(call);
  if (place == places_.end()) return;
  due_.erase(place->second);
  places_.erase(place);
}

OpenCallRef OpenCalls::Deadlines::take_oldest() {
  OpenCallRef oldest = std::move(due_.front().call);
  due_.pop_front();
  places_.erase(oldest);
  return oldest;
}

void OpenCalls::Deadlines::take_overdue(int64_t now_ns, std::vector<OpenCallRef>& out) {
  while (!due_.empty() && due_.front().until_ns <= now_ns) out.push_back(take_oldest());
}

std::vector<OpenCallRef> OpenCalls::add(const OpenCallRef& call, int64_t boottime_ns) {
  std::vector<OpenCallRef> oldest;
  const std::lock_guard lock(mutex_);
  all_.insert(call);
  silent_.add(call, boottime_ns + kHelloWaitNs);
  if (silent_.size() > kUngreetedMax) oldest.push_back(silent_.take_oldest());
  return oldest;
}

std::vector<OpenCallRef> OpenCalls::identify(const OpenCallRef& call, const std::string& agent) {
  std::vector<OpenCallRef> oldest;
  const std::lock_guard lock(mutex_);
  std::list<OpenCallRef>& of_agent = by_agent_[agent];
  of_agent.push_back(call);
  if (of_agent.size() > kConnectionsPerAgentMax) {
    oldest.push_back(std::move(of_agent.front()));
    of_agent.pop_front();
  }
  return oldest;
}

bool OpenCalls::greet(const OpenCallRef& call) {
  const std::lock_guard lock(mutex_);
  if (greeted_ >= kConnectionsMax) return false;
  ++greeted_;
  silent_.forget(call);
  return true;
}

void OpenCalls::expect_end(const OpenCallRef& call, int64_t boottime_ns) {
  const std::lock_guard lock(mutex_);
  if (!all_.contains(call)) return;
  silent_.forget(call);
  refused_.add(call, boottime_ns + kRefusedWaitNs);
}

void OpenCalls::remove(const OpenCallRef& call, const std::string& agent, bool was_greeted) {
  const std::lock_guard lock(mutex_);
  all_.erase(call);
  silent_.forget(call);
  refused_.forget(call);
  greeted_ -= was_greeted;
  const auto known = by_agent_.find(agent);
  if (known == by_agent_.end()) return;
  known->second.remove(call);
  if (known->second.empty()) by_agent_.erase(known);
}

std::vector<OpenCallRef> OpenCalls::take_overdue(int64_t boottime_ns) {
  std::vector<OpenCallRef> overdue;
  const std::lock_guard lock(mutex_);
  refused_.take_overdue(boottime_ns, overdue);
  while (refused_.size() > kUngreetedMax) overdue.push_back(refused_.take_oldest());
  silent_.take_overdue(boottime_ns, overdue);
  // Cut again until it has ended.
  for (const OpenCallRef& call : overdue) refused_.add(call, boottime_ns + kRefusedWaitNs);
  return overdue;
}

std::set<OpenCallRef> OpenCalls::all() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

}  // namespace spoor::collector
