#include "collector/identity/registry.h"

#include "tests/support/temp_folder.h"

namespace spoor::collector {
namespace {

using Standing = Registry::Standing;
constexpr int64_t kNowS = 1'700'000'000;

Granted granted(const std::string& agent, const std::string& serial) {
  return {agent, {{"env", "prod"}}, "", "", serial, kNowS + kCertificateLifeS, "0123456789"};
}

class RegistryTest : public testing::Test {
 protected:
  std::unique_ptr<Registry> open() { return Registry::open(folder_ / "state.db").value(); }
  void enrol(Registry& registry, const std::string& agent, const std::string& serial) {
    ASSERT_TRUE(registry
                    .enrolled(granted(agent, serial),
                              {Id{1}, "192.0.2.7", std::string(32, 'k')}, kNowS)
                    .is_ok());
  }
  TempFolder folder_;
};

TEST_F(RegistryTest, AnAgentIsThereAfterARestart) {
  enrol(*open(), "web1", "aa");
  const auto registry = open();
  const auto agents = registry->agents().value();
  ASSERT_EQ(agents.size(), 1u);
  EXPECT_EQ(agents[0].name, "web1");
  EXPECT_EQ(agents[0].machine_id, Id{1});
  EXPECT_EQ(agents[0].labels, (Labels{{"env", "prod"}}));
  EXPECT_EQ(agents[0].enrolled_from, "192.0.2.7");
  EXPECT_EQ(agents[0].certificate_until_s, kNowS + kCertificateLifeS);
  EXPECT_EQ(registry->standing("aa"), Standing::good);
  EXPECT_EQ(registry->standing("bb"), Standing::unknown);
  EXPECT_EQ(registry->checkpoint_key("web1"), std::string(32, 'k'));
  EXPECT_FALSE(registry->checkpoint_key("web2").has_value());
}

TEST_F(RegistryTest, RevokedIsEveryCertificateOfTheAgentForGood) {
  const auto registry = open();
  enrol(*registry, "web1", "aa");
  ASSERT_TRUE(registry->renewed(granted("web1", "ab"), Id{1}, kNowS).is_ok());
  enrol(*registry, "web2", "bb");
  const auto revoked = registry->revoke("web1", "stolen", "uid 0", kNowS).value();
  ASSERT_EQ(revoked.size(), 2u);
  EXPECT_EQ(revoked[0].reason, "stolen");
  EXPECT_TRUE(registry->is_revoked("web1"));
  const auto again = open();
  for (const Registry* one : {registry.get(), again.get()}) {
    EXPECT_EQ(one->standing("aa"), Standing::revoked);
    EXPECT_EQ(one->standing("ab"), Standing::revoked);
    EXPECT_EQ(one->standing("bb"), Standing::good);
  }
  EXPECT_EQ(again->revoke("web1", "", "", kNowS).code(), Code::not_found);
  EXPECT_EQ(again->revoke("web9", "", "", kNowS).code(), Code::not_found);
}

TEST_F(RegistryTest, ANameThatIsGivenAnewIsGoodAndItsOldCertificatesStayRevoked) {
  const auto registry = open();
  enrol(*registry, "web1", "aa");
  ASSERT_TRUE(registry->revoke("web1", "replaced", "uid 0", kNowS).is_ok());
  enrol(*registry, "web1", "cc");
  EXPECT_FALSE(registry->is_revoked("web1"));
  EXPECT_EQ(registry->standing("aa"), Standing::revoked);
  EXPECT_EQ(registry->standing("cc"), Standing::good);
  // And once more: only what was not revoked before.
  EXPECT_EQ(registry->revoke("web1", "", "", kNowS + 1)->size(), 1u);
}

// The renewal was signed while the agent was being revoked.
TEST_F(RegistryTest, ARevokedAgentsRenewalIsNotTaken) {
  const auto registry = open();
  enrol(*registry, "web1", "aa");
  ASSERT_TRUE(registry->revoke("web1", "", "uid 0", kNowS).is_ok());
  EXPECT_EQ(registry->renewed(granted("web1", "ab"), Id{1}, kNowS).code(), Code::denied);
  EXPECT_EQ(registry->standing("ab"), Standing::unknown);
}

TEST_F(RegistryTest, ARenewalBringsBackWhatAnOlderFileLacks) {
  const auto registry = open();
  ASSERT_TRUE(registry->renewed(granted("web1", "ab"), Id{7}, kNowS).is_ok());
  EXPECT_EQ(registry->agents()->at(0).machine_id, Id{7});
  EXPECT_EQ(registry->standing("ab"), Standing::good);
}

TEST_F(RegistryTest, WhatAnotherProcessRevokesIsSeenAndToldOnce) {
  const auto daemon = open();
  enrol(*daemon, "web1", "aa");
  ASSERT_TRUE(open()->revoke("web1", "stolen", "uid 0", kNowS).is_ok());
  EXPECT_EQ(daemon->standing("aa"), Standing::good);
  ASSERT_TRUE(daemon->refresh().is_ok());
  EXPECT_EQ(daemon->standing("aa"), Standing::revoked);
  const auto untold = daemon->untold().value();
  ASSERT_EQ(untold.size(), 1u);
  ASSERT_TRUE(daemon->told(untold[0]).is_ok());
  EXPECT_TRUE(open()->untold()->empty());
}

TEST_F(RegistryTest, AStreamIsItsFirstAgents) {
  const auto registry = open();
  EXPECT_EQ(registry->stream_owner(Id{9}, "web1", kNowS).value(), "web1");
  EXPECT_EQ(registry->stream_owner(Id{9}, "web2", kNowS).value(), "web1");
  EXPECT_EQ(open()->stream_owner(Id{9}, "web2", kNowS).value(), "web1");
  EXPECT_EQ(registry->stream_owner(Id{8}, "web2", kNowS).value(), "web2");
}

TEST_F(RegistryTest, FactsOfARunBefore) {
  const KeptFacts facts = {"web1", 7, -8, UINT64_MAX, 9, 10, "0.1.0"};
  ASSERT_TRUE(open()->keep_facts({facts, {"web2", 1, 0, 0, 0, 0, ""}}).is_ok());
  const auto registry = open();
  ASSERT_TRUE(registry->keep_facts({{"web2", 2, 0, 0, 0, 0, ""}}).is_ok());
  const auto kept = registry->kept_facts().value();
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].agent, "web1");
  EXPECT_EQ(kept[0].clock_offset_ns, -8);
  EXPECT_EQ(kept[0].counter, UINT64_MAX);
  EXPECT_EQ(kept[0].version, "0.1.0");
  EXPECT_EQ(kept[1].seen_ns, 2);
}

TEST_F(RegistryTest, Positions) {
  const auto registry = open();
  EXPECT_EQ(registry->position("journal").value(), 0);
  ASSERT_TRUE(registry->set_position("journal", 7).is_ok());
  EXPECT_EQ(open()->position("journal").value(), 7);
}

}  // namespace
}  // namespace spoor::collector
