#include "collector/receive/peer_identity.h"

#include <gtest/gtest.h>

#include "common/clock.h"
#include "tests/support/test_authority.h"

namespace spoor::collector {
namespace {

const std::string kMachine(32, 'a');

class PeerIdentityTest : public testing::Test {
 protected:
  std::variant<PeerIdentity, Refusal> verify(const TestCertificate& certificate,
                                             const std::string& chain = "") const {
    return verifier_.verify(certificate.certificate, chain, SystemClock().now().realtime_ns);
  }
  v1::Refuse::Code code(const TestCertificate& certificate) const {
    const auto verified = verify(certificate);
    const auto* refusal = std::get_if<Refusal>(&verified);
    return refusal == nullptr ? v1::Refuse::CODE_UNSPECIFIED : refusal->code;
  }

  TestAuthority authority_;
  PeerVerifier verifier_ = std::move(PeerVerifier::trusting(authority_.certificate())).value();
};

TEST_F(PeerIdentityTest, NameMachineAndSerial) {
  const auto verified = verify(authority_.agent("web1", kMachine));
  const auto* identity = std::get_if<PeerIdentity>(&verified);
  ASSERT_NE(identity, nullptr) << std::get<Refusal>(verified).text;
  EXPECT_EQ(identity->agent, "web1");
  EXPECT_EQ(to_hex(identity->machine_id), kMachine);
  EXPECT_EQ(identity->serial.size(), 30u);
}

TEST_F(PeerIdentityTest, OnlyAnExpiredOneMayBeRenewed) {
  const std::string names = "URI:spoor:machine:" + kMachine;
  EXPECT_EQ(code(authority_.issue("web1", names, "clientAuth", -1000, -10)),
            v1::Refuse::CODE_EXPIRED);
  EXPECT_EQ(code(authority_.issue("web1", names, "clientAuth", 500, 1000)),
            v1::Refuse::CODE_DENIED);
  // Expired and of another authority is not ours to renew.
  EXPECT_EQ(code(TestAuthority().issue("web1", names, "clientAuth", -1000, -10)),
            v1::Refuse::CODE_DENIED);
}

TEST_F(PeerIdentityTest, OthersCertificatesAreNone) {
  const std::string machine = "URI:spoor:machine:" + kMachine;
  EXPECT_EQ(code(TestAuthority().agent("web1", kMachine)), v1::Refuse::CODE_DENIED);
  EXPECT_EQ(code(authority_.issue("web1", machine, "serverAuth")), v1::Refuse::CODE_DENIED);
  EXPECT_EQ(code(authority_.issue("", machine)), v1::Refuse::CODE_DENIED);
  EXPECT_EQ(code(authority_.issue("web 1", machine)), v1::Refuse::CODE_DENIED);
  EXPECT_EQ(code(authority_.issue("collector", machine)), v1::Refuse::CODE_DENIED);
  EXPECT_EQ(code(authority_.issue("web1", "DNS:web1")), v1::Refuse::CODE_DENIED);
  EXPECT_EQ(code(authority_.issue("web1", "URI:spoor:machine:abc")), v1::Refuse::CODE_DENIED);
  EXPECT_EQ(code(authority_.issue("web1", machine + "," + machine)), v1::Refuse::CODE_DENIED);
  EXPECT_EQ(code({authority_.certificate(), ""}), v1::Refuse::CODE_DENIED);
}

TEST_F(PeerIdentityTest, NoneOrJunkIsRefused) {
  EXPECT_EQ(code({"", ""}), v1::Refuse::CODE_DENIED);
  EXPECT_EQ(code({"junk", ""}), v1::Refuse::CODE_DENIED);
  EXPECT_EQ(code({std::string(1u << 20, 'x'), ""}), v1::Refuse::CODE_DENIED);
  const TestCertificate good = authority_.agent("web1", kMachine);
  EXPECT_TRUE(std::holds_alternative<PeerIdentity>(verify(good, "junk")));
  std::string cut = good.certificate;
  cut.resize(cut.size() / 2);
  EXPECT_EQ(code({cut, ""}), v1::Refuse::CODE_DENIED);
  EXPECT_EQ(PeerVerifier::trusting("junk").code(), Code::invalid);
}

}  // namespace
}  // namespace spoor::collector
