#include "common/ed25519.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(Ed25519Test, WhatIsSignedIsKnownByThePublicKey) {
  const auto key = SigningKey::generate();
  ASSERT_TRUE(key.is_ok());
  const auto signature = key->sign(as_bytes("a commit"));
  ASSERT_TRUE(signature.is_ok());
  EXPECT_TRUE(is_signed_by(key->public_key(), as_bytes("a commit"), *signature));
  EXPECT_FALSE(is_signed_by(key->public_key(), as_bytes("a commiT"), *signature));
  const auto another = SigningKey::generate();
  EXPECT_FALSE(is_signed_by(another->public_key(), as_bytes("a commit"), *signature));
  Signature other = *signature;
  other[63] ^= 1;
  EXPECT_FALSE(is_signed_by(key->public_key(), as_bytes("a commit"), other));
}

// Of small order: zeros, or the key itself and zeros, verify for one message of four or so.
TEST(Ed25519Test, AKeyUnderWhichAnybodyCanSignIsNone) {
  for (const std::string_view hex :
       {"0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    const PublicKey key = *array_from_hex<32>(hex);
    for (int i = 0; i < 64; ++i) {
      const std::string message = std::to_string(i);
      Signature signature{};
      EXPECT_FALSE(is_signed_by(key, as_bytes(message), signature)) << hex;
      std::copy(key.begin(), key.end(), signature.begin());
      EXPECT_FALSE(is_signed_by(key, as_bytes(message), signature)) << hex;
      signature = {1};
      EXPECT_FALSE(is_signed_by(key, as_bytes(message), signature)) << hex;
    }
  }
}

TEST(Ed25519Test, ASignatureOfAnotherLengthIsNone) {
  const auto key = SigningKey::generate();
  const auto signature = key->sign({});
  ASSERT_TRUE(is_signed_by(key->public_key(), {}, *signature));
  EXPECT_FALSE(is_signed_by(key->public_key(), {}, ByteView(*signature).first(63)));
  EXPECT_FALSE(is_signed_by(key->public_key(), {}, {}));
}

// RFC 8032, section 7.1, test 2.
TEST(Ed25519Test, AgreesWithTheStandard) {
  const auto public_key =
      array_from_hex<32>("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const auto signature = array_from_hex<64>(
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_TRUE(is_signed_by(*public_key, as_bytes("\x72"), *signature));
}

TEST(Ed25519Test, AKeyComesBackFromItsFile) {
  const auto key = SigningKey::generate();
  const auto pem = key->to_pem();
  ASSERT_TRUE(pem.is_ok());
  const auto back = SigningKey::from_pem(*pem);
  ASSERT_TRUE(back.is_ok());
  EXPECT_EQ(back->public_key(), key->public_key());
}

TEST(Ed25519Test, WhatIsNoKeyIsRefused) {
  EXPECT_EQ(SigningKey::from_pem("").code(), Code::invalid);
  EXPECT_EQ(SigningKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
                .code(), Code::invalid);
  const std::string pem = SigningKey::generate()->to_pem().value();
  EXPECT_EQ(SigningKey::from_pem(pem.substr(0, pem.size() / 2)).code(), Code::invalid);
}

}  // namespace
}  // namespace spoor
