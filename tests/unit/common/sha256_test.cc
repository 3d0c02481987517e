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

}  // namespace
}  // namespace spoor
