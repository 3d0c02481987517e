#include "agent/doctor/boot_line.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

TEST(BootLineTest, AuditIsOnUnlessItIsOff) {
  for (const char* on : {"audit=1", "audit=on", "audit=ON", "x audit=1 y\n", "audit=yes", "audit=",
                         "\"audit=1\"", "a=\"b -- c\" audit=1", "audit=1 -- audit=0"}) {
    EXPECT_EQ(boot_audit(on), BootAudit::on) << on;
  }
  for (const char* off : {"audit=0", "audit=off", "audit=Off", "audit=0 audit=1"}) {
    EXPECT_EQ(boot_audit(off), BootAudit::off) << off;
  }
  for (const char* unset : {"", "quiet", "audit", "xaudit=1", "audit.x=1", "-- audit=1",
                            "a=\"b audit=1\""}) {
    EXPECT_EQ(boot_audit(unset), BootAudit::unset) << unset;
  }
}

TEST(BootLineTest, ALimitThatIsNoNumberIsIgnored) {
  EXPECT_EQ(boot_backlog_limit("quiet"), std::nullopt);
  for (const char* odd : {"", "8k", "-1", "8192.", "4294967296", "0x", "lots"}) {
    EXPECT_EQ(boot_backlog_limit(std::string("audit_backlog_limit=") + odd), std::nullopt) << odd;
  }
  EXPECT_EQ(boot_backlog_limit("audit_backlog_limit=0"), 0u);
  EXPECT_EQ(boot_backlog_limit("audit_backlog_limit=0x2000"), 8192u);
  EXPECT_EQ(boot_backlog_limit("audit_backlog_limit=020000"), 8192u);
  EXPECT_EQ(boot_backlog_limit("audit-backlog-limit=+64"), 64u);
  EXPECT_EQ(boot_backlog_limit("audit_backlog_limit=8192 audit_backlog_limit=8k"), 8192u);
  EXPECT_EQ(boot_backlog_limit("audit_backlog_limit=8192 audit_backlog_limit=64"), 64u);
}

}  // namespace
}  // namespace spoor::agent
