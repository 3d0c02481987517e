#include "common/frame/chain_marks.h"

#include <gtest/gtest.h>

namespace spoor {
namespace {

TEST(ChainMarks, KeepsTheLast) {
  ChainMarks points;
  const auto chain = [](size_t i) {
    Hash out{};
    std::memcpy(out.data(), &i, sizeof i);
    return out;
  };
  for (size_t i = 1; i < 3 * ChainMarks::kMarksMax + 7; ++i) {
    points.add(chain(i));
    EXPECT_TRUE(points.contains(chain(i)));
    EXPECT_FALSE(points.contains(chain(i + 1)));
    if (i > ChainMarks::kMarksMax) {
      EXPECT_TRUE(points.contains(chain(i + 1 - ChainMarks::kMarksMax)));
      EXPECT_FALSE(points.contains(chain(i - ChainMarks::kMarksMax)));
    }
    EXPECT_FALSE(points.contains(chain(i), 0));
    EXPECT_TRUE(points.contains(chain(i), 1));
    if (i > 3) {
      EXPECT_TRUE(points.contains(chain(i - 2), 3));
      EXPECT_FALSE(points.contains(chain(i - 3), 3));
    }
  }
}

}  // namespace
}  // namespace spoor
