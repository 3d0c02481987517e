#include "agent/doctor/host_calls.h"

#include <gtest/gtest.h>
#include <libaudit.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "agent/source/audit_rules.h"
#include "tests/support/root_only.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

TEST(HostCallsTest, RulesAreShownByWhatTheyTakeAway) {
  RuleSet rules;
  parse_rules("x",
              "-a never,task -F uid=64199 -k spoor-a\n-a always,exclude -F msgtype=CWD -k spoor-b\n"
              "-a always,exit -F arch=b64 -S execve -F auid!=unset -k spoor-c\n",
              RuleContext(), rules);
  ASSERT_TRUE(rules.problems.empty()) << rules.problems[0];
  ASSERT_EQ(rules.rules.size(), 3u);
  const RuleFacts task = facts_of(rules.rules[0]);
  EXPECT_TRUE(task.never && task.list == "task" && task.conditions == 1 && task.ours);
  EXPECT_EQ(task.text, "-a never,task -F uid=64199 -F key=spoor-a");
  EXPECT_EQ(facts_of(rules.rules[1]).text, "-a always,exclude -F msgtype=CWD -F key=spoor-b");
  const RuleFacts exit = facts_of(rules.rules[2]);
  EXPECT_EQ(exit.list, "exit");
  EXPECT_FALSE(exit.never);
  EXPECT_EQ(exit.conditions, 2u);
}

TEST(HostCallsTest, RuleAboutEverythingIsSomebodyElses) {
  AuditRule rule;  // as Debian's audit packages once shipped it; our files may not say it
  rule.data.reset(static_cast<audit_rule_data*>(std::calloc(1, sizeof(audit_rule_data))));
  rule.data->flags = AUDIT_FILTER_TASK;
  rule.data->action = AUDIT_NEVER;
  const RuleFacts task = facts_of(rule);
  EXPECT_TRUE(task.never && task.list == "task" && task.conditions == 0 && !task.ours);
  EXPECT_EQ(task.text, "-a never,task");
}

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
