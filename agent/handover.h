// Two open sockets that outlive the process that opened them: left to the image that replaces it on
// SIGHUP, or kept by the service manager (agent/service_manager.h) and given to the next process
// after a crash. The audit seat is bound to the socket's port, so that the kernel goes on
// delivering meanwhile (measured: no serial lost either way). The image that follows gets the
// witness, too, which it could not start any more; a crash ends that one.
#pragma once

#include <cstdint>
#include <string>

#include "agent/source/witness.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::agent {

// Their names in the manager's store, which keeps a socket under the first name that it was given
// with: one that takes the place of an audit socket has the next number ("audit", "audit-1").
std::string audit_name(uint32_t number);
inline constexpr const char* kConnectorName = "connector";

struct Handover {
  UniqueFd audit, connector;
  uint32_t audit_number = 0;  // of its name
  bool reload = false;        // from the image before us: its sandbox and its seat are ours
  Witness::Connection witness = {};  // not open: there is none
  bool is_whole() const { return audit.is_open() && connector.is_open(); }
};

// What there is; of two audit sockets the older one, which has the seat (agent/seat_change.h). The
// environment is cleaned of it (sd_listen_fds(3)).
Handover take_handover();
// Replaces this process by `binary` with the same arguments. Returns only on failure.
Status execute_again(const std::string& binary, const Handover& handover, char* const* arguments);

}  // namespace spoor::agent
