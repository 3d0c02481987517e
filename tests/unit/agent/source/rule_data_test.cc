#include "agent/source/rule_data.h"

#include <gtest/gtest.h>
#include <libaudit.h>

namespace spoor::agent {
namespace {

AuditRule make(std::string_view path, std::string_view key, uint32_t call = 59) {
  RuleBuilder rule;
  rule.set_list(AUDIT_FILTER_EXIT, false);
  rule.set_action(AUDIT_ALWAYS);
  EXPECT_TRUE(rule.add_text(AUDIT_WATCH, AUDIT_EQUAL, path).is_ok());
  EXPECT_TRUE(rule.add_number(AUDIT_PERM, AUDIT_EQUAL, AUDIT_PERM_WRITE).is_ok());
  EXPECT_TRUE(rule.add_syscall(call));
  auto made = std::move(rule).finish(key);
  EXPECT_TRUE(made.is_ok());
  return std::move(made).value();
}

TEST(RuleDataTest, TextsLieInTheOrderOfTheirFields) {
  const AuditRule rule = make("/etc/passwd", "spoor-x");
  const auto fields = fields_of(*rule.data);
  ASSERT_EQ(fields.size(), 3u);
  EXPECT_EQ(fields[0].text, "/etc/passwd");
  EXPECT_EQ(fields[1].value, static_cast<uint32_t>(AUDIT_PERM_WRITE));
  EXPECT_EQ(fields[2].text, "spoor-x");
  EXPECT_EQ(key_of(*rule.data), "spoor-x");
  EXPECT_EQ(rule.key, "spoor-x");
}

TEST(RuleDataTest, ARuleThatIsNotAsTheKernelMakesThemIsReadNoFurther) {
  AuditRule rule = make("/etc/passwd", "spoor-x");
  rule.data->values[2] = 1000;  // a key longer than the buffer
  EXPECT_EQ(fields_of(*rule.data).size(), 2u);
  EXPECT_TRUE(key_of(*rule.data).empty());
  rule.data->values[0] = 0xFFFFFFFF;
  EXPECT_TRUE(fields_of(*rule.data).empty());
  rule.data->field_count = 0xFFFFFFFF;
  EXPECT_TRUE(fields_of(*rule.data).empty());
}

TEST(RuleDataTest, SameIsTheEncodingAndNotTheEndOfTheList) {
  const AuditRule rule = make("/etc/passwd", "spoor-x");
  EXPECT_TRUE(same_rule(rule, make("/etc/passwd", "spoor-x")));
  EXPECT_FALSE(same_rule(rule, make("/etc/passwe", "spoor-x")));
  EXPECT_FALSE(same_rule(rule, make("/etc/passwd", "spoor-y")));
  EXPECT_FALSE(same_rule(rule, make("/etc/passwd-", "spoor-x")));
  AuditRule front = make("/etc/passwd", "spoor-x");
  front.data->flags |= AUDIT_FILTER_PREPEND;
  EXPECT_TRUE(same_rule(rule, front));
  EXPECT_TRUE(is_prepended(*front.data));
  EXPECT_EQ(list_of(*front.data), static_cast<uint32_t>(AUDIT_FILTER_EXIT));
  AuditRule never = make("/etc/passwd", "spoor-x");
  never.data->action = AUDIT_NEVER;
  EXPECT_FALSE(same_rule(rule, never));
  const AuditRule other_call = make("/etc/passwd", "spoor-x", 60);
  EXPECT_FALSE(same_rule(rule, other_call));
  EXPECT_TRUE(same_but_syscalls(rule, other_call));
}

TEST(RuleDataTest, CopiesAreTheSameAndTheirOwn) {
  std::vector<AuditRule> rules;
  rules.push_back(make("/etc/passwd", "spoor-x"));
  rules[0].source = "a:1";
  const auto copies = copy_rules(rules);
  ASSERT_EQ(copies.size(), 1u);
  EXPECT_TRUE(same_rule(copies[0], rules[0]));
  EXPECT_NE(copies[0].data.get(), rules[0].data.get());
  EXPECT_EQ(copies[0].source, "a:1");
  EXPECT_EQ(copies[0].key, "spoor-x");
}

TEST(RuleDataTest, CallsFillAllButTheBitsOfClasses) {
  RuleBuilder rule;
  EXPECT_TRUE(rule.add_syscall(0));
  EXPECT_TRUE(rule.add_syscall(2031));
  EXPECT_FALSE(rule.add_syscall(2032));
  EXPECT_FALSE(rule.add_syscall(0xFFFFFFFF));
  EXPECT_EQ(count_syscalls(rule.data()), 2u);
  EXPECT_TRUE(has_syscall(rule.data(), 2031));
  EXPECT_FALSE(has_syscall(rule.data(), 2032));
  EXPECT_FALSE(has_all_syscalls(rule.data()));
  rule.add_all_syscalls();
  EXPECT_TRUE(has_all_syscalls(rule.data()));
  EXPECT_EQ(rule.data().mask[63], 0xFFFFu);
}

TEST(RuleDataTest, TheSixtyFifthFieldIsRefused) {
  RuleBuilder rule;
  for (int i = 0; i < AUDIT_MAX_FIELDS; ++i) {
    ASSERT_TRUE(rule.add_number(AUDIT_UID, AUDIT_EQUAL, 0).is_ok());
  }
  EXPECT_EQ(rule.add_number(AUDIT_UID, AUDIT_EQUAL, 0).code(), Code::full);
  EXPECT_EQ(std::move(rule).finish("spoor-x").code(), Code::full);
}

TEST(RuleDataTest, ReplacesTheFirstSuchField) {
  RuleBuilder rule;
  ASSERT_TRUE(rule.add_number(AUDIT_PERM, AUDIT_EQUAL, 15).is_ok());
  rule.replace_value(AUDIT_PERM, 2);
  rule.replace_value(AUDIT_UID, 7);  // there is none
  EXPECT_EQ(fields_of(rule.data())[0].value, 2u);
}

}  // namespace
}  // namespace spoor::agent
