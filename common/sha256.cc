// The low-level SHA256_* calls are deprecated in OpenSSL 3 in favour of EVP. They are used all the
// same: an EVP digest allocates a context and looks its provider up for each hash, which costs more
// than hashing a small event does, and every event takes five short hashes.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "common/sha256.h"

#include <openssl/sha.h>

namespace spoor {
namespace {

static_assert(sizeof(SHA256_CTX) == 112 && alignof(SHA256_CTX) <= 8);

SHA256_CTX* context(std::array<uint8_t, 112>& state) {
  return reinterpret_cast<SHA256_CTX*>(state.data());
}

}  // namespace

Sha256::Sha256() { SHA256_Init(context(state_)); }

Sha256& Sha256::add(ByteView bytes) {
  SHA256_Update(context(state_), bytes.data(), bytes.size());
  return *this;
}

Hash Sha256::finish() {
  Hash out;
  SHA256_Final(out.data(), context(state_));
  SHA256_Init(context(state_));
  return out;
}

Hash sha256(ByteView bytes) { return Sha256().add(bytes).finish(); }

}  // namespace spoor
