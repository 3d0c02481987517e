// One gRPC call to the collector, on the caller's thread alone: gRPC hears of the network only
// while send() or take() runs, which for what is not urgent saves a thread's wakes for each frame.
// gRPC stays behind this header.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/uplink/transport.h"

namespace grpc {
class Channel;
}

namespace spoor::uplink {

class Connection final : public Link {
 public:
  // A call over `channel` (tls_channel.h), which the first send() begins. Once `stop_fd` is
  // readable no send() waits any longer for a collector that hangs.
  Connection(const std::shared_ptr<grpc::Channel>& channel, int stop_fd);
  // Cancels the call.
  ~Connection() override;

  // Blocks until the kernel has it, while gRPC's flow control says so, too. False once the call is
  // broken.
  bool send(const v1::ShipRequest& request) override;
  std::vector<v1::ShipResponse> take() override;
  bool is_open() const override;
  std::string problem() const override;

 private:
  struct Call;
  std::unique_ptr<Call> call_;
};

}  // namespace spoor::uplink
