#include "collector/cli/trail_tree.h"

#include <gtest/gtest.h>

#include <set>

namespace spoor::cli {
namespace {

v1::TrailItem command(uint64_t number, uint64_t parent) {
  v1::TrailItem item;
  item.mutable_command()->set_number(number);
  item.mutable_command()->set_parent(parent);
  return item;
}

v1::TrailItem loss() {
  v1::TrailItem item;
  item.mutable_loss();
  return item;
}

v1::TrailItem doing(uint64_t of) {
  v1::TrailItem item;
  item.mutable_event()->set_command(of);
  return item;
}

// Each line as its stem and its item's index.
std::vector<std::string> drawn(const std::vector<v1::TrailItem>& items, size_t depth_max = 40) {
  std::vector<std::string> out;
  for (const TreeLine& line : tree_lines(items, depth_max)) {
    out.push_back(line.stem + std::to_string(line.item));
  }
  return out;
}

using Lines = std::vector<std::string>;

TEST(TrailTree, ChildrenStandUnderTheirParentEvenWhenTheyCameInterleaved) {
  EXPECT_EQ(drawn({command(1, 0), command(2, 1), command(3, 1), command(4, 2), command(5, 3)}),
            (Lines{"0", "├ 1", "│ └ 3", "└ 2", "  └ 4"}));
}

TEST(TrailTree, ALossStandsBeforeTheCommandThatFollowedIt) {
  EXPECT_EQ(drawn({command(1, 0), loss(), command(2, 1), loss(), command(3, 0), loss()}),
            (Lines{"0", "│ 1", "└ 2", "3", "4", "5"}));
}

// Also where another command started in between.
TEST(TrailTree, WhatACommandDidStandsUnderItInOrder) {
  EXPECT_EQ(drawn({command(1, 0), doing(1), command(2, 1), doing(2), command(3, 1), doing(2),
                   doing(1), doing(3)}),
            (Lines{"0", "│ 1", "├ 2", "│   3", "│   5", "└ 4", "    7", "  6"}));
  const auto lines = tree_lines({command(1, 0), doing(1)}, 40);
  EXPECT_EQ(lines[1].parent, 0U);
  EXPECT_EQ(lines[1].stem, "  ");
}

TEST(TrailTree, DoingsOfNobodyKnownKeepTheirPlace) {
  EXPECT_EQ(drawn({doing(1), command(1, 0), doing(7), command(2, 1), doing(0)}),
            (Lines{"0", "1", "2", "└ 3", "4"}));
}

TEST(TrailTree, DoingsOfDeepCommandsHaveAPlace) {
  std::vector<v1::TrailItem> items;
  for (uint64_t i = 1; i <= 8; ++i) {
    items.push_back(command(i, i - 1));
    items.push_back(doing(i));
  }
  const auto lines = tree_lines(items, 4);
  ASSERT_EQ(lines.size(), items.size());
  for (size_t i = 1; i < lines.size(); i += 2) {
    EXPECT_EQ(lines[i].parent, lines[i - 1].item);
    if (i > 9) {
      EXPECT_EQ(lines[i].stem, lines[9].stem);
    }
  }
}

TEST(TrailTree, TheSessionAndTheLagHaveNoLine) {
  v1::TrailItem session;
  session.mutable_session();
  v1::TrailItem lag;
  lag.mutable_lag();
  EXPECT_EQ(drawn({session, loss(), command(1, 0), lag}), (Lines{"1", "2"}));
  EXPECT_EQ(drawn({session, lag}), Lines{});
  EXPECT_EQ(drawn({}), Lines{});
}

TEST(TrailTree, ParentsThatCannotBeAreNone) {
  // Unknown, later, itself, each other, a number used twice: every command still has one line.
  const std::vector<v1::TrailItem> items = {command(1, 77), command(2, 3), command(3, 2),
                                            command(4, 4), command(1, 1), command(5, 1)};
  const std::vector<TreeLine> lines = tree_lines(items, 40);
  std::set<size_t> seen;
  for (const TreeLine& line : lines) seen.insert(line.item);
  EXPECT_EQ(lines.size(), items.size());
  EXPECT_EQ(seen.size(), items.size());
}

TEST(TrailTree, StemsLeadThroughLinesBetween) {
  const auto lines = tree_lines({command(1, 0), command(2, 1), command(3, 2), command(4, 1)}, 40);
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[1].above, "│ ");
  EXPECT_EQ(lines[1].below, "│ │ ");
  EXPECT_EQ(lines[2].above, "│ │ ");
  EXPECT_EQ(lines[2].below, "│   ");
  EXPECT_EQ(lines[2].parent, 1U);
  EXPECT_EQ(lines[0].parent, 0U);
  EXPECT_EQ(lines[3].below, "  ");
}

TEST(TrailTree, DeepOnesAreToldAsANumberAndCostLittle) {
  std::vector<v1::TrailItem> items;
  for (uint64_t i = 1; i <= 100'000; ++i) items.push_back(command(i, i - 1));
  const auto lines = tree_lines(items, 4);
  ASSERT_EQ(lines.size(), items.size());
  EXPECT_EQ(lines[4].stem, "      └ ");
  EXPECT_EQ(lines[5].stem, "        ⋯5 ");
  EXPECT_EQ(lines.back().stem, "        ⋯99999 ");
}

}  // namespace
}  // namespace spoor::cli
