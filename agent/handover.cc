#include "agent/handover.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace spoor::agent {
namespace {

constexpr const char* kVariable = "SPOOR_AGENT_HANDOVER";
constexpr std::string_view kAuditName = "audit", kAuditNumbered = "audit-";
constexpr int kFirstListenFd = 3;
constexpr int kListenFdsMax = 64;  // more than that and the environment is not systemd's

// The variable's value, which is then gone.
std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  const std::string taken = value == nullptr ? "" : value;
  unsetenv(name);
  return taken;
}

// An audit socket's; nullopt for any other name.
std::optional<uint32_t> number_of(std::string_view name) {
  if (name == kAuditName) return 0;
  if (name.substr(0, kAuditNumbered.size()) != kAuditNumbered) return std::nullopt;
  name.remove_prefix(kAuditNumbered.size());
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

Handover from_image_before(const std::string& value) {
  int audit = -1, connector = -1;
  unsigned number = 0;           // an older version says none,
  int witness = -1, child = 0;  // and of no witness
  if (std::sscanf(value.c_str(), "%d,%d,%u,%d,%d", &audit, &connector, &number, &witness,
                  &child) < 2) {
    return {};
  }
  for (const int fd : {audit, connector}) {
    if (fd < 0 || fcntl(fd, F_GETFD) < 0) return {};
  }
  if (witness >= 0 && fcntl(witness, F_GETFD) < 0) witness = -1;
  return {UniqueFd(audit), UniqueFd(connector), number, true, {UniqueFd(witness), child}};
}

Handover from_store() {
  const std::string pid = take_variable("LISTEN_PID");
  const std::string count = take_variable("LISTEN_FDS");
  const std::string all_names = take_variable("LISTEN_FDNAMES");
  if (pid != std::to_string(getpid())) return {};
  Handover handover;
  std::string_view names = all_names;
  const int fds = std::min(std::atoi(count.c_str()), kListenFdsMax);
  for (int fd = kFirstListenFd; fd < kFirstListenFd + fds; ++fd) {
    const std::string_view name = names.substr(0, names.find(':'));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    if (fcntl(fd, F_GETFD) < 0) continue;
    UniqueFd given(fd);  // what has no name of ours is closed
    if (name == kConnectorName) handover.connector = std::move(given);
    const std::optional<uint32_t> number = number_of(name);
    if (!number || (handover.audit.is_open() && handover.audit_number < *number)) continue;
    handover.audit = std::move(given);
    handover.audit_number = *number;
  }
  return handover;
}

}  // namespace

std::string audit_name(uint32_t number) {
  if (number == 0) return std::string(kAuditName);
  return std::string(kAuditNumbered) + std::to_string(number);
}

Handover take_handover() {
  Handover handover = from_image_before(take_variable(kVariable));
  Handover stored = from_store();
  if (!handover.is_whole()) handover = std::move(stored);
  for (const int fd :
       {handover.audit.get(), handover.connector.get(), handover.witness.socket.get()}) {
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
  return handover;
}

Status execute_again(const std::string& binary, const Handover& handover, char* const* arguments) {
  for (const int fd : {handover.audit.get(), handover.connector.get()}) {
    if (fcntl(fd, F_SETFD, 0) != 0) return from_errno(errno, "keeping the sockets");
  }
  std::string value = std::to_string(handover.audit.get()) + "," +
                      std::to_string(handover.connector.get()) + "," +
                      std::to_string(handover.audit_number);
  // Without it the next image goes on alike.
  if (const int witness = handover.witness.socket.get();
      witness >= 0 && fcntl(witness, F_SETFD, 0) == 0) {
    value += "," + std::to_string(witness) + "," + std::to_string(handover.witness.child);
  }
  setenv(kVariable, value.c_str(), 1);
  execv(binary.c_str(), arguments);
  return from_errno(errno, "executing " + binary + " again");
}

}  // namespace spoor::agent
