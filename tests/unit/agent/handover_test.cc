#include "agent/handover.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace spoor::agent {
namespace {

TEST(HandoverTest, NoneWithoutAPredecessor) {
  unsetenv("SPOOR_AGENT_HANDOVER");
  EXPECT_FALSE(take_handover());
}

TEST(HandoverTest, DescriptorsThatAreNotOpenAreNoHandover) {
  for (const char* value : {"", "x", "5", "900,901", "900,901,0,0", "-1,-1,0,0"}) {
    setenv("SPOOR_AGENT_HANDOVER", value, 1);
    EXPECT_FALSE(take_handover()) << value;
    EXPECT_EQ(getenv("SPOOR_AGENT_HANDOVER"), nullptr);
  }
}

TEST(HandoverTest, SocketsOutliveTheExecution) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const pid_t child = fork();
  if (child == 0) {
    // The new image finds the numbers in its environment and both sockets open.
    const char* script = "IFS=, read a b c d <<EOF\n$SPOOR_AGENT_HANDOVER\nEOF\n"
                         "[ -e /proc/self/fd/$a ] && [ -e /proc/self/fd/$b ] && [ $c.$d = 7.8 ]";
    const char* arguments[] = {"sh", "-c", script, nullptr};
    (void)execute_again("/bin/sh", {pair[0], pair[1], 7, 8}, const_cast<char* const*>(arguments));
    _exit(99);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(HandoverTest, TakenSocketsDoNotLeakToChildren) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  setenv("SPOOR_AGENT_HANDOVER",
         (std::to_string(pair[0]) + "," + std::to_string(pair[1]) + ",3,4").c_str(), 1);
  const auto handover = take_handover();
  ASSERT_TRUE(handover);
  EXPECT_EQ(handover->audit_fd, pair[0]);
  EXPECT_EQ(handover->connector_drops, 4u);
  EXPECT_NE(fcntl(pair[0], F_GETFD) & FD_CLOEXEC, 0);
  close(pair[0]);
  close(pair[1]);
}

}  // namespace
}  // namespace spoor::agent
