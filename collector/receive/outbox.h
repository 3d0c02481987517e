// Messages that wait to be sent on one connection. A stream's newer commit point replaces one that
// was not sent yet, so that a slow reader costs one message a stream. Not thread-safe.
#pragma once

#include <deque>
#include <optional>

#include "spoor/v1/uplink.pb.h"

namespace spoor::collector {

class Outbox {
 public:
  void add(v1::ShipResponse message);
  std::optional<v1::ShipResponse> take();

 private:
  std::deque<v1::ShipResponse> messages_;
};

}  // namespace spoor::collector
