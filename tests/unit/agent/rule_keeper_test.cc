#include "agent/rule_keeper.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "agent/source/audit_rules.h"
#include "tests/support/fake_rule_kernel.h"

namespace spoor::agent {
namespace {

using State = RuleReport::State;

std::vector<AuditRule> rules_of(const std::string& text) {
  RuleSet set;
  parse_rules("f", text, {}, set);
  for (const std::string& problem : set.problems) ADD_FAILURE() << problem;
  finish_rules(set);
  return std::move(set.rules);
}

std::string watch(const std::string& key) { return "-w /no/" + key + " -p wa -k " + key + "\n"; }

class RuleKeeperTest : public testing::Test {
 protected:
  RuleReport check(std::optional<RuleHint> hint = std::nullopt) {
    return keeper_.check({0, now_ns_}, hint);
  }
  void pass(int64_t seconds) { now_ns_ += seconds * kNsPerSecond; }

  FakeRuleKernel kernel_;
  int64_t now_ns_ = kNsPerSecond;
  RuleKeeper keeper_{rules_of(watch("spoor-a") + watch("spoor-b") + watch("spoor-c")), kernel_};
};
using Keys = std::vector<std::string>;

TEST_F(RuleKeeperTest, TheFirstCheckLoadsAndTheNextFindsAllInPlace) {
  EXPECT_TRUE(keeper_.due({0, now_ns_}));
  RuleReport report = check();
  EXPECT_EQ(report.state, State::loaded);
  EXPECT_EQ(report.rules, 3u);
  EXPECT_EQ(report.changed, 3u);
  EXPECT_TRUE(report.news);
  EXPECT_EQ(kernel_.keys(), (Keys{"spoor-a", "spoor-b", "spoor-c"}));
  EXPECT_FALSE(keeper_.due({0, now_ns_ + kRuleCheckNs - 1}));
  EXPECT_TRUE(keeper_.due({0, now_ns_ + kRuleCheckNs}));
  report = check();
  EXPECT_EQ(report.state, State::in_place);
  EXPECT_EQ(report.changed, 0u);
}

TEST_F(RuleKeeperTest, RulesOfOthersStayAndStrayOnesOfOursGo) {
  FakeRuleKernel& k = kernel_;
  for (AuditRule& rule : rules_of(watch("spoor-old"))) k.list.push_back(std::move(rule));
  AuditRule foreign = std::move(rules_of(watch("spoor-x"))[0]);
  foreign.key = "theirs";
  k.list.push_back(std::move(foreign));
  const RuleReport report = check();
  EXPECT_EQ(report.rules, 3u);
  EXPECT_EQ(k.keys(), (Keys{"theirs", "spoor-a", "spoor-b", "spoor-c"}));
}

TEST_F(RuleKeeperTest, WhatIsNewIsThereBeforeWhatIsOldGoes) {
  for (AuditRule& rule : rules_of(watch("spoor-1") + watch("spoor-2")))
    kernel_.list.push_back(std::move(rule));
  check();
  EXPECT_GE(kernel_.fewest, 3u);
}

TEST_F(RuleKeeperTest, ARemovedRuleComesBackAtOnceAndItIsSaidWhoRemovedIt) {
  check();
  kernel_.remove_key("spoor-b");
  const RuleReport report = check(RuleHint{1000, 77, "/usr/sbin/auditctl"});
  EXPECT_EQ(report.state, State::repaired);
  EXPECT_TRUE(report.news);
  EXPECT_EQ(report.changed, 1u);
  EXPECT_EQ(report.rules, 3u);
  EXPECT_EQ(report.who.pid, 77u);
  EXPECT_NE(describe(report).find("/usr/sbin/auditctl (pid 77, login uid 1000)"),
            std::string::npos) << describe(report);
}

TEST_F(RuleKeeperTest, AHintOfSomebodyWhoLeftOursAloneIsForgotten) {
  check();
  check(RuleHint{1000, 77, "/usr/sbin/auditctl"});
  kernel_.remove_key("spoor-b");
  const RuleReport report = check();
  EXPECT_EQ(report.state, State::repaired);
  EXPECT_FALSE(report.who.pid);
  EXPECT_NE(describe(report).find("somebody"), std::string::npos);
}

// The record of our own repair, which comes after theirs, tells of no process.
TEST_F(RuleKeeperTest, ARepairOfOursTakesNobodysNameAway) {
  check();
  RuleReport report;
  for (int i = 0; i < 100 && report.state != State::contested; ++i, pass(1)) {
    kernel_.list.clear();
    check(RuleHint{0, 5, "/sbin/augenrules"});
    kernel_.list.clear();
    report = check(RuleHint());
  }
  EXPECT_EQ(report.state, State::contested);
  EXPECT_EQ(report.who.exe, "/sbin/augenrules");
}

// auditctl -D makes a record a rule, and not each has the call beside it.
TEST_F(RuleKeeperTest, ALoginUidDoesNotReplaceTheProgramThatWasNamed) {
  check();
  kernel_.remove_key("spoor-b");
  check(RuleHint{1000, 77, "/usr/sbin/auditctl"});
  kernel_.remove_key("spoor-c");
  EXPECT_EQ(check(RuleHint{1000, {}, {}}).who.pid, 77u);
  kernel_.remove_key("spoor-a");
  EXPECT_EQ(check(RuleHint{1001, {}, {}}).who.auid, std::optional(1001u));
}

TEST_F(RuleKeeperTest, AfterThreeFightsInTenMinutesItStopsForAnHourAndSaysSoOnce) {
  check();
  int repairs = 0;
  for (int i = 0; i < 100 && repairs < 3; ++i) {
    kernel_.list.clear();
    const RuleReport report = check(RuleHint{0, 5, "/sbin/augenrules"});
    if (report.state == State::repaired) {
      ++repairs;
    } else {
      EXPECT_EQ(report.state, State::waiting);
    }
    pass(1);
  }
  EXPECT_EQ(repairs, 3);
  EXPECT_GT(now_ns_, 35 * kNsPerSecond);  // 5 s and 30 s of pause between them
  EXPECT_LT(now_ns_, 45 * kNsPerSecond);

  kernel_.list.clear();
  RuleReport report = check();
  EXPECT_EQ(report.state, State::contested);
  EXPECT_TRUE(report.news);
  EXPECT_EQ(report.rules, 0u);
  EXPECT_NE(describe(report).find("/sbin/augenrules (pid 5, login uid 0)"), std::string::npos);
  for (int minute = 0; minute < 59; ++minute) {
    pass(60);
    report = check();
    EXPECT_EQ(report.state, State::contested);
    EXPECT_FALSE(report.news);
  }
  EXPECT_TRUE(kernel_.list.empty());
  pass(60);
  EXPECT_EQ(check().state, State::repaired);
  EXPECT_EQ(kernel_.list.size(), 3u);
}

TEST_F(RuleKeeperTest, APauseEndsInTimeForTheNextRepair) {
  check();
  kernel_.list.clear();
  ASSERT_EQ(check().state, State::repaired);
  kernel_.list.clear();
  ASSERT_EQ(check().state, State::waiting);
  EXPECT_FALSE(keeper_.due({0, now_ns_ + 5 * kNsPerSecond - 1}));
  EXPECT_TRUE(keeper_.due({0, now_ns_ + 5 * kNsPerSecond}));
}

TEST_F(RuleKeeperTest, RepairsThatAreFarApartAreNoFight) {
  check();
  for (int i = 0; i < 20; ++i) {
    pass(kRuleFightsWindowNs / kNsPerSecond / 2);
    kernel_.list.clear();
    EXPECT_EQ(check().state, State::repaired) << i;
  }
}

TEST_F(RuleKeeperTest, WhatIsLockedIsLeftAsItIs) {
  check();
  kernel_.is_locked = true;
  EXPECT_EQ(check().state, State::in_place);
  kernel_.list.clear();
  const int adds = kernel_.adds;
  RuleReport report = check();
  EXPECT_EQ(report.state, State::locked);
  EXPECT_TRUE(report.news);
  EXPECT_FALSE(check().news);
  EXPECT_EQ(kernel_.adds, adds);
  EXPECT_NE(describe(report).find("0 audit rules"), std::string::npos);
}

TEST_F(RuleKeeperTest, ARuleWithoutItsPlaceIsLeftOutUntilItIsThere) {
  kernel_.missing = {"spoor-b"};
  RuleReport report = check();
  EXPECT_EQ(report.state, State::loaded);
  EXPECT_EQ(report.left_out, Keys{"f:2"});
  const int adds = kernel_.adds;
  report = check();
  EXPECT_EQ(report.state, State::in_place);
  EXPECT_TRUE(report.left_out.empty());  // told once
  EXPECT_EQ(kernel_.adds, adds);         // and not tried in vain
  kernel_.missing.clear();
  report = check();
  EXPECT_EQ(report.appeared, Keys{"f:2"});
  EXPECT_EQ(report.state, State::in_place);  // no drift, no fight
  EXPECT_EQ(report.rules, 3u);

  // The kernel takes the rule of a folder that goes; that is no fight, either.
  kernel_.missing = {"spoor-b"};
  kernel_.remove_key("spoor-b");
  report = check();
  EXPECT_EQ(report.state, State::in_place);
  EXPECT_EQ(report.left_out, Keys{"f:2"});
}

TEST_F(RuleKeeperTest, APlaceThatIsHiddenFromUsIsTriedOnce) {
  kernel_.hidden = {"spoor-b"};
  RuleReport report = check();
  EXPECT_EQ(report.state, State::loaded);
  EXPECT_EQ(report.left_out, Keys{"f:2"});
  const int adds = kernel_.adds;
  EXPECT_EQ(check().state, State::in_place);
  EXPECT_EQ(kernel_.adds, adds);
}

TEST_F(RuleKeeperTest, ARefusedRuleKeepsNoOtherOut) {
  kernel_.refused = {"spoor-a"};
  RuleReport report = check();
  EXPECT_EQ(report.state, State::failed);
  EXPECT_EQ(report.problem, "refused spoor-a");
  EXPECT_EQ(describe(report), "refused spoor-a");
  EXPECT_EQ(kernel_.keys(), (Keys{"spoor-b", "spoor-c"}));
  const int adds = kernel_.adds;
  EXPECT_EQ(check().state, State::in_place);
  EXPECT_EQ(kernel_.adds, adds);
}

TEST_F(RuleKeeperTest, AKernelThatDoesNotAnswerIsAskedAgain) {
  kernel_.answers = false;
  RuleReport report = check();
  EXPECT_EQ(report.state, State::failed);
  EXPECT_TRUE(report.news);
  EXPECT_FALSE(check().news);
  kernel_.answers = true;
  EXPECT_EQ(check().rules, 3u);
}

// Of the rules of a list the first that matches counts.
class RuleOrderTest : public testing::Test {
 protected:
  static std::string rule(const std::string& how, const std::string& action,
                          const std::string& key) {
    return how + " " + action + ",exit -F arch=b64 -S open -F a0!=7 -k " + key + "\n";
  }
  FakeRuleKernel kernel_;
};

TEST_F(RuleOrderTest, WhereBothActionsAreARuleComesBackToItsPlace) {
  RuleKeeper keeper(rules_of(rule("-a", "always", "spoor-1") + rule("-a", "never", "spoor-2") +
                             rule("-a", "always", "spoor-3") + rule("-A", "never", "spoor-4") +
                             rule("-A", "never", "spoor-5")),
                    kernel_);
  const Keys wanted{"spoor-5", "spoor-4", "spoor-1", "spoor-2", "spoor-3"};
  keeper.check({0, 1});
  EXPECT_EQ(kernel_.keys(), wanted);
  int64_t now_ns = 0;
  for (const char* key : {"spoor-1", "spoor-2", "spoor-3", "spoor-4", "spoor-5"}) {
    kernel_.remove_key(key);
    now_ns += kRuleFightsWindowNs;
    const RuleReport report = keeper.check({0, now_ns});
    EXPECT_EQ(report.state, State::repaired) << key;
    EXPECT_EQ(report.rules, 5u) << key;
    EXPECT_EQ(kernel_.keys(), wanted) << key;
  }
  std::reverse(kernel_.list.begin(), kernel_.list.end());
  keeper.check({0, 10 * kRuleFightsWindowNs});
  EXPECT_EQ(kernel_.keys(), wanted);
}

TEST_F(RuleOrderTest, WhereAllSayAlwaysNoOtherRuleIsTouched) {
  RuleKeeper keeper(rules_of(rule("-a", "always", "spoor-1") + rule("-a", "always", "spoor-2")),
                    kernel_);
  keeper.check({0, 1});
  kernel_.remove_key("spoor-1");
  EXPECT_EQ(keeper.check({0, 2}).changed, 1u);
  EXPECT_EQ(kernel_.keys(), (Keys{"spoor-2", "spoor-1"}));
  EXPECT_EQ(keeper.check({0, 3}).state, State::in_place);
}

}  // namespace
}  // namespace spoor::agent
