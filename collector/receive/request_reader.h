// Reads what an uplink sent off gRPC's bytes, looking at its length before it is unfolded: small
// fields take fifty times their bytes in memory.
#pragma once

#include <optional>

#include "collector/receive/stream_state.h"
#include "spoor/v1/uplink.pb.h"

namespace grpc {
class ByteBuffer;
}

namespace spoor::collector {

// Takes `bytes`. Otherwise: why the call is refused.
std::optional<Refusal> read_request(grpc::ByteBuffer& bytes, v1::ShipRequest& out);

}  // namespace spoor::collector
