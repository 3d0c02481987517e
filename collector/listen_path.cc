#include "collector/listen_path.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/unique_fd.h"

namespace spoor::collector {

Status free_listen_path(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return invalid("the path is too long: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());

  struct stat st {};
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  if (::stat(folder.c_str(), &st) != 0 || !S_ISDIR(st.st_mode))
    return not_found("the folder of the socket is missing: " + folder);
  if (::lstat(path.c_str(), &st) != 0)
    return errno == ENOENT ? ok() : from_errno(errno, "looking at " + path);
  if (!S_ISSOCK(st.st_mode)) return denied(path + " is there and is no socket; remove it");

  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) return from_errno(errno, "making a socket");
  const int connected =
      ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (connected == 0 || errno == EAGAIN)
    return denied("another collector listens on " + path);
  if (errno != ECONNREFUSED) return from_errno(errno, "connecting to " + path);
  if (::unlink(path.c_str()) != 0) return from_errno(errno, "removing the stale " + path);
  return ok();
}

SocketUmask::SocketUmask() : before_(::umask(0117)) {}
SocketUmask::~SocketUmask() { ::umask(before_); }

}  // namespace spoor::collector
