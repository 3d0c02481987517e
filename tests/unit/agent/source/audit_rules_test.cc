#include "agent/source/audit_rules.h"

#include <gtest/gtest.h>
#include <libaudit.h>

namespace spoor::agent {
namespace {

RuleSet parse(std::string_view text, std::optional<uint32_t> only_login_uid = std::nullopt) {
  RuleSet set;
  parse_rules("test.rules", text, only_login_uid, set);
  return set;
}

bool has_field(const AuditRule& rule, uint32_t field, uint32_t value) {
  for (uint32_t i = 0; i < rule.data->field_count; ++i) {
    if (rule.data->fields[i] == field && rule.data->values[i] == value) return true;
  }
  return false;
}

TEST(AuditRulesTest, RuleIsEncodedWithListActionKeyAndSyscalls) {
  const RuleSet set = parse(
      "# a comment\n\n-a always,exit -F arch=b64 -S execve,execveat -F auid!=unset -k spoor-x\n");
  ASSERT_TRUE(set.problems.empty()) << set.problems[0];
  ASSERT_EQ(set.rules.size(), 1u);
  const AuditRule& rule = set.rules[0];
  EXPECT_EQ(rule.key, "spoor-x");
  EXPECT_EQ(rule.source, "test.rules:3");
  EXPECT_EQ(rule.data->flags, static_cast<uint32_t>(AUDIT_FILTER_EXIT));
  EXPECT_EQ(rule.data->action, static_cast<uint32_t>(AUDIT_ALWAYS));
  EXPECT_TRUE(has_field(rule, AUDIT_LOGINUID, 4294967295u));
  EXPECT_NE(rule.data->mask[59 / 32] & 1u << 59 % 32, 0u);  // execve on x86_64
}

TEST(AuditRulesTest, SeveralRulesDoNotDisturbEachOther) {
  const RuleSet set = parse(
      "-a always,exit -F arch=b64 -S execve -k spoor-a\n"
      "-a always,exit -F arch=b32 -S execve -k spoor-b\n"
      "-a exit,always -F arch=b64 -S execveat -k spoor-c\n");
  for (const std::string& problem : set.problems) ADD_FAILURE() << problem;
  ASSERT_EQ(set.rules.size(), 3u);
  EXPECT_NE(set.rules[1].data->mask[0] & 1u << 11, 0u);  // execve on i386
}

TEST(AuditRulesTest, GuestModeLimitsEveryRuleToOneLoginUid) {
  const RuleSet set = parse("-a always,exit -F arch=b64 -S execve -k spoor-a\n", 64199);
  ASSERT_EQ(set.rules.size(), 1u);
  EXPECT_TRUE(has_field(set.rules[0], AUDIT_LOGINUID, 64199));
}

TEST(AuditRulesTest, EveryProblemIsNamedWithItsLine) {
  const RuleSet set = parse(
      "-a always,exit -F arch=b64 -S execve\n"
      "-a always,exit -F arch=b64 -S execve -k other\n"
      "-a always,exit -F nonsense=1 -k spoor-a\n"
      "-a sometimes,exit -k spoor-a\n"
      "-k spoor-a\n"
      "-a always,exit -F arch=b64 -S nosuchcall -k spoor-a\n"
      "-a always,exit -S all -k spoor-a\n"
      "-a always,exit -k spoor-a -k spoor-b\n"
      "-D\n"
      "-a always,exit -k \"spoor-a\"\n");
  EXPECT_TRUE(set.rules.empty());
  ASSERT_EQ(set.problems.size(), 10u);
  for (size_t i = 0; i < set.problems.size(); ++i) {
    EXPECT_TRUE(set.problems[i].starts_with("test.rules:" + std::to_string(i + 1) + ": "))
        << set.problems[i];
  }
}

TEST(AuditRulesTest, FolderThatIsNotThereIsAProblem) {
  EXPECT_EQ(read_rules({"/nowhere/at/all"}, std::nullopt).problems.size(), 1u);
}

}  // namespace
}  // namespace spoor::agent
