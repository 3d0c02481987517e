#include "collector/index/open_commands.h"

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

using End = OpenCommands::End;

TEST(OpenCommands, AnEndIsKnownOnceItsCommandIs) {
  OpenCommands open;
  EXPECT_TRUE(open.start({1, 5}).empty());
  EXPECT_EQ(open.running(), 1u);
  EXPECT_TRUE(open.end({1, 6}, {true, true}).empty());  // the same pid, another process
  EXPECT_EQ(open.end({1, 5}, {false, true}), (std::vector<End>{{false, true}}));
  EXPECT_EQ(open.running(), 0u);
  EXPECT_EQ(open.start({1, 6}), (std::vector<End>{{true, true}}));
  EXPECT_EQ(open.running(), 0u);
}

TEST(OpenCommands, PartsMeet) {
  OpenCommands starts, ends;
  for (uint32_t pid = 1; pid <= 3; ++pid) starts.start({pid, pid});
  for (uint32_t pid = 2; pid <= 5; ++pid) ends.end({pid, pid}, {pid == 3, true});
  OpenCommands one = starts;
  OpenCommands other = ends;
  EXPECT_EQ(one.add(ends), (std::vector<End>{{false, true}, {true, true}}));
  EXPECT_EQ(other.add(starts), (std::vector<End>{{false, true}, {true, true}}));
  EXPECT_EQ(one, other);
  EXPECT_EQ(one.running(), 1u);
}

}  // namespace
}  // namespace spoor::collector
