// The door to the network: how the uplink reaches a collector. gRPC stands behind it
// (connection.cc); the simulation has a network of its own (tests/sim).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/result.h"
#include "spoor/v1/uplink.pb.h"

namespace spoor::uplink {

// One call, open as long as both sides live. Used by one thread. Its destructor ends the call.
class Link {
 public:
  virtual ~Link() = default;
  // False once the call is broken. May block while flow control says so.
  virtual bool send(const v1::ShipRequest& request) = 0;
  // What came since the last call, in order. Never blocks, and wakes nobody: who waits asks.
  virtual std::vector<v1::ShipResponse> take() = 0;
  virtual bool is_open() const = 0;
  // Why it is not open any more, for people; empty while it is.
  virtual std::string problem() const = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Begins a call to one of the addresses of the configuration (unix:/path, host:port); that nobody
  // answers shows in the link. Fails where the call cannot even be begun: no certificate, say.
  virtual Result<std::unique_ptr<Link>> connect(const std::string& address) = 0;
  // The collector says that the certificate, which the last link showed, has expired.
  virtual void certificate_expired() {}
};

}  // namespace spoor::uplink
