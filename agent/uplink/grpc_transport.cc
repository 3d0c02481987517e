#include "agent/uplink/grpc_transport.h"

#include "agent/uplink/connection.h"
#include "agent/uplink/tls_channel.h"

namespace spoor::uplink {

Result<std::unique_ptr<Link>> GrpcTransport::connect(const std::string& text) {
  ASSIGN_OR_RETURN(const Address address, parse_address(text));
  TlsMaterial tls;
  if (!address.is_unix()) {
    const auto identity = identity_.load();
    if (identity.code() == Code::not_found) {
      return denied("this host has no certificate to show there: spoor-uplink enroll gives it one");
    }
    if (!identity.is_ok()) return identity.status().with_context("this host's identity");
    tls = {identity->root, identity->key, identity->chain};
  }
  return std::unique_ptr<Link>(
      std::make_unique<Connection>(open_channel(address, &tls), stop_fd_));
}

}  // namespace spoor::uplink
