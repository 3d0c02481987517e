// CRC-32C (Castagnoli, RFC 3720 appendix B.4), by the SSE 4.2 instruction where there is one.
#pragma once

#include <cstdint>

#include "common/bytes.h"

namespace spoor {

// The CRC of `bytes` following data whose CRC is `before` (0 at the start).
uint32_t crc32c(ByteView bytes, uint32_t before = 0);
// The same without the instruction: the fallback, named so that a test can hold both together.
uint32_t crc32c_by_table(ByteView bytes, uint32_t before = 0);

}  // namespace spoor
