// Preloaded into a program (LD_PRELOAD), so that a test can stop it between write and fsync, or
// between fsync and all that follows from it, and kill it there. The product knows nothing of this.
//
// SPOOR_TEST_PAUSE names a file of one `Page`, which the test shares. A thread that comes to the
// `countdown`th fdatasync(2) of a file whose path has `part` in it, in front of it or behind it as
// `wanted` says, notes that in `reached` and waits until nothing is wanted any more. The others of
// its process run on, as they would beside a slow disk.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

enum Side : uint32_t { kNothing = 0, kBefore = 1, kBehind = 2 };

struct Page {
  std::atomic<uint32_t> wanted;
  std::atomic<uint32_t> countdown;
  std::atomic<uint32_t> reached;
  char part[64];
};

Page* map_page() {
  const char* path = std::getenv("SPOOR_TEST_PAUSE");
  if (path == nullptr) return nullptr;
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* const there = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return there == MAP_FAILED ? nullptr : static_cast<Page*>(there);
}

// Before the program confines itself.
Page* const page = map_page();

bool is_meant(int fd) {
  char link[32], path[4096];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0) return false;
  path[size] = '\0';
  return std::strstr(path, page->part) != nullptr;
}

void pass(Side side, int fd) {
  if (page == nullptr || page->wanted.load() != side || !is_meant(fd)) return;
  if (page->countdown.fetch_sub(1) != 1) return;
  page->reached.store(1);
  const timespec moment{0, 1'000'000};
  while (page->wanted.load() == side) nanosleep(&moment, nullptr);
}

}  // namespace

extern "C" int fdatasync(int fd) {
  static const auto next = reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, "fdatasync"));
  pass(kBefore, fd);
  const int result = next(fd);
  const int error = errno;
  pass(kBehind, fd);
  errno = error;
  return result;
}
