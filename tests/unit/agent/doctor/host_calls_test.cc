#include "agent/doctor/host_calls.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/root_only.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

TEST(HostCallsTest, FoldersAsTheyAre) {
  const TempFolder temp;
  const std::string path = temp / "spool";
  ASSERT_EQ(mkdir(path.c_str(), 0700), 0);
  ASSERT_EQ(chmod(path.c_str(), 0751), 0);
  PosixHostCalls calls;
  const auto folder = calls.folder(path);
  ASSERT_TRUE(folder.is_ok());
  EXPECT_TRUE(folder->exists);
  EXPECT_EQ(folder->mode, 0751u);
  EXPECT_EQ(folder->uid, geteuid());
  EXPECT_GT(folder->free_bytes, 0u);
  const auto none = calls.folder(temp / "none");
  ASSERT_TRUE(none.is_ok());
  EXPECT_FALSE(none->exists);
}

TEST(HostCallsTest, MemoryIsToldFromDisks) {
  PosixHostCalls calls;
  const auto shared = calls.folder("/dev/shm");
  if (!shared.is_ok() || !shared->exists) GTEST_SKIP() << "no /dev/shm here";
  EXPECT_TRUE(shared->in_memory);
  EXPECT_FALSE(calls.folder("/proc")->in_memory);
}

TEST(HostCallsTest, LinksAndTheirAbsence) {
  const TempFolder temp;
  ASSERT_EQ(symlink("/else where", (temp / "link").c_str()), 0);
  PosixHostCalls calls;
  EXPECT_EQ(*calls.link_target(temp / "link"), "/else where");
  EXPECT_EQ(calls.link_target(temp / "none").code(), Code::not_found);
}

TEST(HostCallsTest, RootSeesTheKernel) {
  SPOOR_NEEDS_ROOT();
  PosixHostCalls calls;
  const auto status = calls.audit_status();
  ASSERT_TRUE(status.is_ok()) << status.status().message();
  EXPECT_TRUE(calls.login_uid_features().is_ok());
  EXPECT_TRUE(calls.audit_rules().is_ok());
  EXPECT_FALSE(calls.kernel_release().empty());
}

}  // namespace
}  // namespace spoor::agent
