#include "agent/kernel_care.h"

#include <gtest/gtest.h>

#include "agent/decode/audit_record.h"

namespace spoor::agent {
namespace {

TEST(KernelCareTest, AHintSaysWhoAndNeverUs) {
  const EventKey key{1'000, 7};
  AuditEvent event;
  decode_record({1305, "audit(1.000:7): auid=1000 ses=3 op=remove_rule key=\"x\" list=4 res=1"},
                key, event);
  ASSERT_TRUE(event.config);
  EXPECT_EQ(hint_of(event, 44)->auid, std::optional(1000u));
  EXPECT_FALSE(hint_of(event, 44)->pid);
  decode_record({1300,
                 "audit(1.000:7): arch=c000003e syscall=44 success=yes exit=1 a0=0 a1=0 a2=0 a3=0 "
                 "items=0 ppid=1 pid=44 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 "
                 "fsgid=0 tty=pts0 ses=3 comm=\"auditctl\" exe=\"/usr/sbin/auditctl\" key=(null)"},
                key, event);
  EXPECT_FALSE(hint_of(event, 44));
  const auto hint = hint_of(event, 45);
  ASSERT_TRUE(hint);
  EXPECT_EQ(describe(*hint), "/usr/sbin/auditctl (pid 44, login uid 1000)");
}

}  // namespace
}  // namespace spoor::agent
