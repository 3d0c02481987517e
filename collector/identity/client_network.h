// By what callers are told apart where nothing else does it: of IPv6 the /64, which one host has
// whole; else the address. Pure.
#pragma once

#include <string>

namespace spoor::collector {

// `2001:db8:0:7::/64` of `2001:db8:0:7::1`, `192.0.2.7` of `::ffff:192.0.2.7`; what is no IPv6
// address stays as it is.
std::string client_network(const std::string& address);

}  // namespace spoor::collector
