#include "agent/correlate/path_items.h"

#include <algorithm>
#include <random>

namespace spoor::agent {
namespace {

PathFields add(AuditEvent& event, uint32_t item, const std::string& type, const std::string& name) {
  const auto put = [&](const std::string& bytes) {
    const Slice slice{static_cast<uint32_t>(event.values.size()),
                      static_cast<uint32_t>(bytes.size())};
    event.values += bytes;
    return slice;
  };
  PathFields path;
  path.item = item;
  path.nametype = put(type);
  if (name != "(null)") path.name = put(name);
  path.device = put("08:01");
  path.inode = 100 + item;
  event.paths.push_back(path);
  return path;
}

// A rename that takes the place of another file, as fs/namei.c tells it.
TEST(PathItems, EachByItsKindInWhateverOrder) {
  AuditEvent event;
  add(event, 0, "PARENT", "/a/");
  add(event, 1, "PARENT", "/b/");
  add(event, 2, "DELETE", "/a/x");
  add(event, 3, "DELETE", "/b/y");
  add(event, 4, "CREATE", "/b/y");
  add(event, 5, "NORMAL", "z");
  add(event, 6, "UNKNOWN", "(null)");
  std::mt19937 random(1);
  for (int i = 0; i < 50; ++i) {
    std::shuffle(event.paths.begin(), event.paths.end(), random);
    const PathItems items = path_items(event);
    EXPECT_EQ(items.parents[0]->item, 0u);
    EXPECT_EQ(items.parents[1]->item, 1u);
    EXPECT_EQ(items.removed->item, 2u);
    EXPECT_EQ(items.replaced->item, 3u);
    EXPECT_EQ(items.made->item, 4u);
    EXPECT_EQ(items.other->item, 5u);
    EXPECT_EQ(items.second_other->item, 6u);
    EXPECT_EQ(name_of(event, *items.other), "z");
    EXPECT_EQ(name_of(event, *items.second_other), "");
    EXPECT_EQ(id_of(event, *items.made).device, "08:01");
    EXPECT_EQ(id_of(event, *items.made).inode, 104u);
  }
  EXPECT_EQ(path_items(AuditEvent()).other, nullptr);
}

// renameat2(RENAME_EXCHANGE): each of two names goes, and is made.
TEST(PathItems, TwoNamesThatAreExchanged) {
  AuditEvent event;
  add(event, 2, "DELETE", "/a/x");
  add(event, 3, "DELETE", "/b/y");
  add(event, 4, "CREATE", "/b/y");
  add(event, 5, "CREATE", "/a/x");
  std::mt19937 random(1);
  for (int i = 0; i < 50; ++i) {
    std::shuffle(event.paths.begin(), event.paths.end(), random);
    const PathItems items = path_items(event);
    EXPECT_EQ(items.made->item, 4u);
    EXPECT_EQ(items.made_in_exchange->item, 5u);
    EXPECT_EQ(items.replaced->item, 3u);
  }
}

TEST(PathItems, WhatAParentIsCalled) {
  EXPECT_EQ(parent_name("x", "/cwd"), "/cwd");
  EXPECT_EQ(parent_name("x/", "/cwd"), "/cwd");
  EXPECT_EQ(parent_name("a/x", "/cwd"), "a/");
  EXPECT_EQ(parent_name("a/x//", "/cwd"), "a/");
  EXPECT_EQ(parent_name("/x", "/cwd"), "/");
  EXPECT_EQ(parent_name("/a/x", "/cwd"), "/a/");
  EXPECT_EQ(parent_name("", "/cwd"), "/cwd");
}

TEST(PathItems, KindsOfFiles) {
  PathFields path;
  path.mode = 0040755;
  EXPECT_TRUE(is_directory(path));
  EXPECT_FALSE(is_link(path));
  path.mode = 0120777;
  EXPECT_TRUE(is_link(path));
  path.mode = 0100644;
  EXPECT_FALSE(is_directory(path) || is_link(path));
}

}  // namespace
}  // namespace spoor::agent
