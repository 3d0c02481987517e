// The path of a Unix socket that a server is about to listen on: free, or left behind by one that
// is dead. gRPC itself would take the path of a living one.
#pragma once

#include <string>

#include <sys/types.h>

#include "common/result.h"

namespace spoor::collector {

// Removes a dead server's socket. `denied` when somebody listens there, or it is no socket;
// `not_found` when the folder is missing.
Status free_listen_path(const std::string& path);

// While it lives, sockets are made with mode 0660. Process-wide: for a time without other threads
// that make files.
class SocketUmask {
 public:
  SocketUmask();
  ~SocketUmask();
  SocketUmask(const SocketUmask&) = delete;
  SocketUmask& operator=(const SocketUmask&) = delete;

 private:
  mode_t before_;
};

}  // namespace spoor::collector
