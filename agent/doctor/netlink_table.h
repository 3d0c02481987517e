// Who listens to the kernel's audit multicast: /proc/net/netlink (net/netlink/af_netlink.c,
// netlink_native_seq_show), which lists the sockets of our own network namespace.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace spoor::agent {

struct AuditListener {
  uint32_t port_id = 0;  // the process's id, for the first netlink socket of each protocol it opens
  uint64_t inode = 0;
};

// Lines that do not parse are left out.
std::vector<AuditListener> audit_listeners(std::string_view table);

}  // namespace spoor::agent
