#include "common/frame/given_up.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

Hash chain_of(uint32_t n) {
  Hash chain{};
  std::memcpy(chain.data(), &n, sizeof n);
  return chain;
}

TEST(GivenUp, SaysWhatItSaid) {
  const Id stream{1, 2, 3};
  GivenUp marks;
  for (uint32_t i = 1; i <= 3; ++i) marks.add(chain_of(i));
  const GivenUp back = GivenUp::decode(marks.encode(stream), stream);
  for (uint32_t i = 1; i <= 3; ++i) EXPECT_TRUE(back.contains(chain_of(i)));
  EXPECT_FALSE(back.contains(chain_of(4)));
  EXPECT_FALSE(back.contains(chain_of(1u << 24)));  // no mark begins within another
}

TEST(GivenUp, AnothersFileSaysNothing) {
  GivenUp marks;
  marks.add(chain_of(1));
  const std::string file = marks.encode({1});
  EXPECT_FALSE(GivenUp::decode(file, {2}).contains(chain_of(1)));
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(GivenUp::decode(file.substr(0, size), {1}).contains(chain_of(1))) << size;
  }
}

TEST(GivenUp, KeepsTheOldestOfTooMany) {
  GivenUp marks;
  for (uint32_t i = 0; i < GivenUp::kMarksMax + 9; ++i) marks.add(chain_of(i));
  EXPECT_TRUE(marks.contains(chain_of(0)));
  EXPECT_FALSE(marks.contains(chain_of(GivenUp::kMarksMax)));
  EXPECT_EQ(marks.encode({}).size(), GivenUp::kFileBytesMax);
  EXPECT_TRUE(GivenUp::decode(marks.encode({}) + "more", {}).contains(chain_of(8191)));
}

}  // namespace
}  // namespace spoor
