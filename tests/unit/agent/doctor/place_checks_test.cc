#include <gtest/gtest.h>

#include "agent/doctor/checks.h"
#include "tests/unit/agent/doctor/well_facts.h"

namespace spoor::agent {
namespace {

HostFacts with_spool(Folder spool) {
  HostFacts facts = well_facts();
  facts.spool = spool;
  return facts;
}

TEST(PlaceChecksTest, BadRulesAndNoRules) {
  HostFacts facts = well_facts();
  facts.rule_problems = {"a.rules:1: one", "a.rules:2: two", "a.rules:3: three", "a.rules:4: four"};
  const Finding finding = check_rules(facts);
  EXPECT_EQ(finding.level, Level::missing);
  EXPECT_NE(finding.what.find("4 problems"), std::string::npos);
  EXPECT_NE(finding.what.find("a.rules:3: three"), std::string::npos);
  EXPECT_EQ(finding.what.find("four"), std::string::npos);
  facts.rule_problems.clear();
  facts.rules_wanted = 0;
  EXPECT_EQ(check_rules(facts).level, Level::missing);
}

TEST(PlaceChecksTest, RulesThatAreNotLoadedAreNamedWhileTheAgentRuns) {
  HostFacts facts = well_facts();
  facts.rules = KernelRules{0, {}, {"a.rules:7"}};
  EXPECT_EQ(check_rules(facts).level, Level::ok) << "it will load them";
  facts.seat_holder = Program{7, "spoor-agent", ""};
  const Finding finding = check_rules(facts);
  EXPECT_EQ(finding.level, Level::missing);
  EXPECT_NE(finding.what.find("\na.rules:7"), std::string::npos) << finding.what;
  EXPECT_NE(finding.fix.find("setfacl -m u:spoor-agent:x /root"), std::string::npos);
}

TEST(PlaceChecksTest, WhatTheSitesRulesHideIsTold) {
  HostFacts facts = well_facts();
  facts.rule_warnings = {"site.rules:3: -a never,exit hides what it matches of spoor-commands"};
  const Finding finding = check_rules(facts);
  EXPECT_EQ(finding.level, Level::risk);
  EXPECT_NE(finding.what.find("\nsite.rules:3: -a never,exit hides"), std::string::npos);
}

TEST(PlaceChecksTest, CapabilitiesAreNamedWithTheirHolder) {
  HostFacts facts = well_facts();
  facts.capabilities = Capabilities{{"cap_audit_read", "cap_net_admin"}, "the unit"};
  EXPECT_EQ(check_capabilities(facts).level, Level::missing);
  EXPECT_EQ(check_capabilities(facts).what, "the unit lacks cap_audit_read, cap_net_admin");
  facts.capabilities = Capabilities{{}, "the agent that runs, pid 7"};
  EXPECT_EQ(check_capabilities(facts).level, Level::ok);
  facts.capabilities = Capabilities{{}, "the agent that runs, pid 7", true};
  EXPECT_EQ(check_capabilities(facts).level, Level::risk);
  EXPECT_NE(check_capabilities(facts).what.find("no witness"), std::string::npos);
}

TEST(PlaceChecksTest, NoLandlockNoAgent) {
  HostFacts facts = well_facts();
  facts.landlock = 0;
  EXPECT_EQ(check_landlock(facts).level, Level::missing);
}

TEST(PlaceChecksTest, MissingAccountsAreNamed) {
  HostFacts facts = well_facts();
  facts.agent_account = facts.commit_account = false;
  EXPECT_EQ(check_accounts(facts).level, Level::missing);
  EXPECT_NE(check_accounts(facts).what.find("spoor-agent, spoor (commit.user)"),
            std::string::npos);
}

TEST(PlaceChecksTest, SpoolIsTheAgentsAloneAndOnADisk) {
  EXPECT_EQ(check_spool(with_spool({})).level, Level::missing);
  EXPECT_EQ(check_spool(with_spool({true, 998, 0770, 1ull << 40, false})).level, Level::missing);
  EXPECT_EQ(check_spool(with_spool({true, 998, 0752, 1ull << 40, false})).level, Level::missing);
  EXPECT_EQ(check_spool(with_spool({true, 0, 0750, 1ull << 40, false})).level, Level::missing);
  EXPECT_EQ(check_spool(with_spool({true, 998, 0750, 1ull << 40, true})).level, Level::missing);
  EXPECT_EQ(check_spool(with_spool({true, 998, 0750, (1ull << 30) - 1, false})).level, Level::risk);
  EXPECT_EQ(check_spool(with_spool({true, 998, 0750, 1ull << 30, false})).level, Level::ok);
}

TEST(PlaceChecksTest, StateIsOfThisBoot) {
  HostFacts facts = well_facts();
  facts.state = Folder{};
  EXPECT_EQ(check_state(facts).level, Level::risk);
  facts.state = Folder{true, 998, 0750, 1, false};
  EXPECT_EQ(check_state(facts).level, Level::risk);
  facts.state = Folder{true, 998, 0777, 1, true};
  EXPECT_EQ(check_state(facts).level, Level::missing);
}

TEST(PlaceChecksTest, MachineIdIsOne) {
  HostFacts facts = well_facts();
  for (const char* bad : {"", "uninitialized", "0123456789abcdef0123456789abcde",
                          "00000000000000000000000000000000",
                          "0123456789abcdef0123456789abcdeg"}) {
    facts.machine_id = std::string(bad);
    EXPECT_EQ(check_machine_id(facts).level, Level::missing) << bad;
  }
}

TEST(PlaceChecksTest, ClockMatters) {
  HostFacts facts = well_facts();
  facts.clock_synchronised = false;
  EXPECT_EQ(check_clock(facts).level, Level::risk);
}

}  // namespace
}  // namespace spoor::agent
