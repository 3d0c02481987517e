#include "agent/uplink/grpc_transport.h"

#include "agent/uplink/connection.h"

namespace spoor::uplink {

Result<std::unique_ptr<Link>> GrpcTransport::connect(const std::string& address) {
  return std::unique_ptr<Link>(std::make_unique<Connection>(address, stop_fd_, wake_));
}

}  // namespace spoor::uplink
