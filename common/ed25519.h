// Ed25519 (RFC 8032): with it the log signs its commits, and a host's agent its checkpoints.
// OpenSSL's EVP does the work (EVP_PKEY-ED25519(7)). Pure functions and values; any thread.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "common/bytes.h"
#include "common/result.h"

struct evp_pkey_st;

namespace spoor {

using PublicKey = std::array<uint8_t, 32>;
using Signature = std::array<uint8_t, 64>;

// A private key. Whoever holds it can speak as its owner: keep files of it at mode 0600.
class SigningKey {
 public:
  static Result<SigningKey> generate();
  // PKCS#8 PEM, unencrypted; `invalid` for anything else.
  static Result<SigningKey> from_pem(std::string_view pem);

  Result<std::string> to_pem() const;
  const PublicKey& public_key() const { return public_key_; }
  Result<Signature> sign(ByteView message) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  explicit SigningKey(evp_pkey_st* key) : key_(key) {}
  Status find_public_key();

  std::unique_ptr<evp_pkey_st, Free> key_;
  PublicKey public_key_{};
};

// Whether `signature` (any length; only 64 bytes can be one) is that key's over `message`.
bool is_signed_by(const PublicKey& key, ByteView message, ByteView signature);

}  // namespace spoor
