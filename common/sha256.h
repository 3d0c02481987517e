// SHA-256 (FIPS 180-4) by OpenSSL's libcrypto. No state but the
// objects' own; copying one copies its state; any thread.
#pragma once

#include <string_view>

#include "common/bytes.h"

namespace spoor {

Hash sha256(ByteView bytes);

// Hashes what comes in pieces. A plain value of 112 bytes: no allocation, since the frame writer
// makes several of them for each event.
class Sha256 {
 public:
  Sha256();
  Sha256& add(ByteView bytes);
  Sha256& add(std::string_view text) { return add(as_bytes(text)); }
  // The hash of all that was added; the object starts anew.
  Hash finish();

 private:
  // OpenSSL's SHA256_CTX, kept opaque so that its deprecated header stays in the .cc.
  alignas(8) std::array<uint8_t, 112> state_;
};

}  // namespace spoor
