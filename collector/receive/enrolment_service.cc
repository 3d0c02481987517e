#include "collector/receive/enrolment_service.h"

#include "spoor/v1/uplink.pb.h"

namespace spoor::collector {
namespace {

template <typename Request>
Result<Request> read(const std::string& bytes) {
  Request out;
  if (!out.ParseFromString(bytes)) return invalid("this is no message of the protocol");
  return out;
}

std::string identity_of(const Granted& granted, const EnrolmentLog& log) {
  v1::Identity out;
  out.set_agent(granted.agent);
  for (const auto& [key, value] : granted.labels) (*out.mutable_labels())[key] = value;
  out.set_certificate_chain(granted.certificate_chain);
  out.set_root(granted.root);
  out.set_log_id(std::string(as_text(log.id)));
  out.set_log_key(std::string(as_text(log.key)));
  return out.SerializeAsString();
}

Result<std::string> enrol(Enrolment& enrolment, const EnrolmentLog& log,
                          const RequestCaller& caller, const std::string& bytes) {
  ASSIGN_OR_RETURN(const v1::EnrolRequest request, read<v1::EnrolRequest>(bytes));
  ASSIGN_OR_RETURN(const Granted granted,
                   enrolment.enrol({request.token(), request.request(), request.machine_id(),
                                    request.host(), request.checkpoint_key()},
                                   caller.address));
  return identity_of(granted, log);
}

Result<std::string> renew(Enrolment& enrolment, const EnrolmentLog& log,
                          const RequestCaller& caller, const std::string& bytes) {
  ASSIGN_OR_RETURN(const v1::RenewRequest request, read<v1::RenewRequest>(bytes));
  ASSIGN_OR_RETURN(const Granted granted,
                   enrolment.renew(caller.certificate, request.request(), request.machine_id(),
                                   caller.address));
  return identity_of(granted, log);
}

}  // namespace

RequestMethods enrolment_methods(Enrolment& enrolment, EnrolmentLog log) {
  const auto with = [&enrolment, log](const auto& method) -> AnswerRequest {
    return [&enrolment, log, method](const RequestCaller& caller, const std::string& request) {
      return method(enrolment, log, caller, request);
    };
  };
  return {{"/spoor.v1.Enrolment/Enrol", with(enrol)}, {"/spoor.v1.Enrolment/Renew", with(renew)}};
}

}  // namespace spoor::collector
