#include "agent/source/rule_line.h"

#include <gtest/gtest.h>
#include <libaudit.h>

#include "agent/limits.h"
#include "agent/source/rule_data.h"
#include "agent/source/rule_text.h"
#include "common/files.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

Result<RuleLine> parse(const std::string& line, std::optional<uint32_t> only = std::nullopt) {
  return parse_rule_line(line, "f:1", {{{{0, "root"}}, {}}, only});
}

// The rule in auditctl's words; or what is wrong with it.
std::string said(const std::string& line, std::optional<uint32_t> only = std::nullopt) {
  const auto got = parse(line, only);
  if (!got.is_ok()) return got.status().message();
  return got->rule.data == nullptr ? "no rule" : auditctl_line(got->rule);
}

void expect_refused(const std::string& line, const std::string& words) {
  const auto got = parse(line);
  ASSERT_FALSE(got.is_ok()) << line;
  EXPECT_NE(got.status().message().find(words), std::string::npos)
      << line << ": " << got.status().message();
}

TEST(RuleLineTest, NothingIsSaidByEmptyLinesAndComments) {
  for (const char* line : {"", "   ", "\t", "# -D", "  # x", "\r", "#\x01"}) {
    const auto got = parse(line);
    ASSERT_TRUE(got.is_ok()) << line;
    EXPECT_EQ(got->kind, RuleLine::Kind::nothing);
  }
}

TEST(RuleLineTest, ARuleAsAuditctlListsIt) {
  EXPECT_EQ(said("-a always,exit -F arch=b64 -S execve,execveat -F auid!=unset -k spoor-x"),
            "-a always,exit -F arch=b64 -S execve,execveat -F auid!=-1 -F key=spoor-x");
  EXPECT_EQ(said("-a exit,always -F arch=b32 -S open -S close -F key=spoor-x -F uid=root"),
            "-a always,exit -F arch=b32 -S open,close -F uid=0 -F key=spoor-x");
  EXPECT_EQ(said("-aalways,exit\t-Farch=b64 -S 2  -k spoor-x\r"),
            "-a always,exit -F arch=b64 -S open -F key=spoor-x");
  EXPECT_EQ(said("-a never,task -F uid=0 -k spoor-x"), "-a never,task -F uid=0 -F key=spoor-x");
  EXPECT_EQ(said("-a always,exit -F uid=0 -k spoor-x"),
            "-a always,exit -S all -F uid=0 -F key=spoor-x");
  EXPECT_EQ(said("-a always,exit -S all -F uid=0 -C auid!=obj_uid -k spoor-x"),
            "-a always,exit -S all -F uid=0 -C auid!=obj_uid -F key=spoor-x");
  EXPECT_EQ(said("-a never,filesystem -F fstype=tracefs -k spoor-x"),
            "-a never,filesystem -F fstype=tracefs -F key=spoor-x");
  EXPECT_EQ(said("-a always,io_uring -S openat,connect,33 -k spoor-x"),
            "-a always,io_uring -S connect,openat,33 -F key=spoor-x");
  const auto front = parse("-A always,exit -F arch=b64 -S open -k spoor-x");
  ASSERT_TRUE(front.is_ok());
  EXPECT_TRUE(is_prepended(*front->rule.data));
  EXPECT_EQ(front->rule.source, "f:1");
}

TEST(RuleLineTest, WatchesOfFilesAndFolders) {
  TempFolder folder;
  EXPECT_EQ(said("-w /no/such/file -p wa -k spoor-x"), "-w /no/such/file -p wa -k spoor-x");
  EXPECT_EQ(said("-w /etc/passwd -k spoor-x"), "-w /etc/passwd -p rwxa -k spoor-x");
  const auto kind = [](const std::string& path) {
    return fields_of(*parse("-w " + path + " -k spoor-x")->rule.data)[0].field;
  };
  ASSERT_TRUE(PosixFiles().make_folder(folder / "there").is_ok());
  EXPECT_EQ(kind(folder / "there"), static_cast<uint32_t>(AUDIT_DIR));
  EXPECT_EQ(kind(folder / "there/"), static_cast<uint32_t>(AUDIT_DIR));
  EXPECT_EQ(kind(folder / "none"), static_cast<uint32_t>(AUDIT_WATCH));
  EXPECT_EQ(kind(folder / "none/"), static_cast<uint32_t>(AUDIT_DIR));
  EXPECT_EQ(said("-w /etc/with\\ space\\\\ -k spoor-x"),
            "-w /etc/with space\\ -p rwxa -k spoor-x");
  expect_refused("-w etc -k spoor-x", "begin with /");
  expect_refused("-w /etc/passwd -p wq -k spoor-x", "r, w, x and a");
  expect_refused("-p wa -k spoor-x", "-p comes after -w");
  expect_refused("-a always,exit -p wa -k spoor-x", "-p comes after -w");
  expect_refused("-w /etc/passwd -F uid=0 -k spoor-x", "-F comes after -a");
  expect_refused("-w /etc/passwd -S open -k spoor-x", "-S comes after -a");
  expect_refused("-w /etc/passwd", "needs a key");
}

TEST(RuleLineTest, GuestModeLimitsRulesToOneLoginUid) {
  EXPECT_EQ(said("-a always,exit -F arch=b64 -S open -k spoor-x", 64199),
            "-a always,exit -F arch=b64 -S open -F auid=64199 -F key=spoor-x");
  EXPECT_EQ(said("-w /no/file -p w -k spoor-x", 64199),
            "-a always,exit -S all -F path=/no/file -F perm=w -F auid=64199 -F key=spoor-x");
  EXPECT_FALSE(parse("-a never,filesystem -F fstype=tracefs -k spoor-x", 64199).is_ok());
  // The limit is not a filter of the rule's own.
  EXPECT_FALSE(parse("-a always,exit -S all -k spoor-x", 64199).is_ok());
}

TEST(RuleLineTest, Deletions) {
  EXPECT_EQ(parse("-d always,exit -F arch=b64 -S open -k spoor-x")->kind, RuleLine::Kind::remove);
  EXPECT_EQ(parse("-W /etc/passwd -p wa -k spoor-x")->kind, RuleLine::Kind::remove);
  EXPECT_EQ(parse("-D")->kind, RuleLine::Kind::remove_all);
  EXPECT_EQ(parse("-D -k spoor-x")->key_part, "spoor-x");
  expect_refused("-D -D", "one rule a line");
}

TEST(RuleLineTest, Settings) {
  const auto got = parse("-b 8192 -f 1 -r 0 -e 2 --backlog_wait_time 60000 --loginuid-immutable "
                         "--reset-lost --reset_backlog_wait_time_actual -c");
  ASSERT_TRUE(got.is_ok()) << got.status().message();
  EXPECT_EQ(got->kind, RuleLine::Kind::settings);
  const RuleSettings& s = got->settings;
  EXPECT_EQ(s.backlog_limit->value, 8192u);
  EXPECT_EQ(s.backlog_limit->source, "f:1");
  EXPECT_EQ(s.failure->value, 1u);
  EXPECT_EQ(s.rate_limit->value, 0u);
  EXPECT_EQ(s.enabled->value, 2u);
  EXPECT_EQ(s.backlog_wait_time->value, 60000u);
  EXPECT_TRUE(s.loginuid_immutable && s.reset_lost && s.reset_backlog_wait && s.keep_going);
  EXPECT_EQ(parse("--backlog_wait_time=7")->settings.backlog_wait_time->value, 7u);
  EXPECT_TRUE(parse("-i")->settings.keep_going);
  EXPECT_FALSE(parse("-e 1")->settings.keep_going);
  expect_refused("-b many", "wants a number");
  expect_refused("-f 3", "from 0 to 2");
  expect_refused("-e 3", "from 0 to 2");
  expect_refused("-e 0", "spoor-agent cleanup");
  expect_refused("-b", "wants a value");
  expect_refused("--backlog_wait_time", "wants a value");
  expect_refused("--reset-lost=1", "takes no value");
  expect_refused("-b 64 -D", "one line");
}

TEST(RuleLineTest, WhatNoFileMayHold) {
  expect_refused("-l", "command line");
  expect_refused("-R other.rules", "command line");
  expect_refused("-x", "no option -x");
  expect_refused("--frobnicate", "no option --frobnicate");
  expect_refused("always,exit", "belongs to no option");
  expect_refused("-a always,exit -F arch=b64 -S open -k \"spoor x\"", "no quotes");
  expect_refused("-", "belongs to no option");
  expect_refused("-a", "wants a value");
  expect_refused("-a always,exit -F arch=b64 -S open -k spoor-x\x01", "control character");
  expect_refused(std::string("-D\0", 3), "control character");
  expect_refused("-D " + std::string(kRuleLineBytesMax, 'x'), "bytes; at most");
}

TEST(RuleLineTest, ListsAndActions) {
  expect_refused("-a always -k spoor-x", "LIST,ACTION");
  expect_refused("-a exit -k spoor-x", "LIST,ACTION");
  expect_refused("-a always,never -k spoor-x", "one list and one action");
  expect_refused("-a exit,task,always -k spoor-x", "one list and one action");
  expect_refused("-a always,entry -k spoor-x", "use exit");
  expect_refused("-a possible,exit -k spoor-x", "use always");
  expect_refused("-a sometimes,exit -k spoor-x", "no list or action sometimes");
  expect_refused("-a always,exit -a always,exit", "one rule a line");
  expect_refused("-a always,exit -w /etc", "one rule a line");
  expect_refused("-F uid=0 -k spoor-x", "-F comes after -a");
  expect_refused("-C uid=auid -k spoor-x", "-C comes after -a");
  expect_refused("-S open -a always,exit -k spoor-x", "-S comes after -a");
  expect_refused("-k spoor-x", "-k comes with a rule");
}

TEST(RuleLineTest, SystemCalls) {
  expect_refused("-a always,exit -F arch=b64 -S nosuchcall -k spoor-x",
                 "no system call nosuchcall");
  expect_refused("-a always,exit -F arch=b64 -S open,,close -k spoor-x", "no system call  on");
  expect_refused("-a always,exit -F arch=b64 -S 2032 -k spoor-x", "up to 2031");
  expect_refused("-a always,exit -S open -k spoor-x", "without -F arch=");
  expect_refused("-a always,exit -F arch!=b32 -S open -k spoor-x", "without -F arch=");
  expect_refused("-a always,io_uring -S nop -k spoor-x", "no io_uring operation nop");
  expect_refused("-a never,task -S open -k spoor-x", "exit and io_uring");
  expect_refused("-a never,user -S open -k spoor-x", "exit and io_uring");
  EXPECT_TRUE(parse("-a always,exit -F arch=b64 -S 467 -k spoor-x").is_ok());
}

TEST(RuleLineTest, RulesThatNobodyWants) {
  expect_refused("-a always,exit -S all -k spoor-x", "every system call");
  expect_refused("-a always,exit -k spoor-x", "every system call");
  expect_refused("-a always,exit -F arch=b64 -S all -k spoor-x", "every system call");
  expect_refused("-a always,io_uring -k spoor-x", "every system call");
  expect_refused("-a never,task -k spoor-x", "switch audit");
  expect_refused("-a always,exclude -k spoor-x", "switch audit");
  expect_refused("-a never,filesystem -k spoor-x", "wants -F fstype");
}

TEST(RuleLineTest, Keys) {
  const std::string rule = "-a always,exit -F arch=b64 -S open ";
  expect_refused(rule, "needs a key");
  expect_refused(rule + "-k other", "begin with spoor-");
  expect_refused(rule + "-k spoor-", "begin with spoor-");
  expect_refused(rule + "-k spoor-\\ x", "printable");
  expect_refused(rule + "-k spoor-\xC3\xA4", "printable");
  expect_refused(rule + "-k spoor-a -k spoor-b", "two keys");
  expect_refused(rule + "-k spoor-a -F key=spoor-b", "two keys");
  const std::string longest = "spoor-" + std::string(AUDIT_MAX_KEY_LEN - 6, 'k');
  EXPECT_TRUE(parse(rule + "-k " + longest).is_ok());
  expect_refused(rule + "-k " + longest + "k", "the kernel takes 256");
}

TEST(RuleLineTest, TooManyFields) {
  std::string rule = "-a always,exit -F arch=b64 -S open -k spoor-x";
  for (int i = 0; i < 62; ++i) rule += " -F a0!=" + std::to_string(i);
  EXPECT_TRUE(parse(rule).is_ok());
  EXPECT_FALSE(parse(rule, 64199).is_ok());
  EXPECT_FALSE(parse(rule + " -F a1=1").is_ok());
}

}  // namespace
}  // namespace spoor::agent
