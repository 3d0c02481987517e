// The path of a Unix socket that a server is about to listen on: free, or left behind by one that
// is dead. gRPC itself would take the path of a living one. And whose socket it is, then.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "common/result.h"

namespace spoor::collector {

// Removes a dead server's socket. `denied` when somebody listens there, or it is no socket;
// `not_found` when the folder is missing.
Status free_listen_path(const std::string& path);

// The group of that name or number; nullopt for an empty one. `not_found` when there is none.
Result<std::optional<gid_t>> find_group(const std::string& name);
// Gives a socket that this process listens on to the group; an empty name leaves it as it is.
// `denied` when the process is not a member of it.
Status give_to_group(const std::string& path, const std::string& group);

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
