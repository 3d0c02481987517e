#include "agent/kept_rules.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "tests/support/fake_rule_kernel.h"

namespace spoor::agent {
namespace {

using Change = AgentState::Change;

class KeptRulesTest : public testing::Test {
 protected:
  KeptRules make(bool beside_daemon = false, const std::string& more = "") {
    RuleSet set;
    parse_rules("f", "-w /no/a -p wa -k spoor-a\n-w /no/b -p wa -k spoor-b\n" + more, {}, set);
    for (const std::string& problem : set.problems) ADD_FAILURE() << problem;
    finish_rules(set);
    return KeptRules(std::move(set), beside_daemon, kernel_, [this](const RuleSettings&) {
      ++applied_;
      return ok();
    });
  }
  std::vector<AgentNews> check(KeptRules& rules, std::optional<ConfigHint> hint = std::nullopt) {
    now_ns_ += 60 * kNsPerSecond;
    return rules.check({0, now_ns_}, hint);
  }
  uint32_t begin(KeptRules& rules, bool holds_seat) {
    const auto loaded = rules.begin(holds_seat, {0, now_ns_});
    EXPECT_TRUE(loaded.is_ok()) << loaded.status().message();
    return loaded.is_ok() ? *loaded : 0;
  }

  FakeRuleKernel kernel_;
  int64_t now_ns_ = kNsPerSecond;
  int applied_ = 0;
};

TEST_F(KeptRulesTest, WhoHasTheSeatLoadsThemAndTheirSettings) {
  KeptRules rules = make();
  EXPECT_EQ(begin(rules, true), 2u);
  EXPECT_EQ(kernel_.list.size(), 2u);
  EXPECT_EQ(applied_, 1);
  EXPECT_TRUE(check(rules).empty());
}

TEST_F(KeptRulesTest, RemovedRuleComesBackAndTheEventSaysWhoRemovedIt) {
  KeptRules rules = make();
  begin(rules, true);
  kernel_.remove_key("spoor-a");
  const auto news =
      check(rules, ConfigHint{.auid = 1000, .pid = 7, .exe = "/usr/sbin/auditctl"});
  EXPECT_EQ(kernel_.list.size(), 2u);
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].change, Change::rules_repaired);
  EXPECT_EQ(news[0].other_pid, 7u);
  EXPECT_EQ(news[0].other_exe, "/usr/sbin/auditctl");
  EXPECT_EQ(news[0].rules, 2u);
  EXPECT_NE(news[0].detail.find("login uid 1000"), std::string::npos) << news[0].detail;
}

TEST_F(KeptRulesTest, WhoRemovesThemAgainAndAgainIsTold) {
  KeptRules rules = make();
  begin(rules, true);
  std::vector<Change> told;
  for (size_t i = 0; i <= kRuleFightsMax; ++i) {
    kernel_.remove_key("spoor-a");
    for (const AgentNews& news : check(rules)) told.push_back(news.change);
  }
  ASSERT_EQ(told.size(), kRuleFightsMax + 1);
  EXPECT_EQ(told.back(), Change::rules_contested);
}

TEST_F(KeptRulesTest, BesideADaemonThereAreNone) {
  {
    KeptRules before = make();
    begin(before, true);
  }
  KeptRules rules = make();
  EXPECT_EQ(begin(rules, false), 0u);
  EXPECT_TRUE(kernel_.list.empty()) << "those of a run before are gone";
  EXPECT_EQ(applied_, 1);
  const auto news = check(rules);  // the seat came to us
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].change, Change::rules_loaded);
  EXPECT_EQ(news[0].rules, 2u);
  EXPECT_EQ(applied_, 2);
  rules.beside_other();
  EXPECT_TRUE(kernel_.list.empty());
  EXPECT_EQ(check(rules).size(), 1u) << "and back again";
}

TEST_F(KeptRulesTest, BesideADaemonThatIsWantedTheyStayAndSettingsAreLeftAlone) {
  KeptRules rules = make(true);
  EXPECT_EQ(begin(rules, false), 2u);
  EXPECT_EQ(applied_, 0);
  rules.beside_other();
  EXPECT_EQ(kernel_.list.size(), 2u);
  EXPECT_EQ(check(rules).size(), 1u);
  EXPECT_EQ(applied_, 1);
}

TEST_F(KeptRulesTest, RefusedRuleEndsTheStartUnlessTheFilesSayToGoOn) {
  kernel_.refused.insert("spoor-b");
  KeptRules strict = make();
  EXPECT_EQ(strict.begin(true, {0, now_ns_}).code(), Code::unavailable);
  KeptRules lenient = make(false, "-c\n");
  EXPECT_EQ(begin(lenient, true), 1u);
}

TEST_F(KeptRulesTest, RefusedRuleOfASeatThatCameToUsIsToldOnce) {
  KeptRules rules = make();
  begin(rules, false);
  kernel_.refused.insert("spoor-b");
  EXPECT_EQ(check(rules).size(), 1u);
  EXPECT_TRUE(check(rules).empty());
}

}  // namespace
}  // namespace spoor::agent
