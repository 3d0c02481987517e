#include "common/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "common/bytes.h"
#include "common/files.h"
#include "common/unique_fd.h"

namespace spoor {
namespace {

Status write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return from_errno(errno, "write " + path);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return ok();
}

Status fill(const std::string& path, std::string_view content, mode_t mode, FileOwner owner) {
  const UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.is_open()) return from_errno(errno, "make " + path);
  RETURN_IF_ERROR(write_all(fd.get(), content, path));
  // The owner first: until then only we can read what the mode may open to a group.
  if (::fchown(fd.get(), owner.uid, owner.gid) != 0) return from_errno(errno, "chown " + path);
  if (::fchmod(fd.get(), mode) != 0) return from_errno(errno, "chmod " + path);
  return ::fsync(fd.get()) == 0 ? ok() : from_errno(errno, "sync " + path);
}

}  // namespace

Status sync_folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return PosixFiles().sync_folder(".");
  return PosixFiles().sync_folder(path.substr(0, std::max<size_t>(slash, 1)));
}

Status write_private_file(const std::string& path, std::string_view content, mode_t mode,
                          FileOwner owner) {
  // A name that nobody can have put there before.
  const std::string temporary = path + "." + to_hex(random_id()) + ".tmp";
  Status status = fill(temporary, content, mode, owner);
  if (status.is_ok() && std::rename(temporary.c_str(), path.c_str()) != 0) {
    status = from_errno(errno, "rename " + temporary);
  }
  if (!status.is_ok()) {
    (void)::unlink(temporary.c_str());
    return status;
  }
  return sync_folder_of(path);
}

Result<std::string> read_private_file(const std::string& path, size_t size_max) {
  // O_NONBLOCK: a FIFO must not hold us up.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.is_open()) return from_errno(errno, "open " + path);
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return from_errno(errno, "stat " + path);
  if (!S_ISREG(st.st_mode)) return denied(path + " is no regular file");
  if (st.st_uid != ::geteuid()) {
    return denied(path + " is not this user's: chown " + std::to_string(::geteuid()) + " " + path);
  }
  if ((st.st_mode & 077) != 0) {
    return denied("others could have read " + path + ": enroll anew, or chmod 600 " + path +
                  " if you know that nobody did");
  }
  std::string content(size_max + 1, '\0');
  size_t size = 0;
  while (size < content.size()) {
    const ssize_t n = ::read(fd.get(), content.data() + size, content.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return from_errno(errno, "read " + path);
    if (n == 0) break;
    size += static_cast<size_t>(n);
  }
  if (size > size_max) {
    return full("read " + path + ": more than " + std::to_string(size_max) + " bytes");
  }
  content.resize(size);
  return content;
}

}  // namespace spoor
