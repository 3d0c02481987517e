#include "agent/source/log_place.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

TEST(LogPlaceTest, ComesBackFromItsText) {
  LogPlace place;
  place.device = UINT64_MAX;
  place.inode = UINT64_MAX;
  place.offset = uint64_t{1} << 62;
  place.mark = UINT32_MAX;
  place.in_cut_line = true;
  place.modified_ns = INT64_MIN;
  EXPECT_LE(place.text().size(), kLogCursorBytesMax);
  const auto back = LogPlace::parse(place.text());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->text(), place.text());
  EXPECT_EQ(back->offset, place.offset);
  EXPECT_TRUE(back->in_cut_line);
}

TEST(LogPlaceTest, WhatIsNotOursIsNone) {
  EXPECT_TRUE(LogPlace::parse("file1 1 2 3 4 0 5"));
  for (const char* bad : {"", "file1", "s=1;i=2", "file1 1 2 3 4 0", "file1 1 2 3 4 0 5 6",
                          "file1 1 2 3 4 2 5", "file1 1 2 -3 4 0 5", "file1 1 2 3 4294967296 0 5",
                          "file1 1 2 9223372036854775807 4 0 5", "file2 1 2 3 4 0 5"}) {
    EXPECT_FALSE(LogPlace::parse(bad)) << bad;
  }
}

TEST(LogPlaceTest, MarkIsOverTheLastBytes) {
  const std::string end(LogPlace::kMarkBytes, 'x');
  EXPECT_EQ(LogPlace::mark_of("a" + end), LogPlace::mark_of(end));
  EXPECT_NE(LogPlace::mark_of(end + "a"), LogPlace::mark_of(end));
  EXPECT_NE(LogPlace::mark_of("a"), LogPlace::mark_of("b"));
}

}  // namespace
}  // namespace spoor::agent
