#include "collector/listen_path.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
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

Result<std::optional<gid_t>> find_group(const std::string& name) {
  if (name.empty()) return std::optional<gid_t>();
  gid_t number = 0;
  const char* end = name.data() + name.size();
  const auto [after, error] = std::from_chars(name.data(), end, number);
  // The greatest number means "leave it" to chown(2).
  if (error == std::errc() && after == end && number != static_cast<gid_t>(-1))
    return std::optional<gid_t>(number);
  struct group entry {};
  struct group* found = nullptr;
  std::string buffer(64u << 10, '\0');
  const int failed = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (failed != 0) return from_errno(failed, "looking for the group " + name);
  if (found == nullptr) return not_found("there is no group " + name);
  return std::optional<gid_t>(found->gr_gid);
}

Status give_to_group(const std::string& path, const std::string& group) {
  ASSIGN_OR_RETURN(const std::optional<gid_t> gid, find_group(group));
  if (!gid) return ok();
  if (::lchown(path.c_str(), static_cast<uid_t>(-1), *gid) == 0) return ok();
  if (errno != EPERM) return from_errno(errno, "giving " + path + " to the group " + group);
  return denied("cannot give " + path + " to the group " + group +
                ": the collector's user is not a member of it. Add it (usermod --append --groups " +
                group + " spoor-collector) and start again.");
}

SocketUmask::SocketUmask() : before_(::umask(0117)) {}
SocketUmask::~SocketUmask() { ::umask(before_); }

}  // namespace spoor::collector
