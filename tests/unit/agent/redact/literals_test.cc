#include "agent/redact/literals.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

RuleBits found_in(const Literals& literals, std::string_view text) {
  RuleBits found;
  const bool any = literals.find(text, found);
  EXPECT_EQ(any, found.any());
  return found;
}

TEST(LiteralsTest, AreFoundAnywhereInAnyCase) {
  const Literals literals({{"ghp_", 1, false}, {"PASSWORD", 2, false}, {"pas", 3, false}});
  EXPECT_EQ(found_in(literals, "x ghp_y").count(), 1u);
  EXPECT_TRUE(found_in(literals, "db_password=1").test(2));
  EXPECT_TRUE(found_in(literals, "Pas").test(3));
  EXPECT_TRUE(found_in(literals, "a literal at the end: ghp_").test(1));
  for (const char* none : {"", "p", "pa", "gh", "ghp", "GHP-", "p@ssword"}) {
    EXPECT_TRUE(found_in(literals, none).none()) << none;
  }
}

TEST(LiteralsTest, WhatBeginsOrEndsAlikeIsToldApart) {
  const Literals literals({{"Password", 1, false}, {"passwd", 2, false}, {"pass wOrd", 3, false},
                           {"a@b]", 4, false}});
  EXPECT_EQ(found_in(literals, "PASSWORD").to_ulong(), 1u << 1);
  EXPECT_EQ(found_in(literals, "passWD").to_ulong(), 1u << 2);
  EXPECT_EQ(found_in(literals, "Pass Word").to_ulong(), 1u << 3);
  EXPECT_EQ(found_in(literals, "A@B]").to_ulong(), 1u << 4);
  // Of letters alone upper and lower case are the same.
  for (const char* none : {"passeord", "passord", "pass_word", "a`b]", "a@b}"}) {
    EXPECT_TRUE(found_in(literals, none).none()) << none;
  }
}

TEST(LiteralsTest, AProgramIsNoPartOfAnotherName) {
  const Literals literals({{"aws", 7, true}});
  for (const char* there : {"aws", "/usr/bin/aws", "sudo aws s3", "'aws'", "x;aws"}) {
    EXPECT_TRUE(found_in(literals, there).test(7)) << there;
  }
  for (const char* none : {"laws", "awsome", "aws-cli", "my.aws", "aws_x"}) {
    EXPECT_TRUE(found_in(literals, none).none()) << none;
  }
}

TEST(LiteralsTest, TheFirstOfTheWantedRules) {
  const Literals literals({{"one", 1, false}, {"two", 2, false}});
  RuleBits wanted;
  wanted.set(2);
  EXPECT_EQ(literals.first("one two two", wanted), 4u);
  EXPECT_EQ(literals.first("one", wanted), std::string_view::npos);
}

}  // namespace
}  // namespace spoor::agent
