// struct sockaddr as a SOCKADDR record has it: the bytes that the program gave, of any family and
// length, in the byte order of the machine that wrote the record (unix(7), ip(7), ipv6(7),
// netlink(7), packet(7), vsock(7), linux/*.h). No state; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/model.h"

namespace spoor::agent {

// `arch`: AUDIT_ARCH_* of the record; 0: told from the bytes, since every family is below 256. An
// address shorter than the kernel takes is `cut`, and what it lacks stays empty. Fills
// event.members beside `out`. False: not even a family, or no room in the event.
bool decode_sockaddr(std::string_view bytes, uint32_t arch, AuditEvent& event, SocketAddress& out);

// "10.0.0.1" or "fe80::1", as text, into an address without a port. False: it is neither.
bool parse_ip_address(std::string_view text, AuditEvent& event, SocketAddress& out);

}  // namespace spoor::agent
