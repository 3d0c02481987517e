#include "agent/handover.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace spoor::agent {
namespace {

constexpr const char* kVariable = "SPOOR_AGENT_HANDOVER";
constexpr int kFirstListenFd = 3;
constexpr int kListenFdsMax = 64;  // more than that and the environment is not systemd's

// The variable's value, which is then gone.
std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  const std::string taken = value == nullptr ? "" : value;
  unsetenv(name);
  return taken;
}

bool close_on_exec(const Handover& handover) {
  return fcntl(handover.audit.get(), F_SETFD, FD_CLOEXEC) == 0 &&
         fcntl(handover.connector.get(), F_SETFD, FD_CLOEXEC) == 0;
}

std::optional<Handover> from_image_before(const std::string& value) {
  int audit = -1, connector = -1;
  if (std::sscanf(value.c_str(), "%d,%d", &audit, &connector) != 2) return std::nullopt;
  for (const int fd : {audit, connector}) {
    if (fd < 0 || fcntl(fd, F_GETFD) < 0) return std::nullopt;
  }
  return Handover{UniqueFd(audit), UniqueFd(connector), true};
}

std::optional<Handover> from_store() {
  const std::string pid = take_variable("LISTEN_PID");
  const std::string count = take_variable("LISTEN_FDS");
  const std::string all_names = take_variable("LISTEN_FDNAMES");
  if (pid != std::to_string(getpid())) return std::nullopt;
  Handover handover;
  std::string_view names = all_names;
  const int fds = std::min(std::atoi(count.c_str()), kListenFdsMax);
  for (int fd = kFirstListenFd; fd < kFirstListenFd + fds; ++fd) {
    const std::string_view name = names.substr(0, names.find(':'));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    if (fcntl(fd, F_GETFD) < 0) continue;
    UniqueFd given(fd);  // what has no name of ours is closed
    if (name == kAuditName) handover.audit = std::move(given);
    else if (name == kConnectorName) handover.connector = std::move(given);
  }
  if (!handover.audit.is_open() || !handover.connector.is_open()) return std::nullopt;
  return handover;
}

}  // namespace

std::optional<Handover> take_handover() {
  auto handover = from_image_before(take_variable(kVariable));
  auto stored = from_store();
  if (!handover) handover = std::move(stored);
  if (!handover || !close_on_exec(*handover)) return std::nullopt;
  return handover;
}

Status execute_again(const std::string& binary, const Handover& handover, char* const* arguments) {
  for (const int fd : {handover.audit.get(), handover.connector.get()}) {
    if (fcntl(fd, F_SETFD, 0) != 0) return from_errno(errno, "keeping the sockets");
  }
  const std::string value = std::to_string(handover.audit.get()) + "," +
                            std::to_string(handover.connector.get());
  setenv(kVariable, value.c_str(), 1);
  execv(binary.c_str(), arguments);
  return from_errno(errno, "executing " + binary + " again");
}

}  // namespace spoor::agent
