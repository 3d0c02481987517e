// Preloaded into a collector that is measured: for each fdatasync that worked a line
// `INODE SIZE TIME` into the file that SPOOR_SYNC_WATCH names. SIZE bytes of INODE are on disk at
// TIME (ns since 1970 UTC): the size is from before the call, the time from after it.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {

int watch_file() {
  const char* const path = std::getenv("SPOOR_SYNC_WATCH");
  return path == nullptr ? -1 : open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

}  // namespace

extern "C" int fdatasync(int fd) {
  static const int watch = watch_file();
  struct stat before {};
  const bool is_known = fstat(fd, &before) == 0;
  const long result = syscall(SYS_fdatasync, fd);
  if (result != 0 || !is_known || watch < 0) return static_cast<int>(result);
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  char line[96];
  const int size = std::snprintf(line, sizeof line, "%llu %lld %lld\n",
                                 static_cast<unsigned long long>(before.st_ino),
                                 static_cast<long long>(before.st_size),
                                 static_cast<long long>(now.tv_sec) * 1'000'000'000 + now.tv_nsec);
  (void)!write(watch, line, static_cast<size_t>(size));
  return 0;
}
