#include "agent/kernel_care.h"

#include <gtest/gtest.h>

#include "agent/decode/audit_record.h"

namespace spoor::agent {
namespace {

const EventKey kKey{1'000, 7};

AuditEvent change(const std::string& text) {
  AuditEvent event;
  decode_record({1305, "audit(1.000:7): " + text}, kKey, event);
  return event;
}

TEST(KernelCareTest, AHintSaysWho) {
  AuditEvent event = change("auid=1000 ses=3 op=remove_rule key=\"x\" list=4 res=1");
  ASSERT_TRUE(event.config);
  EXPECT_EQ(hint_of(event).auid, std::optional(1000u));
  EXPECT_FALSE(hint_of(event).pid);
  decode_record({1300,
                 "audit(1.000:7): arch=c000003e syscall=44 success=yes exit=1 a0=0 a1=0 a2=0 a3=0 "
                 "items=0 ppid=1 pid=44 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 "
                 "fsgid=0 tty=pts0 ses=3 comm=\"auditctl\" exe=\"/usr/sbin/auditctl\" key=(null)"},
                kKey, event);
  EXPECT_EQ(describe(hint_of(event)), "/usr/sbin/auditctl (pid 44, login uid 1000)");
  EXPECT_TRUE(is_own_change(event, {44, 1000}, false));
  EXPECT_FALSE(is_own_change(event, {45, 1000}, true)) << "the record names another";
}

// The kernel does not audit its audit daemon: our own change is told without a SYSCALL record.
TEST(KernelCareTest, OurOwnChangeIsKnownByTimeKeyAndLoginUid) {
  const OwnName us{44, kUnsetId};
  const std::string unset = "auid=4294967295 ses=4294967295 ";
  for (const std::string op :
       {"op=add_rule key=\"spoor-x\" list=4 res=1", "op=remove_rule key=\"spoor-x\" list=4 res=1",
        "op=set audit_backlog_limit=8192 old=64 res=1"}) {
    EXPECT_TRUE(is_own_change(change(unset + op), us, true)) << op;
    EXPECT_FALSE(is_own_change(change(unset + op), us, false)) << op;
    EXPECT_FALSE(is_own_change(change("auid=1000 ses=3 " + op), us, true)) << op;
  }
  EXPECT_FALSE(is_own_change(change(unset + "op=add_rule key=\"x\" list=4 res=1"), us, true));
  EXPECT_FALSE(is_own_change(change(unset + "op=add_rule key=(null) list=4 res=1"), us, true));
}

}  // namespace
}  // namespace spoor::agent
