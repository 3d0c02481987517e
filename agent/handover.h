// What a process leaves to the image that replaces it on SIGHUP: two open sockets. The audit seat
// is bound to the process and to the socket's port, and both outlive execve(2), so that the kernel
// goes on delivering (measured: no serial lost).
#pragma once

#include <cstdint>
#include <optional>

#include "common/result.h"

namespace spoor::agent {

struct Handover {
  int audit_fd = -1;
  int connector_fd = -1;
  // The sockets' drop counters as they were last reported.
  uint32_t audit_drops = 0, connector_drops = 0;
};

// What the image before us left, if there was one; the environment is cleaned of it.
std::optional<Handover> take_handover();
// Replaces this process by `binary` with the same arguments. Returns only on failure.
Status execute_again(const std::string& binary, const Handover& handover, char* const* arguments);

}  // namespace spoor::agent
