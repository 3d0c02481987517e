#include "common/merkle.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/sha256.h"

namespace spoor {
namespace {

Hash leaf(const std::string& hex_bytes) {
  return sha256(as_bytes(std::string(1, '\0') + *from_hex(hex_bytes)));
}

// RFC 6962 section 2.1 word by word.
Hash root_by_the_book(std::span<const Hash> leaves) {
  if (leaves.empty()) return sha256({});
  if (leaves.size() == 1) return leaves[0];
  size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  return Sha256()
      .add("\x01")
      .add(root_by_the_book(leaves.first(split)))
      .add(root_by_the_book(leaves.subspan(split)))
      .finish();
}

// The roots that Certificate Transparency's implementations test with.
TEST(Merkle, KnownAnswers) {
  const std::vector<Hash> leaves = {
      leaf(""),         leaf("00"),
      leaf("10"),       leaf("2021"),
      leaf("3031"),     leaf("40414243"),
      leaf("5051525354555657"), leaf("606162636465666768696a6b6c6d6e6f")};
  const auto root = [&](size_t n) { return to_hex(merkle_root(std::span(leaves).first(n))); };
  EXPECT_EQ(root(0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(root(1), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(root(3), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
  EXPECT_EQ(root(7), "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c");
  EXPECT_EQ(root(8), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

TEST(Merkle, EverySizeIsAsTheBookSays) {
  std::vector<Hash> leaves;
  for (int i = 0; i < 70; ++i) {
    ASSERT_EQ(merkle_root(leaves), root_by_the_book(leaves)) << i;
    leaves.push_back(sha256(as_bytes(std::to_string(i))));
  }
}

}  // namespace
}  // namespace spoor
