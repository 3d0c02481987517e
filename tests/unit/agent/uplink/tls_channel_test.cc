#include "agent/uplink/tls_channel.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/toy_enrolment.h"

namespace spoor::uplink {
namespace {

// Whether a connection to the server comes to be. tests/system/uplink_tls_test.py has the versions
// of TLS, since gRPC reads its ciphers once in a process.
bool connects(const std::string& address, const TlsMaterial* tls) {
  const auto channel = open_channel(*parse_address(address), tls);
  const auto stub = v1::Enrolment::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  v1::Identity answer;
  // The token is wrong: that much is heard only over a connection that stands.
  return stub->Enrol(&context, v1::EnrolRequest(), &answer).error_code() ==
         grpc::StatusCode::PERMISSION_DENIED;
}

TEST(TlsChannelTest, ServerIsHeldAgainstRootAndName) {
  const ToyCa ca, other;
  ToyEnrolment good(ca, ca.issue({.alternative = "DNS:localhost,IP:127.0.0.1"}));
  const std::string port = std::to_string(good.port());
  const TlsMaterial known{ca.root(), "", ""}, unknown{other.root(), "", ""};
  EXPECT_TRUE(connects("127.0.0.1:" + port, &known));
  EXPECT_TRUE(connects("localhost:" + port, &known));
  EXPECT_FALSE(connects("127.0.0.1:" + port, &unknown));
  ToyEnrolment elsewhere(ca, ca.issue({.alternative = "DNS:else.example"}));
  EXPECT_FALSE(connects(elsewhere.address(), &known));
  ToyEnrolment expired(ca, ca.issue({.alternative = "IP:127.0.0.1", .until_s = -60}));
  EXPECT_FALSE(connects(expired.address(), &known));
  ToyEnrolment agent(ca, ca.issue({.alternative = "IP:127.0.0.1", .usage = "clientAuth"}));
  EXPECT_FALSE(connects(agent.address(), &known)) << "an agent that plays collector";
}

TEST(TlsChannelTest, ProxyOfTheEnvironmentIsNotAsked) {
  const ToyCa ca;
  ToyEnrolment server(ca, ca.issue({.alternative = "IP:127.0.0.1"}));
  const TlsMaterial tls{ca.root(), "", ""};
  setenv("https_proxy", "http://127.0.0.1:1", 1);
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  EXPECT_TRUE(connects(server.address(), &tls));
  unsetenv("https_proxy");
  unsetenv("http_proxy");
}

}  // namespace
}  // namespace spoor::uplink
