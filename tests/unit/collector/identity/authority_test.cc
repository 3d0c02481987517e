#include "collector/identity/authority.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_folder.h"
#include "tests/unit/collector/identity/sample_host.h"

namespace spoor::collector {
namespace {

using testing::HasSubstr;
constexpr Id kMachine = {1};
constexpr Id kOther = {2};

class AuthorityTest : public testing::Test {
 protected:
  AuthorityTest() { open(); }
  void open() {
    authority_.reset();
    auto opened = Authority::open(path_, ca_.key.to_pem().value(), ca_.chain());
    ASSERT_TRUE(opened.is_ok()) << opened.status().message();
    authority_ = std::make_unique<Authority>(std::move(opened).value());
  }
  std::string token(const std::string& pattern = "web*", int64_t uses = 2, int64_t life_s = 3600) {
    return authority_->tokens()
        .create({pattern, {{"env", "prod"}}, life_s, uses}, "uid 0", kNowS).value();
  }
  EnrolWish wish(const std::string& token, const std::string& host = "web1",
                 Id machine = kMachine) {
    return {token, request_, machine, host, {}};
  }
  TokenRow row() { return authority_->tokens().list().value().at(0); }

  TempFolder folder_;
  const std::string path_ = folder_ / "ca.db";
  const SampleCa ca_;
  const std::string request_ = sample_request();
  std::unique_ptr<Authority> authority_;
};

TEST_F(AuthorityTest, ATokenGivesNameLabelsAndACertificateOfNinetyDays) {
  const std::string secret = token();
  const Granted granted = authority_->enrol(wish(secret), kNowS).value();
  EXPECT_EQ(granted.agent, "web1");
  EXPECT_EQ(granted.labels, (Labels{{"env", "prod"}}));
  EXPECT_EQ(granted.root, ca_.root.to_pem());
  const auto chain = Certificate::chain_from_pem(granted.certificate_chain).value();
  ASSERT_EQ(chain.size(), 2u);
  EXPECT_EQ(chain[0].common_name(), "web1");
  EXPECT_EQ(chain[0].machine_id(), kMachine);
  EXPECT_EQ(chain[0].serial(), granted.serial);
  EXPECT_EQ(chain[0].not_after_s(), kNowS + 90 * 24 * 3600);
  EXPECT_TRUE(chain[0].is_issued_by(chain[1]));
  EXPECT_EQ(granted.token, row().id);
  EXPECT_EQ(row().used, 1);
}

TEST_F(AuthorityTest, TheTokenItselfIsNowhere) {
  const std::string secret = token();
  ASSERT_TRUE(authority_->enrol(wish(secret), kNowS).is_ok());
  authority_.reset();
  for (const auto& file : std::filesystem::directory_iterator(folder_ / "")) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string all((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(all.find(secret.substr(12)), std::string::npos) << file.path();
  }
}

TEST_F(AuthorityTest, UsesAreCountedOverRestarts) {
  const std::string secret = token("web*", 2);
  ASSERT_TRUE(authority_->enrol(wish(secret, "web1", kMachine), kNowS).is_ok());
  open();
  ASSERT_TRUE(authority_->enrol(wish(secret, "web2", kOther), kNowS).is_ok());
  open();
  const auto third = authority_->enrol(wish(secret, "web3", Id{3}), kNowS);
  EXPECT_EQ(third.code(), Code::denied);
  EXPECT_THAT(third.status().message(), HasSubstr("used up"));
}

// The use is taken before the signature: who makes the signing fail does not get it back.
TEST_F(AuthorityTest, ARequestThatCannotBeSignedCostsItsUse) {
  EnrolWish bad = wish(token("web*", 1));
  bad.request_der = "none";
  EXPECT_EQ(authority_->enrol(bad, kNowS).code(), Code::invalid);
  EXPECT_EQ(row().used, 1);
}

TEST_F(AuthorityTest, TokensThatDoNotDo) {
  const std::string secret = token();
  std::string wrong = secret;
  wrong.back() = wrong.back() == 'a' ? 'b' : 'a';
  EXPECT_EQ(authority_->enrol(wish(wrong), kNowS).code(), Code::denied);
  EXPECT_EQ(authority_->enrol(wish(""), kNowS).code(), Code::denied);
  EXPECT_EQ(authority_->enrol(wish(secret, "db1"), kNowS).code(), Code::denied);
  EXPECT_EQ(authority_->enrol(wish(secret, "web 1"), kNowS).code(), Code::invalid);
  EXPECT_TRUE(authority_->enrol(wish(secret), kNowS + 3599).is_ok());
  EXPECT_EQ(authority_->enrol(wish(secret), kNowS + 3600).code(), Code::denied);
  EXPECT_EQ(row().used, 1);
  ASSERT_TRUE(authority_->tokens().revoke(row().id, "uid 0", kNowS).is_ok());
  EXPECT_EQ(authority_->enrol(wish(secret), kNowS).code(), Code::denied);
  EXPECT_EQ(authority_->tokens().revoke(row().id, "uid 0", kNowS).code(), Code::not_found);
  EXPECT_EQ(authority_->tokens().revoke("%", "uid 0", kNowS).code(), Code::not_found);
}

TEST_F(AuthorityTest, ANameIsOneMachinesAndAMachineHasOneName) {
  const std::string secret = token("*", 100);
  ASSERT_TRUE(authority_->enrol(wish(secret, "web1", kMachine), kNowS).is_ok());
  const auto taken = authority_->enrol(wish(secret, "web1", kOther), kNowS);
  EXPECT_EQ(taken.code(), Code::denied);
  EXPECT_THAT(taken.status().message(), HasSubstr("agents revoke web1"));
  const auto copy = authority_->enrol(wish(secret, "web2", kMachine), kNowS);
  EXPECT_EQ(copy.code(), Code::denied);
  EXPECT_THAT(copy.status().message(), HasSubstr("that of web1"));
  EXPECT_EQ(row().used, 1);  // what was refused cost nothing
  // Installed anew: the same machine, the same name.
  EXPECT_TRUE(authority_->enrol(wish(secret, "web1", kMachine), kNowS).is_ok());
  // Revoked: another may take the name, and the machine another name.
  EnrolWish next = wish(secret, "web1", kOther);
  next.revoked_agents = {"web1"};
  EXPECT_TRUE(authority_->enrol(next, kNowS).is_ok());
  EXPECT_TRUE(authority_->enrol(wish(secret, "web2", kMachine), kNowS).is_ok());
}

TEST_F(AuthorityTest, ARenewalKeepsTheName) {
  const Granted first = authority_->enrol(wish(token()), kNowS).value();
  const std::string old = der_of(Certificate::from_pem(first.certificate_chain).value());
  const int64_t later = kNowS + 60 * kDayS;
  const Granted second = authority_->renew({old, sample_request(), kMachine}, later).value();
  EXPECT_EQ(second.agent, "web1");
  EXPECT_EQ(second.labels, first.labels);
  EXPECT_NE(second.serial, first.serial);
  EXPECT_EQ(second.not_after_s, later + kCertificateLifeS);
  EXPECT_EQ(row().used, 1);
}

TEST_F(AuthorityTest, ARenewalComesAtMost180DaysLate) {
  const Granted first = authority_->enrol(wish(token()), kNowS).value();
  const std::string old = der_of(Certificate::from_pem(first.certificate_chain).value());
  const int64_t last = first.not_after_s + 180 * kDayS;
  EXPECT_TRUE(authority_->renew({old, request_, kMachine}, last).is_ok());
  EXPECT_EQ(authority_->renew({old, request_, kMachine}, last + 1).code(), Code::denied);
}

TEST_F(AuthorityTest, ANameGetsSoManyCertificatesADay) {
  const Granted first = authority_->enrol(wish(token()), kNowS).value();
  const std::string old = der_of(Certificate::from_pem(first.certificate_chain).value());
  for (int i = 1; i < 24; ++i)
    ASSERT_TRUE(authority_->renew({old, request_, kMachine}, kNowS + i).is_ok()) << i;
  EXPECT_EQ(authority_->renew({old, request_, kMachine}, kNowS + 24).code(), Code::denied);
  EXPECT_TRUE(authority_->renew({old, request_, kMachine}, kNowS + kDayS).is_ok());
}

TEST_F(AuthorityTest, WhatIsNotRenewed) {
  const Granted first = authority_->enrol(wish(token()), kNowS).value();
  const std::string old = der_of(Certificate::from_pem(first.certificate_chain).value());
  EXPECT_EQ(authority_->renew({old, request_, kOther}, kNowS).code(), Code::denied);
  EXPECT_EQ(authority_->renew({"none", request_, kMachine}, kNowS).code(), Code::invalid);
  EXPECT_EQ(authority_->renew({der_of(ca_.issuing), request_, kMachine}, kNowS).code(),
            Code::denied);
  const SampleCa other;
  const Validity valid = {kNowS, kNowS + kDayS};
  const auto foreign = make_agent(request_, "web1", kMachine, valid, other.issuer()).value();
  EXPECT_EQ(authority_->renew({der_of(foreign), request_, kMachine}, kNowS).code(), Code::denied);
  // Signed by our key, but never issued: its serial is not in the list.
  const auto unknown = make_agent(request_, "web1", kMachine, valid, ca_.issuer()).value();
  EXPECT_EQ(authority_->renew({der_of(unknown), request_, kMachine}, kNowS).code(), Code::denied);
  // The name has gone to another machine.
  EnrolWish next = wish(token("*"), "web1", kOther);
  next.revoked_agents = {"web1"};
  ASSERT_TRUE(authority_->enrol(next, kNowS).is_ok());
  EXPECT_EQ(authority_->renew({old, request_, kMachine}, kNowS).code(), Code::denied);
}

TEST_F(AuthorityTest, TheJournalTellsOfTokens) {
  token();
  ASSERT_TRUE(authority_->tokens().revoke(row().id, "uid 7", kNowS + 1).is_ok());
  const auto journal = authority_->tokens().journal(0).value();
  ASSERT_EQ(journal.size(), 2u);
  EXPECT_EQ(journal[0].operation, "token create");
  EXPECT_EQ(journal[0].attributes.at("uses"), "2");
  EXPECT_EQ(journal[1].operation, "token revoke");
  EXPECT_EQ(journal[1].by, "uid 7");
  EXPECT_EQ(authority_->tokens().journal(journal[0].number)->size(), 1u);
}

TEST_F(AuthorityTest, KeyAndChainMustFit) {
  const std::string key = ca_.key.to_pem().value();
  EXPECT_EQ(Authority::open(path_, ca_.root_key.to_pem().value(), ca_.chain()).code(),
            Code::invalid);
  EXPECT_EQ(Authority::open(path_, key, ca_.issuing.to_pem()).code(), Code::invalid);
  EXPECT_EQ(Authority::open(path_, key, ca_.issuing.to_pem() + SampleCa().root.to_pem()).code(),
            Code::invalid);
  // A CA of one's own that is its own root.
  EXPECT_TRUE(
      Authority::open(path_, ca_.root_key.to_pem().value(), ca_.root.to_pem()).is_ok());
}

}  // namespace
}  // namespace spoor::collector
