// Opens gRPC channels: plain ones over a Unix socket, and TLS 1.3 to a host. gRPC verifies a server
// against the root and the address's name, and shows the host's certificate where there is one. The
// environment's proxies are not asked. gRPC stays behind this header.
#pragma once

#include <memory>
#include <string>

#include "agent/uplink/address.h"

namespace grpc {
class Channel;
}

namespace spoor::uplink {

// What a TLS connection needs, in PEM. Without key and chain: nobody's, as enrolment begins.
struct TlsMaterial {
  std::string root;
  std::string key;
  std::string chain;
};

// gRPC 1.51 has no setter for the version of TLS. It takes the ciphers of TLS 1.2 from the
// environment, once: given only some that need a key shared beforehand, which we never have, TLS
// 1.2 is impossible, and 1.3 is as it was. To be called in main(), before there are threads.
void allow_only_tls13();

// `tls` may be null for a Unix socket. Each call makes a connection of its own.
std::shared_ptr<grpc::Channel> open_channel(const Address& address, const TlsMaterial* tls);

}  // namespace spoor::uplink
