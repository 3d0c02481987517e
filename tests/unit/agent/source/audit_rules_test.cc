#include "agent/source/audit_rules.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "agent/source/rule_text.h"
#include "common/files.h"
#include "tests/support/source_folder.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

const std::string kRule = "-a always,exit -F arch=b64 -S open -k spoor-";

RuleSet parse(std::string_view text) {
  RuleSet set;
  parse_rules("test.rules", text, {}, set);
  return set;
}

std::vector<std::string> keys_of(const RuleSet& set) {
  std::vector<std::string> keys;
  for (const AuditRule& rule : set.rules) keys.push_back(rule.key);
  return keys;
}
using Keys = std::vector<std::string>;

// A folder of rule files.
class AuditRulesTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    const std::string path = folder_ / name;
    ASSERT_TRUE(files_.make_folder(path.substr(0, path.rfind('/'))).is_ok());
    ASSERT_TRUE(write_file(files_, path, text).is_ok());
  }
  RuleSet read(const std::string& profile, bool unattended = false) {
    return read_rules({{folder_ / "."}, profile, unattended, std::nullopt});
  }
  TempFolder folder_;
  PosixFiles files_;
};

TEST_F(AuditRulesTest, EveryProblemIsNamedWithItsLine) {
  const RuleSet set = parse(
      "-a always,exit -F arch=b64 -S execve\n"
      "-a always,exit -F arch=b64 -S execve -k other\n"
      "-a always,exit -F nonsense=1 -k spoor-a\n"
      "-a sometimes,exit -k spoor-a\n"
      "-k spoor-a\n"
      "-a always,exit -F arch=b64 -S nosuchcall -k spoor-a\n"
      "-a always,exit -S all -k spoor-a\n"
      "-a always,exit -k spoor-a -k spoor-b\n"
      "-d always,exit -F arch=b64 -S open -k spoor-a\n"
      "-a always,exit -k \"spoor-a\"");
  EXPECT_TRUE(set.rules.empty());
  ASSERT_EQ(set.problems.size(), 10u);
  for (size_t i = 0; i < set.problems.size(); ++i) {
    EXPECT_TRUE(set.problems[i].starts_with("test.rules:" + std::to_string(i + 1) + ": "))
        << set.problems[i];
  }
}

TEST_F(AuditRulesTest, RulesAreTakenAwayFromThoseReadBefore) {
  const std::string delete_rule = "-d always,exit -F arch=b64 -S open -k spoor-";
  EXPECT_EQ(keys_of(parse(kRule + "a\n" + kRule + "b\n" + delete_rule + "a\n")), Keys{"spoor-b"});
  EXPECT_EQ(keys_of(parse(kRule + "a\n-D\n" + kRule + "b\n")), Keys{"spoor-b"});
  EXPECT_EQ(keys_of(parse(kRule + "a\n" + kRule + "b\n-D -k spoor-a\n")), Keys{"spoor-b"});
  EXPECT_TRUE(parse("-w /no/file -p wa -k spoor-a\n-W /no/file -p wa -k spoor-a\n").rules.empty());
  EXPECT_EQ(parse("-w /no/file -p wa -k spoor-a\n-W /no/file -p w -k spoor-a\n").problems.size(),
            1u);
}

// auditctl's files begin with -D: copied into the site's folder it would end a whole profile.
TEST_F(AuditRulesTest, RulesOfOtherFilesAreOnlyTakenAwayByName) {
  write("light/1.rules", "-D\n" + kRule + "network\n" + kRule + "network-config\n");
  write("9.rules", "# site\n-D\n" + kRule + "site\n");
  RuleSet set = read("light");
  ASSERT_EQ(set.problems.size(), 1u);
  EXPECT_NE(set.problems[0].find("9.rules:2: -D would take all rules away"), std::string::npos)
      << set.problems[0];
  EXPECT_NE(set.problems[0].find("light/1.rules:2"), std::string::npos) << set.problems[0];

  write("9.rules", "-D -k spoor-net\n" + kRule + "site\n");
  set = read("light");
  EXPECT_TRUE(set.problems.empty());
  EXPECT_EQ(keys_of(set), Keys{"spoor-site"});
  ASSERT_EQ(set.warnings.size(), 1u);
  EXPECT_TRUE(set.warnings[0].ends_with(
      "9.rules:1: -D takes 2 rules away: spoor-network, spoor-network-config"))
      << set.warnings[0];
}

TEST_F(AuditRulesTest, WhatHidesAndWhatCannotBeTakenBackIsWarnedOf) {
  write("a.rules", "-A never,exit -F arch=b64 -S open -F uid=33 -k spoor-quiet\n" + kRule +
                       "x\n"
                       "-e 2\n-f 2\n-r 100\n--backlog_wait_time 60000\n");
  const RuleSet set = read_rule_files({folder_ / "a.rules"}, {});
  EXPECT_TRUE(set.problems.empty());
  const std::string at = folder_ / "a.rules:";
  ASSERT_EQ(set.warnings.size(), 5u);
  EXPECT_EQ(set.warnings[0], at + "1: -a never,exit -F arch=b64 -S open -F uid=33 "
                                  "-F key=spoor-quiet hides what it matches of spoor-x");
  EXPECT_TRUE(set.warnings[1].starts_with(at + "3: -e 2 locks")) << set.warnings[1];
  EXPECT_TRUE(set.warnings[2].starts_with(at + "4: -f 2 stops this host")) << set.warnings[2];
  EXPECT_TRUE(set.warnings[3].starts_with(at + "5: -r ")) << set.warnings[3];
  EXPECT_TRUE(set.warnings[4].starts_with(at + "6: --backlog_wait_time ")) << set.warnings[4];
  write("a.rules", "-e 1\n-f 1\n-r 0\n--backlog_wait_time 100\n");
  EXPECT_TRUE(read_rule_files({folder_ / "a.rules"}, {}).warnings.empty());
}

TEST_F(AuditRulesTest, AFolderThatIsNotThereSaysWhatToDo) {
  const RuleSet set = read_rules({{"/nowhere/at/all"}, "light", false, std::nullopt});
  ASSERT_EQ(set.problems.size(), 1u);
  EXPECT_EQ(set.problems[0],
            "/nowhere/at/all: this folder of rules is not there; make it and put "
            "rules into it, or take it out of rules.folders in agent.yml");
}

TEST_F(AuditRulesTest, TheLaterSettingWinsAndOthersStay) {
  const RuleSet set = parse("-b 100\n-f 1\n-b 200\n");
  EXPECT_EQ(set.settings.backlog_limit->value, 200u);
  EXPECT_EQ(set.settings.backlog_limit->source, "test.rules:3");
  EXPECT_EQ(set.settings.failure->value, 1u);
  EXPECT_FALSE(set.settings.enabled);
}

TEST_F(AuditRulesTest, ProfilesAreCumulative) {
  write("light/1.rules", kRule + "light\n");
  write("standard/1.rules", kRule + "standard\n");
  write("strict/1.rules", kRule + "strict\n");
  write("unattended/1.rules", kRule + "unattended\n");
  write("9.rules", kRule + "site\n");
  write("1.conf", "nonsense\n");
  EXPECT_EQ(keys_of(read("light")), (Keys{"spoor-light", "spoor-site"}));
  EXPECT_EQ(keys_of(read("standard")), (Keys{"spoor-light", "spoor-standard", "spoor-site"}));
  EXPECT_EQ(keys_of(read("strict")),
            (Keys{"spoor-light", "spoor-standard", "spoor-strict", "spoor-site"}));
  EXPECT_EQ(keys_of(read("light", true)),
            (Keys{"spoor-light", "spoor-unattended", "spoor-site"}));
}

TEST_F(AuditRulesTest, ProblemsOfAllFilesComeAtOnce) {
  write("light/1.rules", "nonsense\n");
  write("light/2.rules", kRule + "a\n-q\n");
  write("big.rules", std::string(kRuleFileBytesMax + 1, '#'));
  const RuleSet set = read("light");
  EXPECT_EQ(set.problems.size(), 3u);
  EXPECT_EQ(read_rules({{"/nowhere/at/all"}, "light", false, std::nullopt}).problems.size(), 1u);
}

TEST_F(AuditRulesTest, FilesAreReadInTheOrderGiven) {
  write("a.rules", kRule + "a\n");
  write("b.rules", kRule + "b\n");
  EXPECT_EQ(keys_of(read_rule_files({folder_ / "b.rules", folder_ / "a.rules"}, {})),
            (Keys{"spoor-b", "spoor-a"}));
  EXPECT_EQ(read_rule_files({folder_ / "none.rules"}, {}).problems.size(), 1u);
}

TEST_F(AuditRulesTest, MoreRulesThanAnyHostWantsAreAProblem) {
  std::string text;
  for (size_t i = 0; i <= kRulesMax; ++i) text += kRule + std::to_string(i) + "\n";
  EXPECT_EQ(parse(text).problems.size(), 1u);
}

// Every shipped file is right, has a comment for each rule, and says technique and cost.
TEST_F(AuditRulesTest, ShippedRulesAreWhole) {
  const std::string folder = in_source("rules/audit");
  size_t before = 0;
  for (const char* profile : {"light", "standard", "strict"}) {
    const RuleSet set = read_rules({{folder}, profile, true, std::nullopt});
    for (const std::string& problem : set.problems) ADD_FAILURE() << problem;
    EXPECT_GT(set.rules.size(), before);
    before = set.rules.size();
    const auto names = files_.list(folder + "/" + profile);
    ASSERT_TRUE(names.is_ok());
    for (const std::string& name : *names) {
      const auto text = read_file(files_, folder + "/" + profile + "/" + name, kRuleFileBytesMax);
      ASSERT_TRUE(text.is_ok());
      std::string comment;
      for (size_t at = 0; at < text->size(); at = text->find('\n', at) + 1) {
        const std::string line = text->substr(at, text->find('\n', at) - at);
        if (line.empty() || line[0] == '#') {
          comment = line.empty() ? "" : comment + line;
          continue;
        }
        EXPECT_NE(comment.find("ATT&CK: T"), std::string::npos) << name << ": " << line;
        EXPECT_NE(comment.find("Cost: "), std::string::npos) << name << ": " << line;
      }
    }
  }
}

}  // namespace
}  // namespace spoor::agent
