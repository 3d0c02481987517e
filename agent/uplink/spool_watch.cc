#include "agent/uplink/spool_watch.h"

#include <poll.h>
#include <sys/inotify.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace spoor::uplink {
namespace {

constexpr uint32_t kOther = IN_CREATE | IN_MOVED_TO;

}  // namespace

SpoolWatch::SpoolWatch(int stop_fd) : stop_fd_(stop_fd) {}

Status SpoolWatch::watch(const std::vector<std::string>& folders) {
  inotify_.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify_.is_open()) return from_errno(errno, "watching the spool");
  watches_.clear();
  for (const std::string& folder : folders) {
    const int watch = inotify_add_watch(inotify_.get(), folder.c_str(), kOther | IN_MODIFY);
    if (watch < 0) return from_errno(errno, "watching " + folder);
    watches_.push_back(watch);
  }
  return ok();
}

bool SpoolWatch::wait(int timeout_ms) {
  std::array<pollfd, 2> waits = {{{stop_fd_, POLLIN, 0},
                                  {inotify_.get(), POLLIN, 0}}};  // poll ignores a negative fd
  if (poll(waits.data(), waits.size(), timeout_ms) < 0) return false;
  if ((waits[1].revents & POLLIN) != 0) read_events();
  return (waits[0].revents & POLLIN) != 0;
}

// Whatever is not plain growth of a file in a folder that we know is looked at closely.
void SpoolWatch::read_events() {
  std::array<char, 4096> bytes;
  for (ssize_t size; (size = read(inotify_.get(), bytes.data(), bytes.size())) > 0;) {
    for (size_t at = 0; at < static_cast<size_t>(size);) {
      inotify_event event;
      std::memcpy(&event, bytes.data() + at, sizeof event);
      at += sizeof event + event.len;
      const auto known = std::find(watches_.begin(), watches_.end(), event.wd);
      const auto index = static_cast<size_t>(known - watches_.begin());
      if (index >= growths_.size()) growths_.fill(Growth::any);
      else if ((event.mask & IN_MODIFY) == 0) growths_[index] = Growth::any;
      else growths_[index] = std::max(growths_[index], Growth::tail);
    }
  }
}

bool SpoolWatch::pause(int64_t ms) {
  pollfd stop{stop_fd_, POLLIN, 0};
  return poll(&stop, 1, static_cast<int>(ms)) > 0;
}

}  // namespace spoor::uplink
