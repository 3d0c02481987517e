#include "collector/stop_signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

namespace spoor::collector {
namespace {

// In a process of its own, since it sets what signals do.
void be_signalled() {
  block_signals();
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0 || ::close(pipe_ends[0]) != 0) _exit(1);
  if (::write(pipe_ends[1], "x", 1) != -1) _exit(2);  // SIGPIPE
  // Both wait; the lower number, SIGHUP, is taken first.
  ::kill(::getpid(), SIGHUP);
  ::kill(::getpid(), SIGTERM);
  _exit(wait_for_stop() == SIGTERM ? 0 : 3);
}

TEST(StopSignals, OnlyAStopStops) {
  EXPECT_EXIT(be_signalled(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace spoor::collector
