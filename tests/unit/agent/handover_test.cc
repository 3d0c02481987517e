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
  EXPECT_FALSE(take_handover().is_whole());
}

TEST(HandoverTest, DescriptorsThatAreNotOpenAreNoHandover) {
  for (const char* value : {"", "x", "5", "900,901", "-1,-1"}) {
    setenv("SPOOR_AGENT_HANDOVER", value, 1);
    EXPECT_FALSE(take_handover().is_whole()) << value;
    EXPECT_EQ(getenv("SPOOR_AGENT_HANDOVER"), nullptr);
  }
}

TEST(HandoverTest, SocketsOutliveTheExecution) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const pid_t child = fork();
  if (child == 0) {
    // The new image finds the numbers in its environment and both sockets open.
    const char* script =
        "IFS=, read a b n <<EOF\n$SPOOR_AGENT_HANDOVER\nEOF\n"
        "[ -e /proc/self/fd/$a ] && [ -e /proc/self/fd/$b ] && [ $n = 7 ]";
    const char* arguments[] = {"sh", "-c", script, nullptr};
    (void)execute_again("/bin/sh", {UniqueFd(pair[0]), UniqueFd(pair[1]), 7, true},
                        const_cast<char* const*>(arguments));
    _exit(99);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(HandoverTest, WitnessGoesWithTheSocketsAndIsNotNeeded) {
  int pair[2], witness[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, witness), 0);
  const pid_t child = fork();
  if (child == 0) {
    const char* script =
        "IFS=, read a b n w c <<EOF\n$SPOOR_AGENT_HANDOVER\nEOF\n"
        "[ -e /proc/self/fd/$w ] && [ $c = 4711 ]";
    const char* arguments[] = {"sh", "-c", script, nullptr};
    (void)execute_again("/bin/sh", {UniqueFd(pair[0]), UniqueFd(pair[1]), 7, true,
                                    {UniqueFd(witness[0]), 4711}},
                        const_cast<char* const*>(arguments));
    _exit(99);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;

  const std::string two = std::to_string(pair[0]) + "," + std::to_string(pair[1]) + ",7";
  setenv("SPOOR_AGENT_HANDOVER", (two + "," + std::to_string(witness[0]) + ",4711").c_str(), 1);
  Handover taken = take_handover();
  ASSERT_TRUE(taken.is_whole());
  EXPECT_EQ(taken.witness.socket.get(), witness[0]);
  EXPECT_EQ(taken.witness.child, 4711);
  EXPECT_NE(fcntl(witness[0], F_GETFD) & FD_CLOEXEC, 0);
  for (UniqueFd* fd : {&taken.audit, &taken.connector, &taken.witness.socket}) (void)fd->release();
  for (const std::string& words : {two, two + ",900,4711", two + ",x"}) {
    setenv("SPOOR_AGENT_HANDOVER", words.c_str(), 1);
    Handover without = take_handover();
    EXPECT_TRUE(without.is_whole()) << words;
    EXPECT_FALSE(without.witness.socket.is_open()) << words;
    (void)without.audit.release();
    (void)without.connector.release();
  }
  for (const int fd : {pair[0], pair[1], witness[0], witness[1]}) close(fd);
}

TEST(HandoverTest, TakenSocketsDoNotLeakToChildren) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  setenv("SPOOR_AGENT_HANDOVER",
         (std::to_string(pair[0]) + "," + std::to_string(pair[1])).c_str(), 1);
  const Handover handover = take_handover();
  ASSERT_TRUE(handover.is_whole());
  EXPECT_TRUE(handover.reload);
  EXPECT_EQ(handover.audit.get(), pair[0]);
  EXPECT_EQ(handover.audit_number, 0u) << "an older version says none";
  EXPECT_NE(fcntl(pair[0], F_GETFD) & FD_CLOEXEC, 0);
}

// A service manager's store, in a child of which the low descriptors are its own: true if a
// connector is found in it as the first socket, and the audit socket of this place and number.
bool found_in_store(const char* pid, const char* count, const char* names, int audit = 4,
                    uint32_t number = 0) {
  const pid_t child = fork();
  if (child == 0) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) _exit(99);
    dup2(pair[0], 53);
    dup2(pair[1], 54);
    for (int fd = 3; fd < 10; ++fd) close(fd);
    dup2(53, 3);
    dup2(54, 4);
    dup2(54, 5);
    setenv("LISTEN_PID", pid != nullptr ? pid : std::to_string(getpid()).c_str(), 1);
    setenv("LISTEN_FDS", count, 1);
    setenv("LISTEN_FDNAMES", names, 1);
    const Handover handover = take_handover();
    const bool clean = getenv("LISTEN_FDS") == nullptr && getenv("LISTEN_PID") == nullptr;
    const bool both = handover.is_whole() && !handover.reload && handover.audit.get() == audit &&
                      handover.audit_number == number && handover.connector.get() == 3 &&
                      (fcntl(audit, F_GETFD) & FD_CLOEXEC) != 0;
    _exit(!clean ? 98 : both ? 0 : handover.is_whole() ? 97 : 1);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) <= 1) << status;
  return status == 0;
}

TEST(HandoverTest, StoreGivesBothSocketsByTheirNames) {
  EXPECT_TRUE(found_in_store(nullptr, "2", "connector:audit"));
  EXPECT_FALSE(found_in_store("1", "2", "connector:audit")) << "meant for another process";
  EXPECT_FALSE(found_in_store(nullptr, "1", "connector")) << "one of them is of no use";
  EXPECT_FALSE(found_in_store(nullptr, "2", "connector"));
  EXPECT_FALSE(found_in_store(nullptr, "2", "stored:stored"));
  EXPECT_FALSE(found_in_store(nullptr, "-5", "connector:audit"));
  EXPECT_FALSE(found_in_store(nullptr, "", ""));
}

TEST(HandoverTest, OfTwoAuditSocketsTheOlderIsTaken) {
  EXPECT_TRUE(found_in_store(nullptr, "3", "connector:audit:audit-1", 4, 0));
  EXPECT_TRUE(found_in_store(nullptr, "3", "connector:audit-10:audit-9", 5, 9));
  EXPECT_TRUE(found_in_store(nullptr, "2", "connector:audit-12", 4, 12));
  for (const char* no_name : {"audit-", "audit-x", "audit-1x", "audit--1", "audit-99999999999"}) {
    EXPECT_FALSE(found_in_store(nullptr, "2", (std::string("connector:") + no_name).c_str()));
  }
}

TEST(HandoverTest, NamesOfAuditSocketsCountUp) {
  EXPECT_EQ(audit_name(0), "audit");
  EXPECT_EQ(audit_name(12), "audit-12");
}

}  // namespace
}  // namespace spoor::agent
