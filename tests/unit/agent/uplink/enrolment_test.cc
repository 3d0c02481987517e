// Enrolment against a service over real TLS; what the real one does is tests/system's.
#include "agent/uplink/enrolment.h"

#include <gtest/gtest.h>

#include "agent/uplink/tls_key.h"
#include "tests/support/toy_enrolment.h"

namespace spoor::uplink {
namespace {

class EnrolmentTest : public ::testing::Test {
 protected:
  EnrolmentTest() {
    order_.collector = *parse_address(server_.address());
    order_.token = "toy-token";
    order_.fingerprint = *parse_fingerprint(ca_.fingerprint());
    order_.host = "web1";
    order_.machine_id.fill(0xab);
    order_.checkpoint_key.fill(0xcd);
  }
  // Why what the service gives, made wrong, is not taken.
  std::string refusal(std::function<void(v1::Identity&)> spoil) {
    server_.spoil = std::move(spoil);
    const auto got = obtain(order_, clock_);
    EXPECT_EQ(got.code(), Code::denied);
    return got.status().message();
  }

  SystemClock clock_;
  ToyCa ca_, other_;
  ToyEnrolment server_{ca_, ca_.issue({.alternative = "IP:127.0.0.1"})};
  EnrolmentOrder order_;
};

TEST_F(EnrolmentTest, GivesAnIdentityThatHoldsTogether) {
  const auto got = obtain(order_, clock_);
  ASSERT_TRUE(got.is_ok()) << got.status().message();
  EXPECT_TRUE(check_identity(got->identity, order_.machine_id).is_ok());
  EXPECT_EQ(got->identity.enrolment.agent, "web1");
  EXPECT_EQ(got->identity.enrolment.collector, server_.address());
  EXPECT_EQ(got->identity.root, ca_.root());
  EXPECT_EQ(got->labels, "bell=\\x07 env=prod");
  EXPECT_EQ(server_.asked.token(), "toy-token");
  EXPECT_EQ(server_.asked.host(), "web1");
  EXPECT_EQ(server_.asked.machine_id(), std::string(16, '\xab'));
  EXPECT_EQ(server_.asked.checkpoint_key(), std::string(32, '\xcd'));
}

TEST_F(EnrolmentTest, AnotherCollectorNeverSeesTheToken) {
  order_.fingerprint = *parse_fingerprint(other_.fingerprint());
  EXPECT_EQ(obtain(order_, clock_).code(), Code::denied);
  EXPECT_EQ(server_.asked.token(), "");
}

TEST_F(EnrolmentTest, WrongTokenIsDenied) {
  order_.token = "stolen";
  EXPECT_EQ(obtain(order_, clock_).code(), Code::denied);
}

TEST_F(EnrolmentTest, AnswerThatDoesNotHoldTogetherIsNotTaken) {
  const auto has = [](const std::string& text, const char* words) {
    return text.find(words) != std::string::npos;
  };
  EXPECT_TRUE(has(refusal([](auto& a) { a.set_log_id("short"); }), "names no log"));
  EXPECT_TRUE(has(refusal([](auto& a) { a.set_log_key(""); }), "names no log"));
  EXPECT_TRUE(has(refusal([&](auto& a) { a.set_root(other_.root()); }), "root"));
  EXPECT_TRUE(has(refusal([](auto& a) { a.set_root(""); }), "no certificate"));
  EXPECT_TRUE(has(refusal([](auto& a) { a.set_agent("web2"); }), "web2"));
  EXPECT_TRUE(has(refusal([&](auto& a) { a.set_certificate_chain(ca_.issue({}).chain); }),
                  "another key"));
  EXPECT_TRUE(has(refusal([](auto& a) { a.set_certificate_chain("words"); }), "no certificate"));
  EXPECT_TRUE(has(refusal([](auto& a) {
                    a.set_certificate_chain(a.certificate_chain() +
                                            std::string(kPemBytesMax, ' '));
                  }),
                  "more PEM"));
}

// Text that is no certificate, between certificates, may hold anything: none of it is kept.
TEST_F(EnrolmentTest, OnlyCertificatesAreKept) {
  server_.spoil = [](v1::Identity& a) {
    a.set_certificate_chain(std::string("hello\0there\n", 12) + a.certificate_chain());
    a.set_root("words\n" + a.root());
  };
  const auto got = obtain(order_, clock_);
  ASSERT_TRUE(got.is_ok()) << got.status().message();
  EXPECT_EQ(got->identity.root, ca_.root());
  EXPECT_EQ(got->identity.chain.rfind("-----BEGIN CERTIFICATE-----", 0), 0u);
}

TEST_F(EnrolmentTest, GoesFromOneProcessToAnother) {
  const auto got = obtain(order_, clock_);
  ASSERT_TRUE(got.is_ok());
  const std::string text = encode_obtained(*got);
  const auto read = decode_obtained(text, order_.machine_id);
  ASSERT_TRUE(read.is_ok()) << read.status().message();
  EXPECT_EQ(encode_obtained(*read), text);
  EXPECT_EQ(read->labels, got->labels);
  EXPECT_FALSE(decode_obtained(text, Id{}).is_ok()) << "of another machine";
  EXPECT_FALSE(decode_obtained("", order_.machine_id).is_ok());
  EXPECT_FALSE(decode_obtained(text + '\0', order_.machine_id).is_ok());
  EXPECT_FALSE(decode_obtained(text.substr(0, text.rfind('\0')), order_.machine_id).is_ok());
}

TEST(TokenTest, IsOneWord) {
  EXPECT_EQ(*parse_token("spoor-1-abc\n"), "spoor-1-abc");
  EXPECT_EQ(*parse_token("abc\r\n"), "abc");
  for (const std::string& text : {std::string(), std::string("\n"), std::string("two words"),
                                  std::string("a\nb"), std::string("a\0b", 3), std::string("ä"),
                                  std::string(257, 'a')}) {
    const auto token = parse_token(text);
    EXPECT_EQ(token.code(), Code::invalid);
    EXPECT_EQ(token.status().message().find("two words"), std::string::npos) << "it is a secret";
  }
}

}  // namespace
}  // namespace spoor::uplink
