// The two calls of the Enrolment service (proto/spoor/v1/uplink.proto), and what their failures
// mean to whoever made them. gRPC's codes end here. They block, for at most `timeout_ms`.
#pragma once

#include "agent/uplink/address.h"
#include "agent/uplink/tls_channel.h"
#include "common/result.h"
#include "spoor/v1/uplink.pb.h"

namespace spoor::uplink {

// `denied`: trying again does not help; `unavailable`: later it may. The collector's own words are
// in the message, made fit for a terminal.
Result<v1::Identity> enrol(const Address& address, const TlsMaterial& tls,
                           const v1::EnrolRequest& request, int timeout_ms);
Result<v1::Identity> renew(const Address& address, const TlsMaterial& tls,
                           const v1::RenewRequest& request, int timeout_ms);

}  // namespace spoor::uplink
