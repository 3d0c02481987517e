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
constexpr timeval kSendTimeout = {0, 500'000};

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
  setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &kSendTimeout, sizeof kSendTimeout);
  const char* pid = std::getenv("WATCHDOG_PID");
  watched_ = std::getenv("WATCHDOG_USEC") != nullptr &&
             (pid == nullptr || std::to_string(getpid()) == pid);
}

Status ServiceManager::send(std::string_view words, int fd, int flags) const {
  iovec text{const_cast<char*>(words.data()), words.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof fd)] = {};
  sockaddr_un to = address_;
  msghdr message{};
  message.msg_name = &to;
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
  while (sendmsg(socket_.get(), &message, MSG_NOSIGNAL | flags) < 0) {
    if (errno != EINTR) return from_errno(errno, "telling the service manager");
  }
  return ok();
}

void ServiceManager::tell(std::string_view words, const char* otherwise, int fd) const {
  if (!is_there()) return;
  const Status told = send(words, fd, 0);
  if (!told.is_ok()) log_warning("{}: {}", told.message(), otherwise);
}

void ServiceManager::ready() {
  tell("READY=1", "it will take this start for one that hangs, and end it; restart spoor-agent");
}

void ServiceManager::stopping() { tell("STOPPING=1", "it may call this stop a failure"); }

void ServiceManager::reloading(int64_t monotonic_ns) {
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_ns / 1'000),
       "systemctl reload may not see that this one has ended");
}

// Without waiting: the next second has another.
void ServiceManager::alive() {
  if (!is_there() || !watched_) return;
  const Status told = send("WATCHDOG=1", -1, MSG_DONTWAIT);
  if (!told.is_ok()) log_warning("{}: it will end us if it never hears that we live",
                                 told.message());
}

void ServiceManager::keep(std::string_view name, int fd) {
  // Not to be polled: a socket with an error to tell would be thrown out of the store.
  tell("FDSTORE=1\nFDPOLL=0\nFDNAME=" + std::string(name),
       "a crash will lose what the kernel sends until the next start; reload spoor-agent", fd);
}

void ServiceManager::forget(std::string_view name) {
  tell("FDSTOREREMOVE=1\nFDNAME=" + std::string(name),
       "what it still holds may keep the audit seat from us; restart spoor-agent");
}

Status ServiceManager::wait_until_heard() {
  if (!is_there()) return ok();
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return from_errno(errno, "a pipe to the service manager");
  const UniqueFd here(ends[0]);
  UniqueFd there(ends[1]);
  RETURN_IF_ERROR(send("BARRIER=1", there.get(), 0)
                      .with_context("whether sockets of a run before us are closed is not known"));
  there.reset();
  pollfd wait{here.get(), 0, 0};  // hung up once the manager has closed its end
  if (poll(&wait, 1, kHeardTimeoutMs) == 1) return ok();
  return unavailable("the service manager does not answer: it may still hold sockets of a run "
                     "before us, which keep the audit seat from us");
}

}  // namespace spoor::agent
