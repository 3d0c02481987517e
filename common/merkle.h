// The Merkle tree of RFC 6962 section 2.1 over ready-made leaf hashes.
#pragma once

#include <span>

#include "common/bytes.h"

namespace spoor {

// Root of no leaves: SHA-256 of nothing. An inner node is SHA-256(0x01 || left || right).
Hash merkle_root(std::span<const Hash> leaves);

}  // namespace spoor
