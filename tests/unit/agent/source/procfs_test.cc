#include "agent/source/procfs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

namespace spoor::agent {
namespace {

TEST(ProcfsTest, NameOfTheProcessCannotForgeFields) {
  const auto found = parse_stat(
      "77 (a) S 1 (b) 9) S 12 77 77 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 250 99 98 97\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->pid, 77u);
  EXPECT_EQ(found->parent_pid, 12u);
  EXPECT_EQ(found->birth_boottime_ns, 250 * (kNsPerSecond / sysconf(_SC_CLK_TCK)));
}

TEST(ProcfsTest, ZombiesDoNotRun) {
  for (const std::string state : {"Z", "X", "S"}) {
    const auto found = parse_stat("77 (S) " + state +
                                  " 12 77 77 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 250 99 98 97\n");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->is_zombie, state != "S");
    EXPECT_FALSE(found->leader_left);
  }
}

TEST(ProcfsTest, AnEndedLeaderWithLivingThreadsIsNoZombie) {
  const auto found =
      parse_stat("77 (S) Z 12 77 77 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 250 99 98 97\n");
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->is_zombie);
  EXPECT_TRUE(found->leader_left);
  EXPECT_EQ(found->threads, 2u);
}

TEST(ProcfsTest, CutLinesAreNoProcesses) {
  for (const char* text : {"", "77", "77 (a", "77 (a) S", "77 (a) S x", "77 (a) S 12 77 77 0"}) {
    EXPECT_FALSE(parse_stat(text)) << text;
  }
}

TEST(ProcfsTest, LastAuditWordOfTheBootLineCounts) {
  for (const char* line : {"audit=1", "quiet audit=1 ro\n", "audit=on\n", "audit=0 audit=1"}) {
    EXPECT_TRUE(audits_from_boot(line)) << line;
  }
  for (const char* line : {"", "quiet\n", "audit=0", "audit=off", "audit=1 audit=0", "noaudit=1",
                           "audit_backlog_limit=1", "audit="}) {
    EXPECT_FALSE(audits_from_boot(line)) << line;
  }
}

TEST(ProcfsTest, FindsThisProcessAndItsParent) {
  const auto all = processes_found(SystemClock());
  const auto me = std::find_if(all.begin(), all.end(), [](const ProcessFound& p) {
    return p.pid == static_cast<uint32_t>(getpid());
  });
  ASSERT_NE(me, all.end());
  EXPECT_EQ(me->parent_pid, static_cast<uint32_t>(getppid()));
  EXPECT_GT(me->birth_boottime_ns, 0);
}

TEST(ProcfsTest, NamesByUidFirstLineWins) {
  char path[] = "/tmp/spoor-passwd-XXXXXX";
  const int fd = mkstemp(path);
  ASSERT_GE(fd, 0);
  close(fd);
  std::ofstream(path) << "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n\nbroken\n:x:5:5\n"
                         "alice:x:1000:1000:Alice,,,:/home/alice:/bin/bash";
  const Names names = read_names(path);
  unlink(path);
  EXPECT_EQ(names.size(), 2u);
  EXPECT_EQ(names.at(0), "root");
  EXPECT_EQ(names.at(1000), "alice");
}

TEST(ProcfsTest, AccountByNameOrNumber) {
  const Names names = {{1000, "alice"}};
  EXPECT_EQ(*find_uid("alice", names), 1000u);
  EXPECT_EQ(*find_uid("42", names), 42u);
  EXPECT_EQ(find_uid("bob", names).code(), Code::not_found);
  EXPECT_EQ(find_uid("", names).code(), Code::not_found);
}

TEST(ProcfsTest, HostNameAndMachineIdCanBeGiven) {
  char path[] = "/tmp/spoor-machine-id-XXXXXX";
  const int fd = mkstemp(path);
  ASSERT_GE(fd, 0);
  close(fd);
  EXPECT_FALSE(read_host("web1", path).is_ok());
  std::ofstream(path) << "0123456789abcdef0123456789abcdef\n";
  const auto host = read_host("web1", path);
  unlink(path);
  ASSERT_TRUE(host.is_ok()) << host.status().message();
  EXPECT_EQ(host->name, "web1");
  EXPECT_NE(host->boot_id, Id{});
  EXPECT_EQ(host->machine_id[0], 0x01);
  EXPECT_EQ(host->machine_id[15], 0xef);
}

}  // namespace
}  // namespace spoor::agent
