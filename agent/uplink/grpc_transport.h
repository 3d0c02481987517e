// The network as gRPC has it: a Unix socket on this machine, or TLS 1.3 with this host's identity,
// which is read anew for each connection, so that a renewed certificate is in use at the next one.
// connect() is one thread's; the links it makes are used by one.
#pragma once

#include <functional>
#include <string>

#include "agent/uplink/identity.h"
#include "agent/uplink/transport.h"

namespace spoor::uplink {

class GrpcTransport final : public Transport {
 public:
  // Once `stop_fd` is readable no send() waits any longer for a collector that hangs. `expired` is
  // called when the collector says so.
  GrpcTransport(IdentityFiles identity, int stop_fd, std::function<void()> expired)
      : identity_(std::move(identity)), stop_fd_(stop_fd), expired_(std::move(expired)) {}

  // `denied` over TLS where this host is not enrolled.
  Result<std::unique_ptr<Link>> connect(const std::string& address) override;
  void certificate_expired() override { expired_(); }

 private:
  IdentityFiles identity_;
  int stop_fd_;
  std::function<void()> expired_;
};

}  // namespace spoor::uplink
