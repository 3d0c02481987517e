#include "collector/receive/enrolment_service.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/grpcpp.h>

#include "collector/receive/call_gate.h"
#include "spoor/v1/uplink.grpc.pb.h"

namespace spoor::collector {
namespace {

grpc::Status to_grpc(const Status& status) {
  switch (status.code()) {
    case Code::ok: return grpc::Status::OK;
    case Code::invalid: return {grpc::StatusCode::INVALID_ARGUMENT, status.message()};
    case Code::denied: return {grpc::StatusCode::PERMISSION_DENIED, status.message()};
    // What our own disk or CA does is not the host's to mend: it comes back.
    default: return {grpc::StatusCode::UNAVAILABLE, status.message()};
  }
}

// The first certificate that the peer showed; gRPC says by it that the peer holds its key.
std::string certificate_of(const grpc::ServerContext& context) {
  const auto auth = context.auth_context();
  if (!auth) return "";
  const auto found = auth->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  return found.empty() ? "" : std::string(found[0].data(), found[0].size());
}

class Service final : public v1::Enrolment::Service {
 public:
  Service(Enrolment& enrolment, EnrolmentLog log) : enrolment_(enrolment), log_(log) {}

  grpc::Status Enrol(grpc::ServerContext* context, const v1::EnrolRequest* request,
                     v1::Identity* identity) override {
    return answer(enrolment_.enrol({request->token(), request->request(), request->machine_id(),
                                    request->host(), request->checkpoint_key()},
                                   address_of_peer(context->peer())),
                  *identity);
  }

  grpc::Status Renew(grpc::ServerContext* context, const v1::RenewRequest* request,
                     v1::Identity* identity) override {
    return answer(enrolment_.renew(certificate_of(*context), request->request(),
                                   request->machine_id(), address_of_peer(context->peer())),
                  *identity);
  }

 private:
  grpc::Status answer(const Result<Granted>& granted, v1::Identity& out) const {
    if (!granted.is_ok()) return to_grpc(granted.status());
    out.set_agent(granted->agent);
    for (const auto& [key, value] : granted->labels) (*out.mutable_labels())[key] = value;
    out.set_certificate_chain(granted->certificate_chain);
    out.set_root(granted->root);
    out.set_log_id(std::string(as_text(log_.id)));
    out.set_log_key(std::string(as_text(log_.key)));
    return grpc::Status::OK;
  }

  Enrolment& enrolment_;
  const EnrolmentLog log_;
};

}  // namespace

std::shared_ptr<grpc::Service> make_enrolment_service(Enrolment& enrolment, EnrolmentLog log) {
  return std::make_shared<Service>(enrolment, log);
}

}  // namespace spoor::collector
