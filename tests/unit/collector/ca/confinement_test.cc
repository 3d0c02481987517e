#include "collector/ca/confinement.h"

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "tests/support/root_only.h"

namespace spoor::collector {
namespace {

// What the child's `body` returns, confined, as a uid that nobody has where we are root.
int in_confinement(int (*body)()) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setresuid(64198, 64198, 64198) != 0) ::_exit(101);
    if (!confine_authority().is_ok()) ::_exit(102);
    ::_exit(body());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 200 + WTERMSIG(status);
}

int result(long value) { return value >= 0 ? 0 : errno; }

TEST(Confinement, NoNetworkButUnixSockets) {
  EXPECT_EQ(in_confinement([] { return result(::socket(AF_UNIX, SOCK_SEQPACKET, 0)); }), 0);
  EXPECT_EQ(in_confinement([] { return result(::socket(AF_INET, SOCK_STREAM, 0)); }), EPERM);
  EXPECT_EQ(in_confinement([] { return result(::socket(AF_INET6, SOCK_DGRAM, 0)); }), EPERM);
  EXPECT_EQ(in_confinement([] { return result(::socket(AF_NETLINK, SOCK_RAW, 0)); }), EPERM);
  EXPECT_EQ(in_confinement([] { return result(::socket(AF_PACKET, SOCK_RAW, 0)); }), EPERM);
}

TEST(Confinement, NoOtherProgramAndNoOtherProcess) {
  EXPECT_EQ(in_confinement([] {
              char* const none[] = {nullptr};
              return result(::execve("/bin/true", none, none));
            }), EPERM);
  EXPECT_EQ(in_confinement([] {
              return result(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr));
            }), EPERM);
}

TEST(Confinement, NothingLeavesItsMemory) {
  EXPECT_EQ(in_confinement([] { return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }), 0);
  EXPECT_EQ(in_confinement([] { return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); }), 1);
}

TEST(Confinement, RootIsSentAway) {
  SPOOR_NEEDS_ROOT();
  EXPECT_EQ(confine_authority().code(), Code::denied);
}

}  // namespace
}  // namespace spoor::collector
