// What the load generator executes: ends as its first argument says (`exit=17`, `signal=9`) and
// ignores the others. 99 means that the first argument was not understood.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  if (std::strncmp(argv[1], "exit=", 5) == 0) _exit(std::atoi(argv[1] + 5));
  if (std::strncmp(argv[1], "signal=", 7) != 0) return 99;
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  kill(getpid(), std::atoi(argv[1] + 7));
  return 99;
}
