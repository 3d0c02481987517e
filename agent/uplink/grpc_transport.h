// The network as gRPC has it. Any thread may call connect(); the links it makes are used by one.
#pragma once

#include <functional>

#include "agent/uplink/transport.h"

namespace spoor::uplink {

class GrpcTransport final : public Transport {
 public:
  // `wake` is called, on a thread of the connection, whenever a link has news. Once `stop_fd` is
  // readable all calls are cancelled, so that no send() waits for a collector that hangs.
  GrpcTransport(int stop_fd, std::function<void()> wake)
      : stop_fd_(stop_fd), wake_(std::move(wake)) {}

  Result<std::unique_ptr<Link>> connect(const std::string& address) override;

 private:
  int stop_fd_;
  std::function<void()> wake_;
};

}  // namespace spoor::uplink
