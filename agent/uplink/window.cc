#include "agent/uplink/window.h"

namespace spoor::uplink {

void Window::sent(EventClass c, StreamPoint end, size_t bytes) {
  sent_[c].push_back({end, bytes});
  bytes_ += bytes;
}

void Window::committed(EventClass c, StreamPoint point) {
  std::deque<Sent>& sent = sent_[c];
  while (!sent.empty() && sent.front().end <= point) {
    bytes_ -= sent.front().bytes;
    sent.pop_front();
  }
}

}  // namespace spoor::uplink
