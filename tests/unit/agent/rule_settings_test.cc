#include "agent/rule_settings.h"

#include <gtest/gtest.h>

#include "common/files.h"
#include "tests/support/temp_folder.h"

namespace spoor::agent {
namespace {

class RuleSettingsTest : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const std::string path = folder_ / name;
    EXPECT_TRUE(write_file(files_, path, text).is_ok());
    return path;
  }
  TempFolder folder_;
  PosixFiles files_;
};

TEST_F(RuleSettingsTest, ASettingThatIsMadeTwiceIsToldWithBothPlaces) {
  const std::string rules =
      write("a.rules", "-b 64\n-f 1\n--backlog_wait_time 5\n-r 0\n");
  Config config;
  EXPECT_TRUE(check_rule_files({rules}, config).problems.empty());
  config.set_at = {{"kernel.backlog_limit", "agent.yml:7"},
                   {"kernel.backlog_wait_time_ms", "agent.yml:8"},
                   {"kernel.failure", "agent.yml:9"}};
  const auto problems = check_rule_files({rules}, config).problems;
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0], rules + ":1: -b sets what kernel.backlog_limit sets at agent.yml:7: keep "
                                 "one of them");
  EXPECT_TRUE(problems[1].starts_with(rules + ":3: --backlog_wait_time")) << problems[1];
  EXPECT_TRUE(problems[2].starts_with(rules + ":2: -f")) << problems[2];
}

TEST_F(RuleSettingsTest, WhatTheFilesSetIsWatchedAsIfTheConfigurationSaidIt) {
  const std::string rules = write("a.rules", "-b 64\n-f 2\n--backlog_wait_time 5\n-r 100\n");
  KernelSettings settings;
  adopt_settings(check_rule_files({rules}, Config()).settings, settings);
  EXPECT_EQ(settings.backlog_limit, 64u);
  EXPECT_TRUE(settings.backlog_exact) << "what auditctl would do";
  EXPECT_EQ(settings.failure, std::optional(2u));
  EXPECT_EQ(settings.rate_limit, std::optional(100u));
  EXPECT_EQ(ticks_of_ms(settings.backlog_wait_ms, kernel_tick_ns()), 5u);
  KernelSettings untouched;
  adopt_settings(RuleSettings(), untouched);
  EXPECT_EQ(untouched.backlog_limit, KernelSettings().backlog_limit);
  EXPECT_FALSE(untouched.failure);
}

TEST_F(RuleSettingsTest, TheConfigurationChoosesProfileUnattendedAndLoginUid) {
  ASSERT_TRUE(files_.make_folder(folder_ / "light").is_ok());
  ASSERT_TRUE(files_.make_folder(folder_ / "unattended").is_ok());
  write("light/1.rules", "-a always,exit -F arch=b64 -S open -k spoor-l\n");
  write("unattended/1.rules", "-a always,exit -F arch=b64 -S open -F auid=unset -k spoor-u\n");
  Config config;
  config.rules_folders = {folder_ / "."};
  config.rules_profile = "light";
  EXPECT_EQ(wanted_rules(config).rules.size(), 1u);
  for (const char* unattended : {"containers", "all"}) {
    config.rules_unattended = unattended;
    EXPECT_EQ(wanted_rules(config).rules.size(), 2u) << unattended;
  }
  config.rules_only_login_uid = 64199;
  EXPECT_EQ(rules_as_listed(wanted_rules(config)),
            "-a always,exit -F arch=b64 -S open -F auid=64199 -F key=spoor-l\n"
            "-a always,exit -F arch=b64 -S open -F auid=-1 -F auid=64199 -F key=spoor-u\n");
}

TEST_F(RuleSettingsTest, TheTableSaysListCallsKeyAndOrigin) {
  const std::string rules = write("a.rules",
                                  "-a always,exit -F arch=b64 -S open -k spoor-long-key\n"
                                  "-a always,exit -F arch=b64 -S read -k spoor-long-key\n"
                                  "-w /no/file -p wa -k spoor-x\n"
                                  "-a never,task -F uid=0 -k spoor-x\n");
  EXPECT_EQ(rules_table(check_rule_files({rules}, Config())),
            "list  calls  key             from\n"
            "task  -      spoor-x         " +
                rules +
                ":4\n"
                "exit  2      spoor-long-key  " +
                rules +
                ":1\n"
                "exit  all    spoor-x         " +
                rules +
                ":3, left out: what it watches is not there\n"
                "4 rules read, 3 for the kernel, 1 of them left out for now\n");
}

TEST_F(RuleSettingsTest, EachSettingSaysWhereItComesFrom) {
  const std::string tick = std::to_string(ticks_of_ms(20, kernel_tick_ns()));
  Config config;
  config.set_at = {{"kernel.backlog_limit", "agent.yml:7"}};
  EXPECT_EQ(settings_table(RuleSet(), config),
            "setting              value     from\n"
            "-b                   8192      agent.yml:7, kernel.backlog_limit\n"
            "--backlog_wait_time  " +
                tick + std::string(10 - tick.size(), ' ') +
                "default of kernel.backlog_wait_time_ms\n"
                "-f                   as found  default of kernel.failure\n"
                "-r                   as found  no file\n"
                "-e                   1         no file\n");
  const std::string rules = write("a.rules",
                                  "-b 9\n-f 2\n-e 2\n--loginuid-immutable\n-r 5\n"
                                  "--backlog_wait_time 7\n-c\n");
  EXPECT_EQ(settings_table(check_rule_files({rules}, Config()), Config()),
            "setting               value  from\n"
            "-b                    9      " +
                rules +
                ":1\n"
                "--backlog_wait_time   7      " +
                rules +
                ":6\n"
                "-f                    2      " +
                rules +
                ":2\n"
                "-r                    5      " +
                rules +
                ":5\n"
                "-e                    2      " +
                rules +
                ":3\n"
                "--loginuid-immutable  1      " +
                rules +
                ":4\n"
                "-c                    1      " +
                rules + ":7\n");
}

TEST_F(RuleSettingsTest, APanicOfTheConfigurationIsWarnedOf) {
  Config config;
  config.rules_folders.clear();
  config.kernel.failure = kFailurePanic;
  config.set_at = {{"kernel.failure", "agent.yml:9"}};
  const RuleSet set = wanted_rules(config);
  ASSERT_EQ(set.warnings.size(), 1u);
  EXPECT_TRUE(set.warnings[0].starts_with("agent.yml:9: kernel.failure: panic")) << set.warnings[0];
}

}  // namespace
}  // namespace spoor::agent
