#include "agent/privilege.h"

#include <cap-ng.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/support/root_only.h"

namespace spoor::agent {
namespace {

// Confinement is for good: each test does it in a child and tells by its exit code.
int in_child(const std::function<bool()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class ConfinementTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/spoor-confined-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    for (const char* sub : {"/read", "/write", "/other"}) {
      std::filesystem::create_directory(folder_ + sub);
      std::ofstream(folder_ + sub + "/file") << "x";
    }
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  bool enter() {
    return confine({{folder_ + "/read", "/proc"}, {folder_ + "/write"}}).is_ok();
  }
  bool can_open(const std::string& path, int flags) {
    const int fd = open((folder_ + path).c_str(), flags | O_CLOEXEC, 0600);
    if (fd >= 0) close(fd);
    return fd >= 0;
  }
  std::string folder_;
};

TEST_F(ConfinementTest, FilesAreWithinTheirFolders) {
  EXPECT_EQ(
      in_child([&] {
        return enter() && can_open("/read/file", O_RDONLY) && !can_open("/read/file", O_WRONLY) &&
               !can_open("/read/new", O_WRONLY | O_CREAT) &&
               can_open("/write/new", O_WRONLY | O_CREAT) &&
               rename((folder_ + "/write/new").c_str(), (folder_ + "/write/newer").c_str()) == 0 &&
               unlink((folder_ + "/write/newer").c_str()) == 0 &&
               !can_open("/other/file", O_RDONLY) && open("/etc/passwd", O_RDONLY) < 0;
      }),
      0);
}

TEST_F(ConfinementTest, WhatMustBeImpossibleIs) {
  EXPECT_EQ(in_child([&] {
    if (!enter()) return false;
    for (const Attempt& attempt : try_forbidden()) {
      if (attempt.refused) continue;
      std::fprintf(stderr, "%s: %s\n", attempt.what.c_str(), attempt.answer.c_str());
      return false;
    }
    return true;
  }), 0);
}

TEST_F(ConfinementTest, WithoutItTheSameThingsArePossible) {
  EXPECT_EQ(in_child([&] {
    int possible = 0;
    for (const Attempt& attempt : try_forbidden()) possible += attempt.refused ? 0 : 1;
    unlink("/etc/cron.d/spoor-sandbox-check");
    return possible >= 4;  // sockets, the shell, memory files at the least
  }), 0);
}

TEST_F(ConfinementTest, OwnBinaryCanBeExecutedAgain) {
  EXPECT_EQ(in_child([&] {
    const auto binary = own_binary();
    if (!binary.is_ok() || !enter()) return false;
    execl(binary->c_str(), binary->c_str(), "--gtest_list_tests", "--gtest_filter=None.None",
          nullptr);
    return false;
  }), 0);
}

TEST_F(ConfinementTest, NoCoreAndNoNewPrivileges) {
  EXPECT_EQ(in_child([&] {
    return enter() && prctl(PR_GET_DUMPABLE) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
  }), 0);
}

TEST_F(ConfinementTest, ItIsKnownFromWithinAndWithout) {
  EXPECT_FALSE(is_confined());
  EXPECT_EQ(in_child([&] { return !is_confined() && enter() && is_confined(); }), 0);
}

bool has_net_admin(capng_type_t set) {
  return capng_get_caps_process() == 0 && capng_have_capability(set, CAP_NET_ADMIN) == 1;
}

TEST_F(ConfinementTest, NetAdminIsUsedAgainForAStop) {
  SPOOR_NEEDS_ROOT();
  EXPECT_EQ(in_child([&] {
              if (!limit_capabilities().is_ok() || !enter()) return false;
              if (has_net_admin(CAPNG_EFFECTIVE) || !has_net_admin(CAPNG_PERMITTED)) return false;
              for (const unsigned capability : {CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH}) {
                if (capng_have_capability(CAPNG_PERMITTED, capability) != 0) return false;
              }
              return raise_net_admin().is_ok() && has_net_admin(CAPNG_EFFECTIVE) &&
                     capng_have_capability(CAPNG_EFFECTIVE, CAP_AUDIT_CONTROL) == 1 &&
                     capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN) == 0;
            }),
            0);
}

// As a user whose capabilities are these alone: `set` is of those that are permitted.
int as_user_with(std::initializer_list<unsigned> set, const std::function<bool()>& body) {
  return in_child([&] {
    capng_clear(CAPNG_SELECT_BOTH);
    for (const unsigned capability : set) {
      capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_PERMITTED | CAPNG_EFFECTIVE),
                   capability);
    }
    return capng_change_id(65534, 65534, CAPNG_DROP_SUPP_GRP) == 0 && body();
  });
}

TEST(IdentityTest, WitnessCapabilitiesAreNeededToBeginAndNotToGoOn) {
  SPOOR_NEEDS_ROOT();
  EXPECT_EQ(as_user_with({CAP_AUDIT_CONTROL, CAP_AUDIT_READ, CAP_NET_ADMIN},
                         [] {
                           const Status begun = check_identity(false);
                           return check_identity(true).is_ok() && begun.code() == Code::denied &&
                                  begun.message().find("dac_read_search") != std::string::npos &&
                                  begun.message().find("sys_ptrace") != std::string::npos;
                         }),
            0);
}

TEST(IdentityTest, WhatIsTheWitnessesIsHeldBackAndNotGone) {
  SPOOR_NEEDS_ROOT();
  EXPECT_EQ(as_user_with({CAP_AUDIT_CONTROL, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH},
                         [] {
                           hold_back_witness_capabilities();
                           if (capng_get_caps_process() != 0) return false;
                           const auto has = [](capng_type_t set, unsigned capability) {
                             return capng_have_capability(set, capability) == 1;
                           };
                           return has(CAPNG_EFFECTIVE, CAP_AUDIT_CONTROL) &&
                                  !has(CAPNG_EFFECTIVE, CAP_DAC_READ_SEARCH) &&
                                  has(CAPNG_PERMITTED, CAP_DAC_READ_SEARCH) &&
                                  open("/etc/shadow", O_RDONLY | O_CLOEXEC) < 0;
                         }),
            0);
}

TEST(IdentityTest, RootIsRefusedWithWhatToDo) {
  if (geteuid() != 0) GTEST_SKIP() << "not root";
  const Status status = check_identity(false);
  EXPECT_EQ(status.code(), Code::denied);
  EXPECT_NE(status.message().find("setpriv"), std::string::npos);
}

}  // namespace
}  // namespace spoor::agent
