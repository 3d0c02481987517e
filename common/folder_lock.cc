#include "common/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

namespace spoor {

Result<FolderLock> FolderLock::take(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST)
    return from_errno(errno, "creating " + folder);
  const std::string path = folder + "/lock";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!fd.is_open()) return from_errno(errno, "opening " + path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return denied("another program is writing in " + folder +
                    "; one log or spool has one writer: stop the other first");
    return from_errno(errno, "locking " + path);
  }
  // Its last holder may have taken the file, or the whole folder, away.
  struct stat locked {};
  struct stat there {};
  if (::fstat(fd.get(), &locked) != 0 || ::stat(path.c_str(), &there) != 0 ||
      locked.st_dev != there.st_dev || locked.st_ino != there.st_ino) {
    return denied("another program has just replaced " + path + ": try again");
  }
  return FolderLock(std::move(fd));
}

}  // namespace spoor
