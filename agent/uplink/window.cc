#include "agent/uplink/window.h"

#include <algorithm>

namespace spoor::uplink {

void Window::sent(EventClass c, StreamPoint end, size_t bytes, int64_t time_ns) {
  sent_[c].push_back({end, bytes, time_ns});
  bytes_ += bytes;
}

void Window::committed(EventClass c, StreamPoint point) {
  std::deque<Sent>& sent = sent_[c];
  while (!sent.empty() && sent.front().end <= point) {
    bytes_ -= sent.front().bytes;
    sent.pop_front();
  }
}

size_t Window::frames() const {
  size_t count = 0;
  for (const auto& [c, sent] : sent_) count += sent.size();
  return count;
}

int64_t Window::oldest_ns() const {
  int64_t oldest_ns = 0;
  for (const auto& [c, sent] : sent_) {
    if (sent.empty()) continue;
    const int64_t first_ns = sent.front().time_ns;
    oldest_ns = oldest_ns == 0 ? first_ns : std::min(oldest_ns, first_ns);
  }
  return oldest_ns;
}

}  // namespace spoor::uplink
