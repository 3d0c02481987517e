// The low-level SHA256_* calls are deprecated in OpenSSL 3 in favour of EVP. They are used all the
// same: an EVP digest allocates a context and looks its provider up for each hash, which costs more
// than hashing a small event does, and every event takes eight short hashes.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "common/sha256.h"

#include <openssl/sha.h>

namespace spoor {
namespace {

static_assert(sizeof(SHA256_CTX) == 112 && alignof(SHA256_CTX) <= 8);

SHA256_CTX* context(std::array<uint8_t, 112>& state) {
  return reinterpret_cast<SHA256_CTX*>(state.data());
}

// RFC 2104: a key of more than one block is hashed first, then filled up with zeros.
std::array<uint8_t, SHA256_CBLOCK> key_block(ByteView key) {
  std::array<uint8_t, SHA256_CBLOCK> block{};
  if (key.size() > block.size()) {
    const Hash hashed = sha256(key);
    std::memcpy(block.data(), hashed.data(), hashed.size());
  } else if (!key.empty()) {
    std::memcpy(block.data(), key.data(), key.size());
  }
  return block;
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

HmacSha256::HmacSha256(ByteView key) {
  std::array<uint8_t, SHA256_CBLOCK> block = key_block(key);
  for (uint8_t& b : block) b ^= 0x36;
  inner_.add(block);
  for (uint8_t& b : block) b ^= 0x36 ^ 0x5c;
  outer_.add(block);
}

Hash HmacSha256::of(ByteView message) const {
  Sha256 inner = inner_;
  Sha256 outer = outer_;
  return outer.add(inner.add(message).finish()).finish();
}

Hash sha256(ByteView bytes) { return Sha256().add(bytes).finish(); }

Hash hmac_sha256(ByteView key, ByteView message) { return HmacSha256(key).of(message); }

}  // namespace spoor
