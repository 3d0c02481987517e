#include "agent/uplink/enrolment_call.h"

#include <gtest/gtest.h>

#include "agent/uplink/tls_key.h"
#include "tests/support/toy_enrolment.h"

namespace spoor::uplink {
namespace {

constexpr int kTimeoutMs = 20'000;

class EnrolmentCallTest : public ::testing::Test {
 protected:
  EnrolmentCallTest() {
    request_.set_token("toy-token");
    request_.set_request(*TlsKey::generate()->request());
    request_.set_machine_id(std::string(16, 'm'));
  }
  Result<v1::Identity> ask(const std::string& root) {
    return enrol(*parse_address(server_.address()), {root, "", ""}, request_, kTimeoutMs);
  }
  ToyCa ca_, other_;
  ToyEnrolment server_{ca_, ca_.issue({.alternative = "IP:127.0.0.1"})};
  v1::EnrolRequest request_;
};

TEST_F(EnrolmentCallTest, TokenLetsInWithoutACertificate) {
  const auto identity = ask(ca_.root());
  ASSERT_TRUE(identity.is_ok()) << identity.status().message();
  EXPECT_EQ(identity->agent(), "web1");
  EXPECT_EQ(server_.shown, "");
}

TEST_F(EnrolmentCallTest, RefusalIsDeniedAndCannotPaintATerminal) {
  request_.set_token("stolen");
  const auto identity = ask(ca_.root());
  EXPECT_EQ(identity.code(), Code::denied);
  EXPECT_NE(identity.status().message().find("this token is not known\\x1b"), std::string::npos)
      << identity.status().message();
}

TEST_F(EnrolmentCallTest, ServerOfAnotherRootIsNeverTold) {
  EXPECT_EQ(ask(other_.root()).code(), Code::unavailable);
  EXPECT_EQ(server_.asked.token(), "");
}

TEST_F(EnrolmentCallTest, NobodyThereIsUnavailable) {
  EXPECT_EQ(enrol(*parse_address("127.0.0.1:1"), {ca_.root(), "", ""}, request_, kTimeoutMs).code(),
            Code::unavailable);
}

TEST_F(EnrolmentCallTest, RenewalShowsTheCertificateAlsoWhenItExpired) {
  for (const int64_t until_s : {int64_t{3600}, int64_t{-60}}) {
    const ToyCertificate own = ca_.issue({.until_s = until_s});
    v1::RenewRequest request;
    request.set_request(request_.request());
    request.set_machine_id(request_.machine_id());
    const auto identity = renew(*parse_address(server_.address()),
                                {ca_.root(), own.key, own.chain}, request, kTimeoutMs);
    ASSERT_TRUE(identity.is_ok()) << identity.status().message();
    EXPECT_EQ(own.chain.rfind(server_.shown, 0), 0u);
    EXPECT_NE(server_.shown, "");
  }
}

}  // namespace
}  // namespace spoor::uplink
