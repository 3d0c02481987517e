#include "agent/uplink/spool_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace spoor::uplink {

SpoolWatch::SpoolWatch(int stop_fd)
    : stop_fd_(stop_fd), woken_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  CHECK(woken_.is_open());
}

Status SpoolWatch::watch(const std::vector<std::string>& folders) {
  inotify_.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify_.is_open()) return from_errno(errno, "watching the spool");
  for (const std::string& folder : folders) {
    if (inotify_add_watch(inotify_.get(), folder.c_str(), IN_CREATE | IN_MODIFY) < 0) {
      return from_errno(errno, "watching " + folder);
    }
  }
  return ok();
}

void SpoolWatch::wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(woken_.get(), &one, sizeof one);
}

bool SpoolWatch::wait(int timeout_ms) {
  std::array<pollfd, 3> waits = {{{stop_fd_, POLLIN, 0},
                                  {woken_.get(), POLLIN, 0},
                                  {inotify_.get(), POLLIN, 0}}};  // poll ignores a negative fd
  if (poll(waits.data(), waits.size(), timeout_ms) < 0) return false;
  std::array<char, 4096> bytes;
  for (const pollfd& wait : {waits[1], waits[2]}) {
    if ((wait.revents & POLLIN) == 0) continue;
    while (read(wait.fd, bytes.data(), bytes.size()) > 0 && wait.fd == inotify_.get()) {
    }
  }
  return (waits[0].revents & POLLIN) != 0;
}

bool SpoolWatch::pause(int64_t ms) {
  pollfd stop{stop_fd_, POLLIN, 0};
  return poll(&stop, 1, static_cast<int>(ms)) > 0;
}

}  // namespace spoor::uplink
