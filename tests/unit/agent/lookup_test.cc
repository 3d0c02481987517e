#include "agent/lookup.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

TEST(LookupTest, FirstTableIsThereAtOnceAndGivenOnce) {
  Lookup lookup;
  const auto names = lookup.take_names();
  ASSERT_NE(names, nullptr);
  EXPECT_EQ(names->at(0), "root");
  EXPECT_EQ(lookup.take_names(), nullptr);
}

}  // namespace
}  // namespace spoor::agent
