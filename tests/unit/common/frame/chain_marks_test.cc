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

TEST(ChainMarks, KnowsWhichCameLast) {
  ChainMarks points;
  const Hash one{1}, two{2}, three{3};
  EXPECT_FALSE(points.came_before(one, two));
  points.add(one);
  EXPECT_FALSE(points.came_before(one, two));
  points.add(two);
  EXPECT_TRUE(points.came_before(one, two));
  EXPECT_FALSE(points.came_before(two, one));
  EXPECT_FALSE(points.came_before(one, one));
  EXPECT_FALSE(points.came_before(three, two));
  points.add(one);  // sent once more
  EXPECT_FALSE(points.came_before(one, two));
}

}  // namespace
}  // namespace spoor
