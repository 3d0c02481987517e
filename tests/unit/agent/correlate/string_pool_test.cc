#include "agent/correlate/string_pool.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

TEST(StringPool, EachTextOnceWhileItHasAnOwner) {
  StringPool pool(10'000);
  const uint32_t bash = pool.take("/bin/bash");
  EXPECT_EQ(pool.take("/bin/bash"), bash);
  EXPECT_EQ(pool.share(bash), bash);
  const uint32_t ls = pool.take("/bin/ls");
  EXPECT_NE(ls, bash);
  pool.give_back(bash);
  pool.give_back(bash);
  EXPECT_EQ(pool.text(bash), "/bin/bash");
  pool.give_back(bash);
  EXPECT_EQ(pool.size(), 1u);
  EXPECT_EQ(pool.text(ls), "/bin/ls");
  EXPECT_EQ(pool.take("/bin/cat"), bash) << "a number is used again";
}

TEST(StringPool, NothingIsNumberZero) {
  StringPool pool(10'000);
  EXPECT_EQ(pool.take(""), 0u);
  EXPECT_EQ(pool.share(0), 0u);
  pool.give_back(0);
  EXPECT_EQ(pool.text(0), "");
}

TEST(StringPool, WhatFindsNoRoomIsNotKept) {
  StringPool pool(1000);
  const uint32_t kept = pool.take("kept");
  EXPECT_EQ(pool.take(std::string(1000, 'x')), 0u);
  size_t added = 0;
  while (pool.take(std::to_string(added)) != 0) ++added;
  EXPECT_LT(added, 100u);
  EXPECT_LE(pool.bytes(), 1000u);
  EXPECT_EQ(pool.take("kept"), kept) << "it is there already";
  pool.give_back(pool.take("0"));
  pool.give_back(pool.take("0"));
  pool.give_back(kept);
  pool.give_back(kept);
  EXPECT_NE(pool.take("new"), 0u) << "there is room again";
}

TEST(StringPool, TextsStayWhereTheyAre) {
  StringPool pool(1u << 20);
  const std::string_view first = pool.text(pool.take("a"));
  for (int i = 0; i < 1000; ++i) pool.take(std::to_string(i));
  EXPECT_EQ(first, "a");
  EXPECT_EQ(pool.text(1), "a");
}

}  // namespace
}  // namespace spoor::agent
