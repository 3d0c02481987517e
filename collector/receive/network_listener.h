// The listening sockets of one address of the network. gRPC could make them, but stops accepting
// for good when the process is out of descriptors (1.51): visitors.h accepts.
#pragma once

#include <netdb.h>

#include <string>
#include <vector>

#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::collector {

struct NetworkListener {
  std::vector<UniqueFd> sockets;  // do not block
  int port = 0;
};

// `HOST:PORT` or `[ADDRESS]:PORT`; a host with several addresses is listened on at each, and
// 0.0.0.0 or [::] mean both families; where 0.0.0.0 can be had by IPv4 alone that is logged. Port
// 0: one that is free. `denied`, in words.
Result<NetworkListener> listen_on_network(const std::string& address);

// At each of these, which may all have port 0 and then share one. An address or a family that this
// machine is without is passed over in silence, one that fails otherwise is logged, as long as one
// is left.
Result<NetworkListener> listen_on_each(const addrinfo* addresses);

}  // namespace spoor::collector
