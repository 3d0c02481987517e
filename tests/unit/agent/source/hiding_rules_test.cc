#include "agent/source/hiding_rules.h"

#include <gtest/gtest.h>
#include <libaudit.h>

#include "agent/source/audit_rules.h"
#include "agent/source/rule_data.h"
#include "tests/support/source_folder.h"

namespace spoor::agent {
namespace {

const std::string kCommands =
    "-a always,exit -F arch=b64 -S execve -F auid!=unset -k spoor-commands\n";
const std::string kKeys =
    "-a always,exit -F arch=b64 -S openat,unlink -F dir=/etc/ssh -F perm=wa -k spoor-login\n";

std::vector<HidingRule> hiding(const std::string& text) {
  RuleSet set;
  parse_rules("f", text, {}, set);
  for (const std::string& problem : set.problems) ADD_FAILURE() << problem;
  finish_rules(set);
  return find_hiding_rules(set.rules);
}

// What the one rule hides, or how many there are.
std::string hidden(const std::string& text) {
  const auto found = hiding(text);
  return found.size() == 1 ? found[0].hides : std::to_string(found.size());
}

TEST(HidingRulesTest, NeverTakesFromTheRulesBehindIt) {
  const std::string never = "-a never,exit -F arch=b64 -S execve -F uid=33 -k spoor-quiet\n";
  EXPECT_EQ(hidden(never + kCommands + kKeys), "what it matches of spoor-commands");
  EXPECT_EQ(hidden(kCommands + never), "0") << "those before it have decided";
  EXPECT_EQ(hidden(kCommands + "-A" + never.substr(2)), "what it matches of spoor-commands");
  const auto found = hiding(kKeys + never + kCommands);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].source, "f:2");
  EXPECT_EQ(found[0].rule, "-a never,exit -F arch=b64 -S execve -F uid=33 -F key=spoor-quiet");
  EXPECT_TRUE(found[0].ours);
  EXPECT_FALSE(found[0].everything);
}

TEST(HidingRulesTest, OfManyGroupsTheFirstAreNamed) {
  std::string text = "-a never,exit -F uid=33 -k spoor-quiet\n";
  for (const char* group : {"a", "b", "c", "d", "e", "f", "g"}) {
    text += std::string("-a always,exit -F arch=b64 -S open -F a0=") + std::to_string(group[0]) +
            " -k spoor-" + group + "\n";
  }
  EXPECT_EQ(hidden(text),
            "what it matches of spoor-a, spoor-b, spoor-c, spoor-d, spoor-e and of "
            "2 groups more");
}

TEST(HidingRulesTest, WhatCannotMatchTheSameCallHidesNothing) {
  for (const char* never :
       {"-F arch=b32 -S execve", "-F arch=b64 -S openat", "-F arch=b64 -S execve -F auid=unset"}) {
    EXPECT_EQ(hidden("-A never,exit " + std::string(never) + " -k spoor-quiet\n" + kCommands), "0")
        << never;
  }
  for (const char* never : {"-F dir=/var", "-F path=/etc/sshd", "-F dir=/etc/ssh -F perm=x"}) {
    EXPECT_EQ(hidden("-A never,exit " + std::string(never) + " -k spoor-quiet\n" + kKeys), "0")
        << never;
  }
  const std::string exe = "-a always,exit -F arch=b64 -S open -F exe=/bin/a -F a1=4 -k spoor-x\n";
  for (const char* never : {"-F exe=/bin/b", "-F exe!=/bin/a", "-F a1=3", "-F a1!=4", "-F a1>4",
                            "-F a1>=5", "-F a1<4", "-F a1<=3", "-F a1&=3", "-F a1&8"}) {
    EXPECT_EQ(hidden("-A never,exit " + std::string(never) + " -k spoor-quiet\n" + exe), "0")
        << never;
  }
}

// A watch without -S is asked about every call; what is written or changed executes nothing.
TEST(HidingRulesTest, WatchesOfChangesAreNotAboutExecution) {
  const std::string never = "-A never,exit -F arch=b64 -S execve,execveat -F uid=33 -k spoor-q\n";
  EXPECT_EQ(hidden(never + "-w /etc/passwd -p wa -k spoor-identity\n"), "0");
  EXPECT_EQ(hidden(never + "-w /etc/passwd -p wax -k spoor-identity\n"),
            "what it matches of spoor-identity");
  EXPECT_EQ(hidden("-A never,exit -F perm=wa -F uid=33 -k spoor-q\n" + kCommands), "0");
}

TEST(HidingRulesTest, WhatMayMatchTheSameCallIsTold) {
  for (const char* never : {"-F auid=1000", "-F auid>=1000", "-F gid=33", "-F exe=/bin/tar",
                            "-F dir=/srv", "-F exit=0", "-C auid!=obj_uid"}) {
    EXPECT_EQ(hidden("-A never,exit " + std::string(never) + " -k spoor-quiet\n" + kCommands),
              "what it matches of spoor-commands")
        << never;
  }
  for (const char* never : {"-F dir=/etc", "-F dir=/etc/ssh", "-F path=/etc/ssh/sshd_config",
                            "-F dir=/etc/ssh/sshd_config.d -F perm=a", "-F gid=7"}) {
    EXPECT_EQ(hidden("-A never,exit " + std::string(never) + " -k spoor-quiet\n" + kKeys),
              "what it matches of spoor-login")
        << never;
  }
}

// `mv /tmp/x /etc/passwd` meets both rules, and so does a script in /opt that bash interprets.
TEST(HidingRulesTest, ACallOfTwoPathsMeetsTwoPlaces) {
  const auto told = [](const std::string& never, const std::string& always) {
    return hidden("-a never,exit " + never + " -k spoor-quiet\n-a always,exit " + always +
                  " -k spoor-x\n") == "what it matches of spoor-x";
  };
  const std::string both[] = {"rename", "renameat2", "linkat", "execve", "mount"};
  for (const std::string& call : both) {
    const std::string calls = "-F arch=b64 -S open," + call;
    EXPECT_TRUE(told(calls + " -F dir=/tmp", calls + " -F path=/etc/passwd")) << call;
    EXPECT_FALSE(told("-F arch=b64 -S open -F dir=/tmp", calls + " -F path=/etc/passwd")) << call;
  }
  EXPECT_TRUE(told("-F arch=b32 -S rename -F dir=/tmp", "-F arch=b32 -S rename -F dir=/etc"));
  // All calls; of any architecture; io_uring's.
  EXPECT_TRUE(told("-F dir=/tmp", "-F arch=b64 -S rename -F dir=/etc"));
  EXPECT_TRUE(told("-F dir=/tmp -F perm=wa", "-F dir=/etc -F perm=wa"));
  EXPECT_FALSE(told("-F dir=/tmp", "-F dir=/etc -F perm=r")) << "no call reads two paths";
  EXPECT_EQ(hidden("-a never,io_uring -S renameat -F dir=/tmp -k spoor-quiet\n"
                   "-a always,io_uring -S renameat -F dir=/etc -k spoor-io\n"),
            "what it matches of spoor-io");
}

// O_RDWR reads and writes, link(2) writes and changes an attribute. What is executed is that alone.
TEST(HidingRulesTest, ACallMayMeetTwoPermissions) {
  const auto told = [](const std::string& never, const std::string& always) {
    return hidden("-a never,exit -F dir=/etc -F perm=" + never +
                  " -k spoor-quiet\n-a always,exit -F path=/etc/shadow -F perm=" + always +
                  " -k spoor-x\n") == "what it matches of spoor-x";
  };
  EXPECT_TRUE(told("wa", "r"));
  EXPECT_TRUE(told("r", "w"));
  EXPECT_TRUE(told("a", "w"));
  EXPECT_TRUE(told("x", "rx"));
  EXPECT_FALSE(told("x", "rwa"));
  EXPECT_FALSE(told("wa", "x"));
}

TEST(HidingRulesTest, OtherListsHideWhateverComesOfThem) {
  EXPECT_EQ(hidden("-a always,exclude -F msgtype=CWD -k spoor-x\n"), "records of type CWD");
  EXPECT_EQ(hidden("-a never,exclude -F msgtype>=1400 -k spoor-x\n"),
            "records of the types that it names");
  EXPECT_EQ(hidden("-a never,exclude -F auid=7 -k spoor-x\n"), "all records of what it matches");
  EXPECT_EQ(hidden("-a never,task -F uid=33 -k spoor-x\n"),
            "all that the programs do which it matches");
  EXPECT_EQ(hidden("-a always,task -F uid=33 -k spoor-x\n"), "0");
  EXPECT_NE(hidden("-a never,user -F uid=33 -k spoor-x\n").find("logins"), std::string::npos);
  EXPECT_EQ(hidden("-a always,user -F uid=33 -k spoor-x\n"), "0");
  EXPECT_EQ(hidden("-a never,filesystem -F fstype=tracefs -k spoor-x\n"),
            "the paths on what it matches");
  EXPECT_EQ(hidden("-a never,io_uring -S openat -F uid=33 -k spoor-x\n"
                   "-a always,io_uring -S openat,connect -F auid!=unset -k spoor-io\n"),
            "what it matches of spoor-io");
}

TEST(HidingRulesTest, NeverTaskOfSomebodyElseHidesEverything) {
  std::vector<AuditRule> rules(1);  // our files may not say it
  rules[0].data.reset(static_cast<audit_rule_data*>(std::calloc(1, sizeof(audit_rule_data))));
  rules[0].data->flags = AUDIT_FILTER_TASK;
  rules[0].data->action = AUDIT_NEVER;
  const auto found = find_hiding_rules(rules);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].everything && !found[0].ours);
  EXPECT_EQ(found[0].rule, "-a never,task");
  EXPECT_EQ(found[0].source, "");
}

TEST(HidingRulesTest, NoShippedRuleHidesAnother) {
  const RuleSet set = read_rules({{in_source("rules/audit")}, "strict", true, std::nullopt});
  EXPECT_TRUE(find_hiding_rules(set.rules).empty());
  EXPECT_TRUE(set.warnings.empty());
}

}  // namespace
}  // namespace spoor::agent
