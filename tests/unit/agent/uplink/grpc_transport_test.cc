#include "agent/uplink/grpc_transport.h"

#include <gtest/gtest.h>

#include "agent/uplink/tls_key.h"
#include "tests/support/temp_folder.h"
#include "tests/support/toy_enrolment.h"

namespace spoor::uplink {
namespace {

class GrpcTransportTest : public ::testing::Test {
 protected:
  // Why the link to `address` ended.
  std::string end_of(const std::string& address) {
    const auto link = transport_.connect(address);
    EXPECT_TRUE(link.is_ok()) << link.status().message();
    while ((*link)->send({})) continue;
    return (*link)->problem();
  }
  // An identity of this CA, with a certificate of its own each time.
  std::string enroll(const ToyCa& ca) {
    const auto key = TlsKey::generate();
    HostIdentity identity;
    identity.enrolment.agent = "web1";
    identity.enrolment.collector = "c:1";
    identity.key = *key->to_pem();
    identity.chain = ca.issue({.request = *key->request()}).chain;
    identity.root = ca.root();
    EXPECT_TRUE(files_.replace(identity).is_ok());
    return identity.chain;
  }

  TempFolder folder_;
  IdentityFiles files_{folder_ / "identity"};
  GrpcTransport transport_{files_, -1, [] {}};
};

TEST_F(GrpcTransportTest, LinkThatNobodyAnswersSaysWhy) {
  EXPECT_FALSE(end_of("unix:/nowhere/at/all.sock").empty());
}

TEST_F(GrpcTransportTest, TlsNeedsAnIdentityAndAUnixSocketDoesNot) {
  EXPECT_EQ(transport_.connect("c.example:1").code(), Code::denied);
  EXPECT_EQ(transport_.connect("nonsense").code(), Code::invalid);
  EXPECT_TRUE(transport_.connect("unix:/x").is_ok());
}

// Both sides show what they are, and a renewed certificate is in use at the next connection.
TEST_F(GrpcTransportTest, EachConnectionShowsTheCertificateOfThatMoment) {
  const ToyCa ca;
  ToyEnrolment server(ca, ca.issue({.alternative = "IP:127.0.0.1"}));
  for (int i = 0; i < 2; ++i) {
    const std::string chain = enroll(ca);
    EXPECT_EQ(end_of(server.address()), "the toy ships nothing");
    const std::lock_guard lock(server.mutex);
    EXPECT_NE(server.shown, "");
    EXPECT_EQ(chain.rfind(server.shown, 0), 0u) << i;
  }
}

TEST_F(GrpcTransportTest, CollectorOfAnotherRootIsNeverReached) {
  const ToyCa ca, other;
  ToyEnrolment server(other, other.issue({.alternative = "IP:127.0.0.1"}));
  enroll(ca);
  EXPECT_NE(end_of(server.address()), "the toy ships nothing");
  EXPECT_EQ(server.shown, "");
}

}  // namespace
}  // namespace spoor::uplink
