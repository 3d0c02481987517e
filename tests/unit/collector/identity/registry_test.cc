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
  EXPECT_TRUE(registry->is_enrolled("web1"));
  EXPECT_FALSE(registry->is_enrolled("web2"));
}

// Who keeps the list reads it again when, and only when, it has changed.
TEST_F(RegistryTest, ChangesOfTheListAreCounted) {
  const auto registry = open();
  uint64_t before = registry->changes();
  const auto has_changed = [&] { return std::exchange(before, registry->changes()) != before; };
  enrol(*registry, "web1", "aa");
  EXPECT_TRUE(has_changed());
  ASSERT_TRUE(registry->renewed(granted("web1", "ab"), Id{1}, kNowS).is_ok());
  EXPECT_TRUE(has_changed());
  ASSERT_TRUE(registry->keep_facts({{"web1", 1, 0, 0, 0, 0, ""}}).is_ok());
  ASSERT_TRUE(registry->set_position("journal", 7).is_ok());
  ASSERT_TRUE(registry->refresh().is_ok());
  EXPECT_FALSE(has_changed());
  ASSERT_TRUE(open()->revoke("web1", "stolen", "uid 0", kNowS).is_ok());
  EXPECT_FALSE(has_changed());
  ASSERT_TRUE(registry->refresh().is_ok());
  EXPECT_TRUE(has_changed());
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

// Whose machine it is: what another one has, or may get, is nobody's former name.
TEST_F(RegistryTest, AFormerNameIsThatOfARevokedAgentOfTheSameMachine) {
  const auto registry = open();
  enrol(*registry, "web1", "aa");
  EXPECT_FALSE(registry->was_name_of("web1", Id{1}));  // it has it
  ASSERT_TRUE(registry->revoke("web1", "renamed", "uid 0", kNowS).is_ok());
  enrol(*registry, "web2", "bb");
  const auto again = open();
  for (const Registry* one : {registry.get(), again.get()}) {
    EXPECT_TRUE(one->was_name_of("web1", Id{1}));
    EXPECT_FALSE(one->was_name_of("web1", Id{2}));
    EXPECT_FALSE(one->was_name_of("web2", Id{1}));
    EXPECT_FALSE(one->was_name_of("web9", Id{1}));
  }
  // Another machine is web1 now.
  const Registry::Enrolled other = {Id{2}, "192.0.2.8", std::string(32, 'k')};
  ASSERT_TRUE(registry->enrolled(granted("web1", "cc"), other, kNowS).is_ok());
  ASSERT_TRUE(registry->revoke("web1", "", "uid 0", kNowS + 1).is_ok());
  EXPECT_FALSE(registry->was_name_of("web1", Id{1}));
}

// The log has the new name with the next frame only.
TEST_F(RegistryTest, WhoseARenamedStreamIsIsThereAfterARestart) {
  StreamHead head, other;
  head.stream = Id{7};
  other.stream = Id{8};
  head.epoch = UINT64_MAX;
  head.sequence = 5;
  ASSERT_TRUE(open()->keep_renamed("web2", {head, other}).is_ok());
  ASSERT_TRUE(open()->keep_renamed("web3", {head}).is_ok());
  const auto renamed = open()->renamed().value();
  ASSERT_EQ(renamed.size(), 2u);
  EXPECT_EQ(renamed.at(other.stream).agent, "web2");
  const RenamedStream& found = renamed.at(head.stream);
  EXPECT_EQ(found.agent, "web3");
  EXPECT_TRUE(found.is_newer_than(head));
  // The log came back older.
  --head.epoch;
  head.sequence = 9;
  EXPECT_TRUE(found.is_newer_than(head));
  // What came since has its name in the log.
  ++head.epoch;
  head.sequence = 6;
  EXPECT_FALSE(found.is_newer_than(head));
}

// The renewal was signed while the agent was being revoked.
TEST_F(RegistryTest, ARevokedAgentsRenewalIsNotTaken) {
  const auto registry = open();
  enrol(*registry, "web1", "aa");
  ASSERT_TRUE(registry->revoke("web1", "", "uid 0", kNowS).is_ok());
  EXPECT_EQ(registry->renewed(granted("web1", "ab"), Id{1}, kNowS).code(), Code::denied);
  EXPECT_EQ(registry->standing("ab"), Standing::unknown);
}

// The operator revokes with another process, and the host is enrolled anew before we look again.
TEST_F(RegistryTest, AFormerNameIsKnownWithTheNewOne) {
  const auto daemon = open();
  enrol(*daemon, "web1", "aa");
  ASSERT_TRUE(open()->revoke("web1", "renamed", "uid 0", kNowS).is_ok());
  enrol(*daemon, "web2", "bb");
  EXPECT_TRUE(daemon->was_name_of("web1", Id{1}));
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

// Also those of a host that was enrolled anew, or is called otherwise now.
TEST_F(RegistryTest, EveryCheckpointKeyIsKeptWithTheTimeOfItsUse) {
  const auto key = [](char c) {
    PublicKey out;
    out.fill(static_cast<uint8_t>(c));
    return out;
  };
  const auto registry = open();
  const auto enrol_with = [&](const std::string& agent, const std::string& serial, char c,
                              int64_t now_s) {
    const Registry::Enrolled host = {Id{1}, "192.0.2.7", std::string(32, c)};
    ASSERT_TRUE(registry->enrolled(granted(agent, serial), host, now_s).is_ok());
  };
  enrol_with("web1", "aa", 'k', kNowS);
  enrol_with("web1", "ab", 'l', kNowS + 1);
  ASSERT_TRUE(registry->revoke("web1", "renamed", "uid 0", kNowS + 2).is_ok());
  enrol_with("web2", "bb", 'm', kNowS + 3);
  const Registry::Enrolled other = {Id{2}, "192.0.2.8", std::string(32, 'x')};
  ASSERT_TRUE(registry->enrolled(granted("web3", "cc"), other, kNowS).is_ok());
  const auto again = open();
  for (const Registry* one : {registry.get(), again.get()}) {
    const auto first = one->checkpoint_key("web2", key('k')), second =
        one->checkpoint_key("web1", key('l')), last = one->checkpoint_key("web2", key('m'));
    ASSERT_TRUE(first && second && last);
    EXPECT_EQ(first->from_s, kNowS);
    EXPECT_EQ(first->until_s, kNowS + 1);
    EXPECT_EQ(second->until_s, kNowS + 3);
    EXPECT_EQ(last->until_s, 0);
    EXPECT_FALSE(one->checkpoint_key("web2", key('x')));
    EXPECT_FALSE(one->checkpoint_key("web3", key('m')));
    EXPECT_FALSE(one->checkpoint_key("web9", key('k')));
  }
}

TEST_F(RegistryTest, TheKeysOfAnOlderFileAreTakenOver) {
  constexpr const char* kFirst[] = {R"(
    CREATE TABLE agents(name TEXT PRIMARY KEY, machine TEXT NOT NULL, labels TEXT NOT NULL,
      enrolled_s INTEGER NOT NULL, enrolled_from TEXT NOT NULL, token TEXT NOT NULL,
      checkpoint_key TEXT NOT NULL, revoked_s INTEGER NOT NULL DEFAULT 0,
      revoke_reason TEXT NOT NULL DEFAULT '') STRICT;
    CREATE TABLE certificates(serial TEXT PRIMARY KEY, agent TEXT NOT NULL,
      issued_s INTEGER NOT NULL, not_after_s INTEGER NOT NULL) STRICT;
    CREATE TABLE revocations(serial TEXT PRIMARY KEY, agent TEXT NOT NULL,
      time_s INTEGER NOT NULL, reason TEXT NOT NULL, made_by TEXT NOT NULL,
      told INTEGER NOT NULL DEFAULT 0) STRICT;
    CREATE TABLE streams(stream TEXT PRIMARY KEY, agent TEXT NOT NULL,
      first_s INTEGER NOT NULL) STRICT;
  )"};
  {
    Database older = Database::open(folder_ / "state.db", kFirst).value();
    const std::string machine = to_hex(Id{1}), key(64, 'a');
    ASSERT_TRUE(older.run("INSERT INTO agents VALUES('web1', ?, '', 7, '', '', ?, 0, '')",
                          {machine, key}).is_ok());
    ASSERT_TRUE(older.run("INSERT INTO agents VALUES('web2', ?, '', 7, '', '', '', 0, '')",
                          {machine}).is_ok());
  }
  PublicKey key;
  key.fill(0xaa);
  const auto registry = open();
  ASSERT_TRUE(registry->checkpoint_key("web1", key).has_value());
  EXPECT_EQ(registry->checkpoint_key("web1", key)->from_s, 7);
  EXPECT_EQ(registry->agents()->size(), 2u);
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
