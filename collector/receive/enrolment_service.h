// The Enrolment service over gRPC: who speaks (address, certificate) is taken from the connection,
// the rest goes to collector/identity. Registered on the server that agents reach; its calls block,
// so that they run on threads of gRPC's own, of which kEnrolmentsWaitingMax are used at most.
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

// The address of gRPC's name for a peer: `ipv4:192.0.2.7:40112` is 192.0.2.7,
// `ipv6:%5B2001:db8::1%5D:40112` 2001:db8::1; anything else is as it came, at most 64 bytes.
std::string address_of_peer(const std::string& peer);

}  // namespace spoor::collector
