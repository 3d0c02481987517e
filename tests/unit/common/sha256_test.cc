#include "common/sha256.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

std::string hex(const Hash& hash) { return to_hex(hash); }

// FIPS 180-4's own examples.
TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string million(1'000'000, 'a');
  EXPECT_EQ(hex(sha256(as_bytes(million))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesAreTheWholeAndTheObjectStartsAnew) {
  Sha256 hasher;
  EXPECT_EQ(hasher.add("a").add("").add(as_bytes("bc")).finish(), sha256(as_bytes("abc")));
  EXPECT_EQ(hasher.add("abc").finish(), sha256(as_bytes("abc")));
}

TEST(Sha256, ACopyGoesItsOwnWay) {
  Sha256 first;
  first.add("ab");
  Sha256 second = first;
  EXPECT_EQ(first.add("c").finish(), sha256(as_bytes("abc")));
  EXPECT_EQ(second.add("d").finish(), sha256(as_bytes("abd")));
}

// RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
TEST(HmacSha256, KnownAnswers) {
  EXPECT_EQ(hex(hmac_sha256(as_bytes(std::string(20, '\x0b')), as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(as_bytes(std::string(131, '\xaa')),
                            as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacSha256, OneKeyManyMessages) {
  const HmacSha256 hmac(as_bytes("Jefe"));
  EXPECT_EQ(hmac.of(as_bytes("one")), hmac_sha256(as_bytes("Jefe"), as_bytes("one")));
  EXPECT_EQ(hmac.of(as_bytes("two")), hmac_sha256(as_bytes("Jefe"), as_bytes("two")));
  EXPECT_EQ(hmac_sha256({}, {}), HmacSha256({}).of({}));
}

}  // namespace
}  // namespace spoor
