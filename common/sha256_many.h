// SHA-256 of many messages. A processor with instructions for it (Intel SHA extensions) works on
// two of them at a time: the rounds of one wait for each other, so that one alone uses half of it.
// Any other takes one after the other. No state; any thread.
#pragma once

#include <span>

#include "common/bytes.h"

namespace spoor {

// A message in two pieces.
struct Sha256Message {
  ByteView start;  // at most 64 bytes
  ByteView rest;
};

// As many hashes as messages.
void sha256_many(std::span<const Sha256Message> messages, std::span<Hash> out);

}  // namespace spoor
