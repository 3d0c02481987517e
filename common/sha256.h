// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104) by OpenSSL's libcrypto. No state but the
// Sha256 object's own; any thread.
#pragma once

#include <memory>
#include <string_view>

#include "common/bytes.h"

namespace spoor {

Hash sha256(ByteView bytes);
Hash hmac_sha256(ByteView key, ByteView message);

// Hashes what comes in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256& add(ByteView bytes);
  Sha256& add(std::string_view text) { return add(as_bytes(text)); }
  // The hash of all that was added; the object starts anew.
  Hash finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spoor
