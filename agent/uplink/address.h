// Where a collector is: `unix:/PATH` on this machine, or HOST:PORT over TLS, an IPv6 address in
// brackets. Nothing else reaches gRPC, whose own targets are a language of their own. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/result.h"

namespace spoor::uplink {

struct Address {
  std::string path;  // of a Unix socket; else empty
  std::string host;  // a DNS name or an IP address, without brackets
  std::string port;

  bool is_unix() const { return !path.empty(); }
  bool operator==(const Address&) const = default;
};

// `invalid`, saying what an address looks like, for anything else.
Result<Address> parse_address(std::string_view text);
// As it was written, an IPv6 address in brackets.
std::string text_of(const Address& address);

}  // namespace spoor::uplink
