#include "agent/doctor/pam_stack.h"

#include <gtest/gtest.h>

#include "tests/support/fake_files.h"

namespace spoor::agent {
namespace {

class PamStackTest : public testing::Test {
 protected:
  // Whether sshd, being this, sets a login uid.
  bool sets(const std::string& stack) {
    files_.put("/etc/pam.d/sshd", stack);
    const auto services = read_pam_services(files_);
    EXPECT_TRUE(services.is_ok());
    EXPECT_EQ(services->size(), 1u);
    return services->at(0).sets_login_uid;
  }
  FakeFiles files_;
};

TEST_F(PamStackTest, PlainLine) {
  EXPECT_TRUE(sets("session required pam_loginuid.so\n"));
  EXPECT_TRUE(sets("session    required     pam_loginuid.so require_auditd\n"));
  EXPECT_TRUE(sets("-session optional /usr/lib/security/pam_loginuid.so"));
  EXPECT_TRUE(sets("SESSION [success=ok ignore=ignore default=bad] pam_loginuid.so\n"));
}

TEST_F(PamStackTest, WhatOnlyLooksLikeIt) {
  EXPECT_FALSE(sets(""));
  EXPECT_FALSE(sets("# session required pam_loginuid.so\n"));
  EXPECT_FALSE(sets("auth required pam_loginuid.so\n"));
  EXPECT_FALSE(sets("session required pam_unix.so # pam_loginuid.so\n"));
  EXPECT_FALSE(sets("session required pam_loginuid.so.bak\n"));
  EXPECT_FALSE(sets("session required\n"));
}

TEST_F(PamStackTest, DebiansAndRedHatsIncludes) {
  files_.put("/etc/pam.d/common-session", "session required pam_loginuid.so\n");
  EXPECT_TRUE(sets("auth required pam_unix.so\n@include common-session\n"));
  EXPECT_TRUE(sets("session include common-session\n"));
  EXPECT_TRUE(sets("session substack common-session\n"));
  EXPECT_FALSE(sets("auth include common-session\n"));
  EXPECT_FALSE(sets("session include nothing-there\n"));
}

TEST_F(PamStackTest, LoopsEnd) {
  files_.put("/etc/pam.d/a", "session include b\nsession include b\n");
  files_.put("/etc/pam.d/b", "session include a\nsession include a\n");
  EXPECT_FALSE(sets("session include a\n"));
  EXPECT_FALSE(sets("@include sshd\n@include sshd\n"));
}

TEST_F(PamStackTest, FirstFolderWinsAndAbsentServicesAreNone) {
  files_.put("/etc/pam.d/login", "");
  files_.put("/usr/lib/pam.d/login", "session required pam_loginuid.so\n");
  files_.put("/usr/lib/pam.d/crond", "session required pam_loginuid.so\n");
  const auto services = read_pam_services(files_);
  ASSERT_TRUE(services.is_ok());
  ASSERT_EQ(services->size(), 2u);
  EXPECT_EQ(services->at(0).name, "login");
  EXPECT_FALSE(services->at(0).sets_login_uid);
  EXPECT_EQ(services->at(1).name, "crond");
  EXPECT_TRUE(services->at(1).sets_login_uid);
}

TEST_F(PamStackTest, WhatCannotBeReadIsNotTakenForMissing) {
  files_.put("/etc/pam.d/sshd", "session required pam_loginuid.so\n");
  files_.fail_next(FakeFiles::Operation::open, denied("no permission"));
  EXPECT_EQ(read_pam_services(files_).code(), Code::denied);
}

TEST_F(PamStackTest, HugeFileIsRefused) {
  files_.put("/etc/pam.d/sshd", std::string(1 << 20, '#'));
  EXPECT_EQ(read_pam_services(files_).code(), Code::full);
}

}  // namespace
}  // namespace spoor::agent
