// The file through which one run of the agent hands its tables to the next: written every ten
// seconds, and whole, with the events in flight, before a re-exec. In /run: it matters only until
// the next boot. Binary, with a CRC; what does not check is ignored by the reader.
#pragma once

#include <string>
#include <string_view>

#include "agent/pipeline.h"

namespace spoor::agent {

// State of another boot is of no use: processes and serials began anew.
std::string encode_state(const PipelineState& state, const Id& boot_id);
Result<PipelineState> decode_state(std::string_view bytes, const Id& boot_id);

}  // namespace spoor::agent
