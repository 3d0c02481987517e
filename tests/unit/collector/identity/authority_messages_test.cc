#include "collector/identity/authority_messages.h"

#include <gmock/gmock.h>

#include "collector/limits.h"
#include "spoor/v1/authority.pb.h"
#include "tests/unit/collector/identity/sample_host.h"

namespace spoor::collector {
namespace {

class AuthorityMessagesTest : public testing::Test {
 protected:
  const SampleCa ca_;
  Authority authority_ =
      Authority::open(":memory:", ca_.key.to_pem().value(), ca_.chain()).value();
  const std::string token_ =
      authority_.tokens().create({"web*", {{"env", "prod"}}, 60, 5}, "uid 0", kNowS).value();
};

TEST_F(AuthorityMessagesTest, ATokenAndARenewal) {
  const EnrolWish wish = {token_, sample_request(), Id{1}, "web1", {"web7"}};
  const auto granted = granted_of(answer_question(authority_, question_of(wish), kNowS));
  ASSERT_TRUE(granted.is_ok()) << granted.status().message();
  EXPECT_EQ(granted->agent, "web1");
  EXPECT_EQ(granted->labels, (Labels{{"env", "prod"}}));
  EXPECT_EQ(granted->not_after_s, kNowS + kCertificateLifeS);
  const Certificate made = Certificate::from_pem(granted->certificate_chain).value();
  const RenewWish again = {der_of(made), sample_request(), Id{1}};
  const auto renewed = granted_of(answer_question(authority_, question_of(again), kNowS));
  ASSERT_TRUE(renewed.is_ok()) << renewed.status().message();
  EXPECT_NE(renewed->serial, granted->serial);
}

TEST_F(AuthorityMessagesTest, ARefusalKeepsItsCodeAndWords) {
  const EnrolWish wish = {"wrong", sample_request(), Id{1}, "web1", {}};
  const auto refused = granted_of(answer_question(authority_, question_of(wish), kNowS));
  EXPECT_EQ(refused.code(), Code::denied);
  EXPECT_THAT(refused.status().message(), testing::HasSubstr("not known here"));
}

TEST_F(AuthorityMessagesTest, TheJournal) {
  const auto rows = journal_of(answer_question(authority_, journal_question(0), kNowS));
  ASSERT_TRUE(rows.is_ok());
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->at(0).operation, "token create");
  EXPECT_EQ(rows->at(0).attributes.at("life_s"), "60");
  const std::string none = answer_question(authority_, journal_question(1), kNowS);
  EXPECT_TRUE(journal_of(none)->empty());
  EXPECT_FALSE(none.empty());  // a packet without bytes would be the socket's end
}

TEST_F(AuthorityMessagesTest, WhatIsNoQuestionGetsAnAnswerAllTheSame) {
  v1::AuthorityQuestion question;
  question.mutable_sign_for_token()->set_machine_id("short");
  for (const std::string& packet :
       {std::string(), std::string("\xff\xff"), std::string(kAuthorityPacketMax + 1, '\0'),
        question.SerializeAsString()}) {
    EXPECT_EQ(granted_of(answer_question(authority_, packet, kNowS)).code(), Code::invalid);
  }
}

TEST_F(AuthorityMessagesTest, WhatIsNoAnswer) {
  EXPECT_EQ(granted_of("\xff\xff").code(), Code::corrupt);
  EXPECT_EQ(granted_of("").code(), Code::corrupt);
  v1::AuthorityAnswer later;
  later.set_code(99);
  EXPECT_EQ(granted_of(later.SerializeAsString()).code(), Code::unavailable);
}

}  // namespace
}  // namespace spoor::collector
