#include "agent/service_manager.h"

#include <fcntl.h>
#include <poll.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr int kHeardTimeoutMs = 2'000;

}  // namespace

ServiceManager::ServiceManager() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr) return;
  const size_t size = std::strlen(path);
  // A path, or an abstract name written with @ (unix(7)).
  if (size < 2 || size >= sizeof address_.sun_path || (path[0] != '/' && path[0] != '@')) return;
  address_.sun_family = AF_UNIX;
  std::memcpy(address_.sun_path, path, size);
  if (path[0] == '@') address_.sun_path[0] = '\0';
  address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size);
  socket_.reset(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const char* pid = std::getenv("WATCHDOG_PID");
  watched_ = std::getenv("WATCHDOG_USEC") != nullptr &&
             (pid == nullptr || std::to_string(getpid()) == pid);
}

void ServiceManager::tell(std::string_view words, int fd) {
  if (!is_there()) return;
  iovec text{const_cast<char*>(words.data()), words.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  msghdr message{};
  message.msg_name = &address_;
  message.msg_namelen = address_size_;
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  // The capture thread must not wait for a manager that does not listen.
  if (sendmsg(socket_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    log_warning("the service manager cannot be told: {}", std::strerror(errno));
  }
}

void ServiceManager::reloading(int64_t monotonic_ns) {
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_ns / 1'000));
}

void ServiceManager::alive() {
  if (watched_) tell("WATCHDOG=1");
}

void ServiceManager::keep(std::string_view name, int fd) {
  // Not to be polled: a socket with an error to tell would be thrown out of the store.
  tell("FDSTORE=1\nFDPOLL=0\nFDNAME=" + std::string(name), fd);
}

void ServiceManager::forget(std::string_view name) {
  tell("FDSTOREREMOVE=1\nFDNAME=" + std::string(name));
}

Status ServiceManager::wait_until_heard() {
  if (!is_there()) return ok();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return from_errno(errno, "a pipe to the service manager");
  const UniqueFd here(ends[0]);
  UniqueFd there(ends[1]);
  tell("BARRIER=1", there.get());
  there.reset();
  pollfd wait{here.get(), 0, 0};  // hung up once the manager has closed its end
  if (poll(&wait, 1, kHeardTimeoutMs) == 1) return ok();
  return unavailable("the service manager does not answer");
}

}  // namespace spoor::agent
