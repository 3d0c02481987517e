// Messages that wait to be sent on one connection. A stream's newer commit point replaces one with
// the same wish that was not sent yet, so that a slow reader costs a few messages a stream.
// Not thread-safe.
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
