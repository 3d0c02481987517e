// The calls by which this program changes names on a disk, or has them kept: each is heard before
// it happens, and whoever hears it may end the process there. To be included by one file of a
// program, since it takes the place of the C library's own functions.
#pragma once

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <functional>
#include <string>

namespace spoor {

// Hears `sync PATH`, `rename PATH`, `mkdir PATH`, `unlink PATH`; the new name of what is renamed.
inline std::function<void(const std::string& call)> before_disk_call;

namespace disk_calls {

inline void hear(const char* call, const std::string& path) {
  if (before_disk_call) before_disk_call(std::string(call) + " " + path);
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

inline std::string path_of(int fd) {
  char path[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), path, sizeof path);
  return size < 0 ? "" : std::string(path, static_cast<size_t>(size));
}

}  // namespace disk_calls
}  // namespace spoor

extern "C" int fsync(int fd) {
  spoor::disk_calls::hear("sync", spoor::disk_calls::path_of(fd));
  return spoor::disk_calls::next<int(int)>("fsync")(fd);
}

extern "C" int rename(const char* from, const char* to) noexcept {
  spoor::disk_calls::hear("rename", to);
  return spoor::disk_calls::next<int(const char*, const char*)>("rename")(from, to);
}

extern "C" int renameat2(int from_folder, const char* from, int to_folder, const char* to,
                         unsigned flags) noexcept {
  spoor::disk_calls::hear("rename", to);
  return spoor::disk_calls::next<int(int, const char*, int, const char*, unsigned)>("renameat2")(
      from_folder, from, to_folder, to, flags);
}

extern "C" int mkdir(const char* path, mode_t mode) noexcept {
  spoor::disk_calls::hear("mkdir", path);
  return spoor::disk_calls::next<int(const char*, mode_t)>("mkdir")(path, mode);
}

extern "C" int unlink(const char* path) noexcept {
  spoor::disk_calls::hear("unlink", path);
  return spoor::disk_calls::next<int(const char*)>("unlink")(path);
}
