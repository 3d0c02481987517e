#include "agent/redact/typed_view.h"

#include <gtest/gtest.h>

namespace spoor::agent {
namespace {

TEST(TypedViewTest, WhatWasTakenBackIsGone) {
  EXPECT_EQ(TypedView("mysl\x7fql").bytes(), "mysql");
  EXPECT_EQ(TypedView("abc\b\b\b\b\bx").bytes(), "x");
  EXPECT_EQ(TypedView("one two\x17three").bytes(), "one three");
  EXPECT_EQ(TypedView("a\u00e4\u20ac\x7f\x7f" "b").bytes(), "ab") << "whole characters";
  EXPECT_EQ(TypedView("a\x80\x80\x80\x80\x80\x7f").bytes(), "a\x80") << "and what is none";
  EXPECT_EQ(TypedView("one two\x15x\r").bytes(), "x\n");
  EXPECT_EQ(TypedView("a\r\x7f\x15" "b").bytes(), "a\nb") << "not over the line before";
  EXPECT_EQ(TypedView("a\x1b[Db\x1bOCc\x1b[1;5Dd\x1bx" "e").bytes(), "abcde");
  EXPECT_EQ(TypedView("a\x1b").bytes(), "a");
  EXPECT_EQ(TypedView("a\x1b[").bytes(), "a");
}

TEST(TypedViewTest, WhatWasTypedForApart) {
  const TypedView view("-pwrong\x7f\x7f\x7f\x7f\x7fright\x1b[D\r");
  ASSERT_EQ(view.bytes(), "-pright\n");
  EXPECT_EQ(view.typed(2, 7), (std::pair<size_t, size_t>{2, 20})) << "with its mistakes";
  EXPECT_EQ(view.typed(0, 2), (std::pair<size_t, size_t>{0, 12}));
  EXPECT_EQ(view.typed(0, 8), (std::pair<size_t, size_t>{0, 21}));
}

}  // namespace
}  // namespace spoor::agent
