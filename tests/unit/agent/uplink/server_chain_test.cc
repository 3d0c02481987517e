#include "agent/uplink/server_chain.h"

#include <gtest/gtest.h>

#include "agent/uplink/certificate.h"
#include "tests/support/toy_enrolment.h"

namespace spoor::uplink {
namespace {

constexpr int kTimeoutMs = 20'000;

class ServerChainTest : public ::testing::Test {
 protected:
  ToyLeaf server_leaf() const {
    return {.name = "collector", .alternative = "DNS:localhost,IP:127.0.0.1"};
  }
  Result<std::string> find(const std::string& address, const ToyCa& by) {
    return find_root(*parse_address(address), *parse_fingerprint(by.fingerprint()), clock_,
                     kTimeoutMs);
  }
  Result<std::string> root_of(const std::string& chain, const ToyCa& by,
                              const std::string& host = "localhost") {
    return root_in(chain, host, *parse_fingerprint(by.fingerprint()), clock_.now().realtime_ns);
  }
  SystemClock clock_;
  ToyCa ca_, other_;
};

TEST_F(ServerChainTest, RootIsFoundByItsFingerprint) {
  ToyEnrolment server(ca_, ca_.issue(server_leaf()));
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto root = find(std::string(host) + ":" + std::to_string(server.port()), ca_);
    ASSERT_TRUE(root.is_ok()) << root.status().message();
    EXPECT_EQ(*root, ca_.root());
  }
}

TEST_F(ServerChainTest, AnotherCollectorIsRefused) {
  ToyEnrolment server(ca_, ca_.issue(server_leaf()));
  const auto root = find(server.address(), other_);
  EXPECT_EQ(root.code(), Code::denied);
  EXPECT_NE(root.status().message().find(ca_.fingerprint().substr(0, 20)), std::string::npos)
      << root.status().message();
}

TEST_F(ServerChainTest, NobodyThereAndNoTlsAreUnavailable) {
  const auto nobody = find("127.0.0.1:1", ca_);
  EXPECT_EQ(nobody.code(), Code::unavailable);
  EXPECT_NE(nobody.status().message().find("Connection refused"), std::string::npos)
      << nobody.status().message();
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  v1::Enrolment::Service service;
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  const auto root = find("127.0.0.1:" + std::to_string(port), ca_);
  EXPECT_EQ(root.code(), Code::unavailable);
  EXPECT_NE(root.status().message().find("no TLS 1.3"), std::string::npos);
}

// Whoever stands in between has everything but a key that the root vouches for.
TEST_F(ServerChainTest, RootThatIsOnlyShownProvesNothing) {
  EXPECT_TRUE(root_of(ca_.issue(server_leaf()).chain + ca_.root(), ca_).is_ok());
  EXPECT_EQ(root_of(other_.issue(server_leaf()).chain + ca_.root(), ca_).code(), Code::denied);
  EXPECT_EQ(root_of(ca_.self_signed(server_leaf()).chain + ca_.root(), ca_).code(), Code::denied);
  ToyLeaf client = server_leaf();
  client.usage = "clientAuth";  // an agent that plays collector
  EXPECT_EQ(root_of(ca_.issue(client).chain + ca_.root(), ca_).code(), Code::denied);
  ToyLeaf expired = server_leaf();
  expired.until_s = -10;
  const auto late = root_of(ca_.issue(expired).chain + ca_.root(), ca_);
  EXPECT_EQ(late.code(), Code::denied);
  EXPECT_NE(late.status().message().find("clocks"), std::string::npos);
  EXPECT_EQ(root_of(ca_.issue(server_leaf()).chain + ca_.root(), ca_, "else.example").code(),
            Code::denied);
  // The fingerprint of something else in the chain is not the root's.
  const std::string chain = ca_.issue(server_leaf()).chain + ca_.root();
  const auto leaf = fingerprint_of(chain);
  EXPECT_EQ(root_in(chain, "localhost", *leaf, clock_.now().realtime_ns).code(), Code::denied);
}

TEST_F(ServerChainTest, MissingRootIsSaid) {
  const auto root = root_of(ca_.issue(server_leaf()).chain, ca_);
  EXPECT_EQ(root.code(), Code::denied);
  EXPECT_NE(root.status().message().find("must end with the root"), std::string::npos);
  EXPECT_EQ(root_of("", ca_).code(), Code::denied);
}

}  // namespace
}  // namespace spoor::uplink
