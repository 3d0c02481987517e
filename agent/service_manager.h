// What the agent says to the service manager that started it, and what that keeps for it: systemd's
// notification protocol (sd_notify(3)) and file descriptor store. Spoken here and not through
// libsystemd: that runs for the journal alone (agent/source/journal.h), on the lookup thread and
// inside the sandbox, and a datagram of text needs no library.
//
// A manager that is busy is waited for, up to half a second: what it did not hear it will not do.
// The socket is opened once, before the sandbox closes. Without a manager every call does nothing.
// Capture thread.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace spoor::agent {

class ServiceManager {
 public:
  // By the environment (NOTIFY_SOCKET, WATCHDOG_USEC), which is left for the next image.
  ServiceManager();

  bool is_there() const { return socket_.is_open(); }
  void ready();
  void stopping();
  // Before a re-exec; ready() ends it. `monotonic_ns`: CLOCK_MONOTONIC.
  void reloading(int64_t monotonic_ns);
  // At least twice in the time that the manager allows; nothing where it asked for no sign of life.
  void alive();

  // The manager holds the socket open under this name and gives it to whoever runs next.
  void keep(std::string_view name, int fd);
  // No longer. The manager closes it soon after: see wait_until_heard().
  void forget(std::string_view name);
  // Until all that was said has been acted on. `unavailable`, with what follows from that, when it
  // could not be told or takes too long.
  Status wait_until_heard();

 private:
  Status send(std::string_view words, int fd, int flags) const;
  void tell(std::string_view words, const char* otherwise, int fd = -1) const;

  UniqueFd socket_;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  bool watched_ = false;
};

}  // namespace spoor::agent
