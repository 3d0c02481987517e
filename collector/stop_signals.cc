#include "collector/stop_signals.h"

#include <signal.h>

#include "common/log.h"

namespace spoor::collector {

namespace {

sigset_t awaited() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, signal);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = awaited();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

int wait_for_stop() {
  const sigset_t set = awaited();
  while (true) {
    int signal = 0;
    ::sigwait(&set, &signal);
    if (signal != SIGHUP) return signal;
    log_info("SIGHUP: there is nothing to reload; a changed configuration needs a restart");
  }
}

}  // namespace spoor::collector
