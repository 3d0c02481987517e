#include "agent/source/rule_merge.h"

#include <gtest/gtest.h>

#include "agent/source/audit_rules.h"
#include "agent/source/rule_text.h"

namespace spoor::agent {
namespace {

// The rules of these lines after merging, as auditctl would list them.
std::vector<std::string> merged(const std::string& text) {
  RuleSet set;
  parse_rules("f", text, {}, set);
  for (const std::string& problem : set.problems) ADD_FAILURE() << problem;
  finish_rules(set);
  std::vector<std::string> lines;
  for (const AuditRule& rule : set.rules) lines.push_back(auditctl_line(rule));
  return lines;
}
using Lines = std::vector<std::string>;

TEST(RuleMergeTest, CallsOfRulesThatAreOtherwiseEqualAreJoined) {
  EXPECT_EQ(merged("-a always,exit -F arch=b64 -S open -F auid!=unset -k spoor-x\n"
                   "-a always,exit -F arch=b64 -S close -F auid!=unset -k spoor-x\n"
                   "-a always,exit -F arch=b64 -S open,read -F auid!=unset -k spoor-x\n"),
            Lines{"-a always,exit -F arch=b64 -S read,open,close -F auid!=-1 -F key=spoor-x"});
}

TEST(RuleMergeTest, WhatDiffersStaysApart) {
  const std::string first = "-a always,exit -F arch=b64 -S open -F auid!=unset -k spoor-x\n";
  for (const char* other : {"-a always,exit -F arch=b32 -S close -F auid!=unset -k spoor-x\n",
                            "-a never,exit -F arch=b64 -S close -F auid!=unset -k spoor-x\n",
                            "-a always,exit -F arch=b64 -S close -F auid=unset -k spoor-x\n",
                            "-a always,exit -F arch=b64 -S close -F auid!=unset -k spoor-y\n",
                            "-a always,exit -F arch=b64 -S close -k spoor-x\n",
                            "-A always,exit -F arch=b64 -S close -F auid!=unset -k spoor-x\n"}) {
    EXPECT_EQ(merged(first + other).size(), 2u) << other;
  }
}

TEST(RuleMergeTest, ARuleIsNotJoinedAcrossOneThatCouldMatchItsCalls) {
  // Asked earlier, the close of root would be recorded in spite of the rule before it.
  const std::string text = "-a always,exit -F arch=b64 -S open -F auid!=unset -k spoor-x\n"
                           "-a never,exit -F arch=b64 -S close -F uid=0 -k spoor-never\n"
                           "-a always,exit -F arch=b64 -S close -F auid!=unset -k spoor-x\n";
  EXPECT_EQ(merged(text).size(), 3u);
}

TEST(RuleMergeTest, ARuleIsJoinedAcrossOnesThatCannotMatchItsCalls) {
  const std::string before = "-a always,exit -F arch=b64 -S open -F auid!=unset -k spoor-x\n";
  const std::string after = "-a always,exit -F arch=b64 -S close -F auid!=unset -k spoor-x\n";
  EXPECT_EQ(merged(before + "-a never,exit -F arch=b64 -S read -F uid=0 -k spoor-n\n" + after),
            (Lines{"-a always,exit -F arch=b64 -S open,close -F auid!=-1 -F key=spoor-x",
                   "-a never,exit -F arch=b64 -S read -F uid=0 -F key=spoor-n"}));
  EXPECT_EQ(merged(before + "-a never,exit -F arch=b32 -S close -F uid=0 -k spoor-n\n" + after)
                .size(), 2u);
  EXPECT_EQ(merged(before + "-a never,user -F uid=0 -k spoor-n\n" + after).size(), 2u);
  EXPECT_EQ(merged(before + "-a never,exit -S all -F uid=0 -k spoor-n\n" + after).size(), 3u);
}

TEST(RuleMergeTest, ARuleThatIsThereTwiceIsKeptOnce) {
  EXPECT_EQ(merged("-w /no/file -p wa -k spoor-x\n-w /no/file -p wa -k spoor-x\n").size(), 1u);
  EXPECT_EQ(merged("-a never,task -F uid=0 -k spoor-x\n-a never,task -F uid=0 -k spoor-x\n").size(),
            1u);
}

TEST(RuleMergeTest, RulesOfTheFrontComeFirstTheLastOfThemBeforeTheOthers) {
  EXPECT_EQ(merged("-a always,exit -F arch=b64 -S open -k spoor-1\n"
                   "-A always,exit -F arch=b64 -S open -k spoor-2\n"
                   "-A always,exit -F arch=b64 -S open -k spoor-3\n"),
            (Lines{"-a always,exit -F arch=b64 -S open -F key=spoor-3",
                   "-a always,exit -F arch=b64 -S open -F key=spoor-2",
                   "-a always,exit -F arch=b64 -S open -F key=spoor-1"}));
}

// auditctl -l lists the kernel's lists by number.
TEST(RuleMergeTest, ListByListAsTheKernelListsThem) {
  EXPECT_EQ(merged("-a always,exit -F arch=b64 -S open -k spoor-x\n"
                   "-a always,exclude -F msgtype=CWD -k spoor-x\n"
                   "-a never,task -F uid=7 -k spoor-x\n"
                   "-A always,exit -F arch=b64 -S close -F uid=7 -k spoor-x\n"),
            (Lines{"-a never,task -F uid=7 -F key=spoor-x",
                   "-a always,exit -F arch=b64 -S close -F uid=7 -F key=spoor-x",
                   "-a always,exit -F arch=b64 -S open -F key=spoor-x",
                   "-a always,exclude -F msgtype=CWD -F key=spoor-x"}));
}

}  // namespace
}  // namespace spoor::agent
