#include "collector/index/distinct_count.h"

#include <gtest/gtest.h>

#include "collector/limits.h"

namespace spoor::collector {
namespace {

DistinctCount of_range(size_t from, size_t to) {
  DistinctCount out;
  for (size_t i = from; i < to; ++i) out.add(std::to_string(i));
  return out;
}

TEST(DistinctCount, ExactUpToItsBound) {
  EXPECT_EQ(DistinctCount{}.count(), 0u);
  DistinctCount twice = of_range(0, 100);
  twice.add(of_range(50, 150));
  EXPECT_EQ(twice.count(), 150u);
  EXPECT_TRUE(twice.is_exact());
  const DistinctCount full = of_range(0, kDistinctMax);
  EXPECT_EQ(full.count(), kDistinctMax);
  EXPECT_TRUE(full.is_exact());
}

TEST(DistinctCount, BeyondItsBoundItIsNear) {
  for (const size_t names : {kDistinctMax + 1, size_t{20'000}, size_t{200'000}}) {
    const DistinctCount many = of_range(0, names);
    EXPECT_FALSE(many.is_exact());
    EXPECT_NEAR(static_cast<double>(many.count()), static_cast<double>(names),
                static_cast<double>(names) * 0.05);
  }
}

// The parts overlap, none of them passes the bound by itself, and what they share counts once.
TEST(DistinctCount, ASumIsTheSameInAnyOrder) {
  const DistinctCount whole = of_range(0, 9000);
  const DistinctCount parts[] = {of_range(0, 3500), of_range(3000, 6500), of_range(6000, 9000)};
  DistinctCount forwards;
  for (const DistinctCount& part : parts) forwards.add(part);
  DistinctCount backwards = parts[2];
  DistinctCount first = parts[1];
  first.add(parts[0]);
  backwards.add(first);
  backwards.add(parts[1]);
  EXPECT_EQ(forwards, whole);
  EXPECT_EQ(backwards, whole);
}

TEST(DistinctCount, ComesBackFromWhatItKeeps) {
  DistinctCount count;
  for (size_t i = 0; i < kDistinctMax + 1; ++i) count.add(std::to_string(i));
  EXPECT_EQ(DistinctCount::of(count.least(), true), count);
  EXPECT_FALSE(DistinctCount::of({1, 2}, true));  // nobody left one out
  EXPECT_FALSE(DistinctCount::of({2, 1}, false));
  EXPECT_FALSE(DistinctCount::of({2, 2}, false));
  EXPECT_EQ(DistinctCount::of({1, 2}, false)->count(), 2u);
}

}  // namespace
}  // namespace spoor::collector
