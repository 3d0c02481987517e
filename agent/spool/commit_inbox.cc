#include "agent/spool/commit_inbox.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "common/unique_fd.h"

namespace spoor::agent {

Result<CommitNote> CommitInbox::read(EventClass c) const {
  const std::string path = folder_ + "/" + event_class_name(c);
  const UniqueFd fd(
      ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd.is_open()) {
    if (errno == ELOOP) return denied(path + " is a symbolic link");
    return from_errno(errno, path);
  }
  struct stat info{};
  if (fstat(fd.get(), &info) != 0) return from_errno(errno, path);
  if (!S_ISREG(info.st_mode)) return denied(path + " is no regular file");
  if (info.st_uid != uplink_uid_) {
    return denied(path + " belongs to uid " + std::to_string(info.st_uid) + ", not to the uplink");
  }
  if (info.st_size > static_cast<off_t>(kCommitNoteBytesMax)) return denied(path + " is too long");
  char bytes[kCommitNoteBytesMax + 1];
  const ssize_t size = ::read(fd.get(), bytes, sizeof bytes);
  if (size < 0) return from_errno(errno, path);
  return decode_commit_note({bytes, static_cast<size_t>(size)});
}

}  // namespace spoor::agent
