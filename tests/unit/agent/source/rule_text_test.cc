#include "agent/source/rule_text.h"

#include <gtest/gtest.h>
#include <libaudit.h>

#include "agent/source/rule_data.h"
#include "agent/source/rule_line.h"

namespace spoor::agent {
namespace {

AuditRule rule_of(const std::string& line) {
  auto parsed = parse_rule_line(line, "f:1", {});
  EXPECT_TRUE(parsed.is_ok()) << line << ": " << parsed.status().message();
  return std::move(parsed->rule);
}

// What `auditctl -l` of audit 3.0.9 printed for the same line (Linux 6.18).
TEST(RuleTextTest, AsAuditctlPrintsIt) {
  const std::pair<const char*, const char*> kSeen[] = {
      {"-a always,exit -F arch=b32 -S open -S 5 -S 450 -F exit=-EACCES -F exit!=5 -k spoor-x",
       "-a always,exit -F arch=b32 -S open,set_mempolicy_home_node -F exit=-EACCES -F exit!=5 "
       "-F key=spoor-x"},
      {"-a always,exit -F dir=/etc/ -F perm=rwxa -F auid=64199 -k spoor-i",
       "-a always,exit -S all -F dir=/etc/ -F perm=rwxa -F auid=64199 -F key=spoor-i"},
      {"-a always,exit -F arch=b64 -S connect -F a0&=0x10 -F a1&-1 -F a2=-1 -F a3>=5 "
       "-F sessionid!=unset -F success=0 -F filetype=file -F inode=4294967290 -k spoor-x",
       "-a always,exit -F arch=b64 -S connect -F a0&=0x10 -F a1&0xFFFFFFFF -F a2=0xFFFFFFFF "
       "-F a3>=0x5 -F sessionid!=-1 -F success=0 -F filetype=32768 -F inode=4294967290 "
       "-F key=spoor-x"},
      {"-a never,user -F auid=64199 -F msgtype>=USER_AUTH -k spoor-x",
       "-a never,user -F auid=64199 -F msgtype>=USER_AUTH -F key=spoor-x"},
      {"-a always,exclude -F msgtype=9999 -F exe=/bin/ls -k spoor-x",
       "-a always,exclude -F msgtype=9999 -F exe=/bin/ls -F key=spoor-x"},
      {"-a always,exit -F arch=b64 -F exit=-40 -F exit=-9999 -F uid=4294967294 -S openat "
       "-k spoor-i",
       "-a always,exit -F arch=b64 -S openat -F exit=-ELOOP -F exit=-9999 -F uid=-2 "
       "-F key=spoor-i"},
  };
  for (const auto& [line, listed] : kSeen) EXPECT_EQ(auditctl_line(rule_of(line)), listed);
}

TEST(RuleTextTest, ARuleOfAnUnknownKind) {
  RuleBuilder rule;
  rule.set_list(3, false);
  rule.set_action(AUDIT_ALWAYS);
  ASSERT_TRUE(rule.add_number(99, AUDIT_EQUAL, 7).is_ok());
  ASSERT_TRUE(rule.add_number(AUDIT_ARCH, AUDIT_EQUAL, 0x1234).is_ok());
  const AuditRule made = std::move(*std::move(rule).finish("spoor-x"));
  EXPECT_EQ(auditctl_line(made), "-a always,list 3 -F arch=0x1234 -F f99=7 -F key=spoor-x");
}

TEST(RuleTextTest, EveryListHasItsName) {
  EXPECT_EQ(list_name(rule_of("-a never,task -F uid=0 -k spoor-x")), "task");
  EXPECT_EQ(list_name(rule_of("-a never,user -F uid=0 -k spoor-x")), "user");
  EXPECT_EQ(list_name(rule_of("-a never,exclude -F uid=0 -k spoor-x")), "exclude");
  EXPECT_EQ(list_name(rule_of("-a always,io_uring -S openat -k spoor-x")), "io_uring");
  EXPECT_EQ(list_name(rule_of("-a never,filesystem -F fstype=tracefs -k spoor-x")), "filesystem");
  EXPECT_EQ(list_name(rule_of("-w /no/file -k spoor-x")), "exit");
}

}  // namespace
}  // namespace spoor::agent
