// An Enrolment service over real TLS for tests of the host's side: gives what the test lets it, to
// whoever has the token. It believes the certificate that it is shown, and remembers it. A call of
// Ship shows its own, too; what comes of it then is the test's.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>

#include "common/bytes.h"
#include "spoor/v1/uplink.grpc.pb.h"
#include "tests/support/toy_ca.h"

namespace spoor {

class ToyEnrolment final : public v1::Enrolment::Service {
 public:
  using Stream = grpc::ServerReaderWriter<v1::ShipResponse, v1::ShipRequest>;

  // Listens with `server`'s certificate, to which the root is added.
  ToyEnrolment(const ToyCa& ca, const ToyCertificate& server,
               const std::string& address = "127.0.0.1:0")
      : ca_(ca) {
    grpc::SslServerCredentialsOptions options(
        GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
    options.pem_key_cert_pairs = {{server.key, server.chain + ca.root()}};
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::SslServerCredentials(options), &port_);
    builder.RegisterService(this);
    builder.RegisterService(&uplink_);
    server_ = builder.BuildAndStart();
  }
  ~ToyEnrolment() override { server_->Shutdown(std::chrono::system_clock::now()); }

  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  grpc::Status Enrol(grpc::ServerContext* context, const v1::EnrolRequest* request,
                     v1::Identity* answer) override {
    const std::lock_guard lock(mutex);
    asked = *request;
    shown = shown_by(*context);
    if (request->token() != token) {
      return {grpc::StatusCode::PERMISSION_DENIED, "this token is not known\x1b[2J"};
    }
    fill(request->request(), request->machine_id(), *answer);
    return grpc::Status::OK;
  }
  grpc::Status Renew(grpc::ServerContext* context, const v1::RenewRequest* request,
                     v1::Identity* answer) override {
    const std::lock_guard lock(mutex);
    ++renewals;
    shown = shown_by(*context);
    if (revoked) return {grpc::StatusCode::PERMISSION_DENIED, "it was revoked"};
    if (shown.empty()) return {grpc::StatusCode::UNAUTHENTICATED, "no certificate"};
    fill(request->request(), request->machine_id(), *answer);
    return grpc::Status::OK;
  }

  // What tests read and set, under the mutex where calls may be under way.
  std::mutex mutex;
  std::string token = "toy-token";
  bool revoked = false;
  ToyLeaf leaf;                              // name and times of what it gives
  std::function<void(v1::Identity&)> spoil;  // what it gives, made wrong
  v1::EnrolRequest asked;
  std::string shown;  // the last caller's certificate (PEM); empty: none
  std::atomic<int> renewals = 0;
  // A call of Ship, with the certificate that it showed.
  std::function<grpc::Status(const std::string&, Stream&)> ship;

 private:
  static std::string shown_by(const grpc::ServerContext& context) {
    const auto found = context.auth_context()->FindPropertyValues("x509_pem_cert");
    return found.empty() ? "" : std::string(found[0].data(), found[0].size());
  }
  void fill(const std::string& request, const std::string& machine_id, v1::Identity& answer) {
    ToyLeaf given = leaf;
    given.usage = "clientAuth";
    given.request = request;
    given.alternative = "URI:spoor:machine:" + to_hex(as_bytes(machine_id));
    answer.set_agent(given.name);
    (*answer.mutable_labels())["env"] = "prod";
    (*answer.mutable_labels())["bell"] = "\a";
    answer.set_certificate_chain(ca_.issue(given).chain);
    answer.set_root(ca_.root());
    answer.set_log_id(std::string(16, 'L'));
    answer.set_log_key(std::string(32, 'K'));
    if (spoil) spoil(answer);
  }

  class ToyUplink final : public v1::Uplink::Service {
   public:
    explicit ToyUplink(ToyEnrolment& owner) : owner_(owner) {}
    grpc::Status Ship(grpc::ServerContext* context, Stream* stream) override {
      std::string certificate = shown_by(*context);
      {
        const std::lock_guard lock(owner_.mutex);
        owner_.shown = certificate;
      }
      if (owner_.ship) return owner_.ship(certificate, *stream);
      return {grpc::StatusCode::UNAVAILABLE, "the toy ships nothing"};
    }

   private:
    ToyEnrolment& owner_;
  };

  const ToyCa& ca_;
  ToyUplink uplink_{*this};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace spoor
