#include "agent/spool/small_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "common/unique_fd.h"

namespace spoor::agent {

Result<std::string> read_small_file(const std::string& path, size_t bytes_max,
                                    const std::function<Status(const struct stat&)>& accept) {
  const UniqueFd fd(
      ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd.is_open()) {
    if (errno == ELOOP) return denied(path + " is a symbolic link");
    return from_errno(errno, path);
  }
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return from_errno(errno, path);
  if (!S_ISREG(info.st_mode)) return denied(path + " is no regular file");
  RETURN_IF_ERROR(accept(info).with_context(path));
  if (info.st_size > static_cast<off_t>(bytes_max)) return denied(path + " is too long");
  // It may have grown since: one byte more than it may have tells.
  std::string text(bytes_max + 1, '\0');
  const ssize_t size = ::read(fd.get(), text.data(), text.size());
  if (size < 0) return from_errno(errno, path);
  if (static_cast<size_t>(size) > bytes_max) return denied(path + " is too long");
  text.resize(static_cast<size_t>(size));
  return text;
}

}  // namespace spoor::agent
