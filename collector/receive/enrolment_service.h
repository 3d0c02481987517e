// The Enrolment service's methods: reads requests and writes answers. Who speaks (address,
// certificate) is taken from the connection, the rest goes to collector/identity.
#pragma once

#include "collector/identity/enrolment.h"
#include "collector/receive/request_calls.h"
#include "common/ed25519.h"

namespace spoor::collector {

// The log that hosts are bound to by their enrolment.
struct EnrolmentLog {
  Id id{};
  PublicKey key{};
};

// `enrolment` outlives them. They block for as long as the CA does.
RequestMethods enrolment_methods(Enrolment& enrolment, EnrolmentLog log);

}  // namespace spoor::collector
