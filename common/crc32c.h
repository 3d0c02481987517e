// CRC-32C (Castagnoli, RFC 3720 appendix B.4), by the SSE 4.2 instruction where there is one.
#pragma once

#include <cstdint>

#include "common/bytes.h"

namespace spoor {

// The CRC of `bytes` following data whose CRC is `before` (0 at the start).
uint32_t crc32c(ByteView bytes, uint32_t before = 0);

}  // namespace spoor
