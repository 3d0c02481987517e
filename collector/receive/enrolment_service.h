// The Enrolment service over gRPC: who speaks (address, certificate) is taken from the connection,
// the rest goes to collector/identity. Registered on the server that agents reach; its calls block,
// so that they run on threads of gRPC's own, of which twice kEnrolmentsWaitingMax are used at most.
#pragma once

#include <memory>
#include <string>

#include "collector/identity/enrolment.h"
#include "common/ed25519.h"

namespace grpc {
class Service;
}

namespace spoor::collector {

// The log that hosts are bound to by their enrolment.
struct EnrolmentLog {
  Id id{};
  PublicKey key{};
};

// `enrolment` outlives the service, and the service the server it is registered on.
std::shared_ptr<grpc::Service> make_enrolment_service(Enrolment& enrolment, EnrolmentLog log);

}  // namespace spoor::collector
