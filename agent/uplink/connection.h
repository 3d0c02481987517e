// One gRPC call to the collector: requests go out on the caller's thread, responses are gathered by
// a thread of its own. gRPC stays behind this header.
#pragma once

#include <functional>
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
  // Begins a call over `channel` (tls_channel.h). `wake` is called, on the other thread, whenever
  // take() or is_open() has news. Once `stop_fd` is readable the call is cancelled, so that no
  // send() waits for a collector that hangs.
  Connection(std::shared_ptr<grpc::Channel> channel, int stop_fd, std::function<void()> wake);
  // Cancels the call.
  ~Connection() override;

  // Blocks while gRPC's flow control says so. False once the call is broken.
  bool send(const v1::ShipRequest& request) override;
  std::vector<v1::ShipResponse> take() override;
  bool is_open() const override;
  std::string problem() const override;

 private:
  struct Call;
  std::unique_ptr<Call> call_;
};

}  // namespace spoor::uplink
