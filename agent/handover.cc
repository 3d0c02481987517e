#include "agent/handover.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace spoor::agent {
namespace {

constexpr const char* kVariable = "SPOOR_AGENT_HANDOVER";

}  // namespace

std::optional<Handover> take_handover() {
  const char* value = std::getenv(kVariable);
  if (value == nullptr) return std::nullopt;
  Handover handover;
  const int found = std::sscanf(value, "%d,%d,%u,%u", &handover.audit_fd, &handover.connector_fd,
                                &handover.audit_drops, &handover.connector_drops);
  unsetenv(kVariable);
  if (found != 4) return std::nullopt;
  for (const int fd : {handover.audit_fd, handover.connector_fd}) {
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return std::nullopt;
  }
  return handover;
}

Status execute_again(const std::string& binary, const Handover& handover, char* const* arguments) {
  for (const int fd : {handover.audit_fd, handover.connector_fd}) {
    if (fcntl(fd, F_SETFD, 0) != 0) return from_errno(errno, "keeping the sockets");
  }
  const std::string value =
      std::to_string(handover.audit_fd) + "," + std::to_string(handover.connector_fd) + "," +
      std::to_string(handover.audit_drops) + "," + std::to_string(handover.connector_drops);
  setenv(kVariable, value.c_str(), 1);
  execv(binary.c_str(), arguments);
  return from_errno(errno, "executing " + binary + " again");
}

}  // namespace spoor::agent
