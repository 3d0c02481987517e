#include "agent/doctor/checks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "agent/doctor/report.h"
#include "tests/unit/agent/doctor/well_facts.h"

namespace spoor::agent {
namespace {

TEST(ChecksTest, NothingIsSaidOfAHostThatIsWell) {
  for (const Finding& finding : examine(well_facts())) {
    EXPECT_EQ(finding.level, Level::ok) << finding.check << ": " << finding.what;
    EXPECT_EQ(finding.fix, "") << finding.check;
    EXPECT_NE(finding.what, "") << finding.check;
  }
}

TEST(ChecksTest, WhatWasNotLookedAtIsNeverWell) {
  const std::vector<Finding> findings = examine(HostFacts{});
  EXPECT_FALSE(is_whole(findings));
  for (const Finding& finding : findings) {
    EXPECT_NE(finding.level, Level::ok) << finding.check << ": " << finding.what;
  }
}

TEST(ChecksTest, WorstComesFirstAndEachCheckOnce) {
  HostFacts facts = well_facts();
  facts.clock_synchronised = false;
  facts.connector = false;
  facts.pam = Known<std::vector<PamService>>::unknown("no permission");
  const std::vector<Finding> findings = examine(facts);
  EXPECT_EQ(findings[0].check, "connector");
  EXPECT_EQ(findings[1].check, "pam-loginuid");
  EXPECT_EQ(findings[2].check, "clock");
  EXPECT_TRUE(std::is_sorted(findings.begin(), findings.end(),
                             [](const Finding& a, const Finding& b) { return a.level < b.level; }));
  std::set<std::string> names;
  for (const Finding& finding : findings) names.insert(finding.check);
  EXPECT_EQ(names.size(), findings.size());
}

TEST(ChecksTest, EveryProblemComesWithAFix) {
  for (const Finding& finding : examine(HostFacts{})) {
    if (finding.level == Level::missing || finding.level == Level::risk) {
      EXPECT_NE(finding.fix, "") << finding.check;
    }
  }
}

}  // namespace
}  // namespace spoor::agent
