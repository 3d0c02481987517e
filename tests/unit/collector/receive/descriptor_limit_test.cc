#include "collector/receive/descriptor_limit.h"

#include <sys/resource.h>

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

TEST(DescriptorLimit, RaisesAsFarAsItMayAndNeverLowers) {
  rlimit found{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &found), 0);
  const rlimit low{256, found.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_descriptor_limit(300), 300u);
  EXPECT_EQ(raise_descriptor_limit(100), 300u);
  EXPECT_EQ(raise_descriptor_limit(found.rlim_max + 1), found.rlim_max);
  rlimit now{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &now), 0);
  EXPECT_EQ(now.rlim_cur, found.rlim_max);
  EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &found), 0);
}

}  // namespace
}  // namespace spoor::collector
