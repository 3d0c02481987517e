// Two open sockets that outlive the process that opened them: left to the image that replaces it on
// SIGHUP, or kept by the service manager (agent/service_manager.h) and given to the next process
// after a crash. The audit seat is bound to the socket's port, so that the kernel goes on
// delivering meanwhile (measured: no serial lost either way).
#pragma once

#include <optional>

#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::agent {

// Their names in the manager's store.
inline constexpr const char* kAuditName = "audit";
inline constexpr const char* kConnectorName = "connector";

struct Handover {
  UniqueFd audit, connector;
  bool reload = false;  // from the image before us: its sandbox and its seat are ours
};

// What there is, if it is both; the environment is cleaned of it (sd_listen_fds(3)).
std::optional<Handover> take_handover();
// Replaces this process by `binary` with the same arguments. Returns only on failure.
Status execute_again(const std::string& binary, const Handover& handover, char* const* arguments);

}  // namespace spoor::agent
