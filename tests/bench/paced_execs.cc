// spoor-bench-execs RATE COUNT [PROGRAM [ARGUMENT…]]: runs PROGRAM (/bin/true) COUNT times, RATE a
// second by the clock, one after the other. Prints how many seconds it took.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

extern char** environ;

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int64_t rate = std::atoll(argv[1]), count = std::atoll(argv[2]);
  if (rate < 1 || count < 1) return 2;
  char path[] = "/bin/true";
  char* fallback[] = {path, nullptr};
  char** const arguments = argc > 3 ? argv + 3 : fallback;
  constexpr int64_t kSecond = 1'000'000'000;
  const auto now = [] {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * kSecond + t.tv_nsec;
  };
  const int64_t started = now();
  for (int64_t i = 0; i < count; ++i) {
    const int64_t due = started + i * kSecond / rate;
    const timespec at{due / kSecond, due % kSecond};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
    pid_t pid = 0;
    if (posix_spawn(&pid, arguments[0], nullptr, nullptr, arguments, environ) != 0) return 1;
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || status != 0) return 1;
  }
  std::printf("%.3f\n", static_cast<double>(now() - started) / 1e9);
  return 0;
}
