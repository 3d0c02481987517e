#include "collector/identity/tls_key.h"

#include <openssl/evp.h>

#include "collector/identity/certificate.h"
#include "common/ed25519.h"

namespace spoor::collector {
namespace {

TEST(TlsKey, ComesBackFromItsPem) {
  const TlsKey key = TlsKey::generate().value();
  const TlsKey again = TlsKey::from_pem(key.to_pem().value()).value();
  EXPECT_EQ(EVP_PKEY_eq(key.get(), again.get()), 1);
  EXPECT_NE(EVP_PKEY_eq(key.get(), TlsKey::generate().value().get()), 1);
}

TEST(TlsKey, NoOtherKindIsTaken) {
  EXPECT_EQ(TlsKey::from_pem("").code(), Code::invalid);
  EXPECT_EQ(TlsKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n").code(), Code::invalid);
  EXPECT_EQ(TlsKey::from_pem(SigningKey::generate().value().to_pem().value()).code(),
            Code::invalid);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> larger(
      EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-384"), EVP_PKEY_free);
  EXPECT_FALSE(is_p256(larger.get()));
  EXPECT_FALSE(is_p256(nullptr));
}

}  // namespace
}  // namespace spoor::collector
