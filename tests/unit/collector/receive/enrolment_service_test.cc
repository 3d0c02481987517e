#include "collector/receive/enrolment_service.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include "collector/identity/authority_messages.h"
#include "collector/receive/uplink_server.h"
#include "spoor/v1/uplink.grpc.pb.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/collector/identity/sample_host.h"

namespace spoor::collector {
namespace {

// A server over TLS that asks for a certificate and takes any, as the collector's does.
class EnrolmentServiceTest : public testing::Test {
 protected:
  EnrolmentServiceTest() {
    const TlsKey key = TlsKey::generate().value();
    // gRPC reads it once in a process, and may do so here.
    EXPECT_TRUE(UplinkServer::set_up_tls(key.to_pem().value()).is_ok());
    // The client's clock is the system's.
    const int64_t now = SystemClock().now().realtime_ns / kNsPerSecond;
    const Certificate certificate =
        make_server(key, {"localhost"}, {now - 3600, now + 3600}, ca_.issuer()).value();
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
    options.pem_root_certs = ca_.root.to_pem();
    options.pem_key_cert_pairs = {{key.to_pem().value(), certificate.to_pem() + ca_.chain()}};
    grpc::ServerBuilder builder;
    builder.AddListeningPort("localhost:0", grpc::SslServerCredentials(options), &port_);
    builder.RegisterCallbackGenericService(&service_.service());
    server_ = builder.BuildAndStart();
  }
  std::unique_ptr<v1::Enrolment::Stub> stub(const std::string& key = "",
                                            const std::string& chain = "") {
    grpc::ChannelArguments apart;
    apart.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return v1::Enrolment::NewStub(grpc::CreateCustomChannel(
        "localhost:" + std::to_string(port_),
        grpc::SslCredentials({ca_.root.to_pem(), key, chain}), apart));
  }
  static void set_deadline(grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  }
  grpc::Status enrol(const std::string& token, v1::Identity& identity, const TlsKey& key) {
    v1::EnrolRequest request;
    request.set_token(token);
    request.set_request(sample_request(key.get()));
    request.set_machine_id(std::string(16, 1));
    request.set_host("web1");
    request.set_checkpoint_key(std::string(32, 'k'));
    grpc::ClientContext context;
    set_deadline(context);
    return stub()->Enrol(&context, request, &identity);
  }
  std::string token() {
    return authority_.tokens()
        .create({"web*", {{"env", "prod"}}, 3600, 1}, "uid 0",
                clock_.now().realtime_ns / kNsPerSecond)
        .value();
  }

  TempFolder folder_;
  const SampleCa ca_;
  FakeClock clock_;
  Authority authority_ =
      Authority::open(":memory:", ca_.key.to_pem().value(), ca_.chain()).value();
  std::unique_ptr<Registry> registry_ = Registry::open(folder_ / "state.db").value();
  Enrolment enrolment_{*registry_,
                       [this](std::string_view question) -> Result<std::string> {
                         return answer_question(authority_, question,
                                                clock_.now().realtime_ns / kNsPerSecond);
                       },
                       clock_, [](const v1::Event&) {}};
  OpenCalls calls_;
  RequestCalls service_{enrolment_methods(enrolment_, {Id{7}, PublicKey{8}}),
                        {calls_, clock_, [](const std::string&) { return nullptr; }, {}}};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(EnrolmentServiceTest, EnrolsWithoutACertificateAndRenewsWithIt) {
  const TlsKey key = TlsKey::generate().value();
  v1::Identity identity;
  const grpc::Status enrolled = enrol(token(), identity, key);
  ASSERT_TRUE(enrolled.ok()) << enrolled.error_message();
  EXPECT_EQ(identity.agent(), "web1");
  EXPECT_EQ(identity.labels().at("env"), "prod");
  EXPECT_EQ(identity.log_id(), std::string(as_text(Id{7})));
  EXPECT_EQ(identity.log_key(), std::string(as_text(PublicKey{8})));
  EXPECT_EQ(identity.root(), ca_.root.to_pem());

  v1::RenewRequest request;
  request.set_request(sample_request());
  request.set_machine_id(std::string(16, 1));
  v1::Identity again;
  grpc::ClientContext context, without;
  set_deadline(context);
  set_deadline(without);
  const grpc::Status renewed = stub(key.to_pem().value(), identity.certificate_chain())
                                   ->Renew(&context, request, &again);
  ASSERT_TRUE(renewed.ok()) << renewed.error_message();
  EXPECT_EQ(again.agent(), "web1");
  EXPECT_NE(again.certificate_chain(), identity.certificate_chain());
  EXPECT_EQ(stub()->Renew(&without, request, &again).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(EnrolmentServiceTest, RefusesInGrpcsWords) {
  v1::Identity identity;
  const TlsKey key = TlsKey::generate().value();
  EXPECT_EQ(enrol("wrong", identity, key).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(enrol(std::string(200, 't'), identity, key).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(identity.agent(), "");
}

}  // namespace
}  // namespace spoor::collector
