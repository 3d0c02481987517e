#include "common/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace spoor {
namespace {

Result<std::unique_ptr<int>> make(int value) {
  if (value < 0) return invalid("negative");
  return std::make_unique<int>(value);
}

Result<int> doubled(int value) {
  ASSIGN_OR_RETURN(const std::unique_ptr<int> made, make(value));
  return *made * 2;
}

Status only_even(int value) {
  RETURN_IF_ERROR(make(value).status());
  return value % 2 == 0 ? ok() : full("odd");
}

TEST(Status, OkAndFailure) {
  EXPECT_TRUE(ok().is_ok());
  EXPECT_TRUE(ok().with_context("x").is_ok());
  const Status s = corrupt("bad byte").with_context("opening");
  EXPECT_EQ(s.code(), Code::corrupt);
  EXPECT_EQ(s.message(), "opening: bad byte");
}

TEST(Result, CarriesAValueOrAFailure) {
  EXPECT_EQ(*doubled(4), 8);
  EXPECT_TRUE(doubled(4).status().is_ok());
  EXPECT_EQ(doubled(-1).code(), Code::invalid);
  EXPECT_EQ(doubled(-1).status().message(), "negative");
  EXPECT_EQ(only_even(-2).code(), Code::invalid);
  EXPECT_EQ(only_even(3).code(), Code::full);
  EXPECT_TRUE(only_even(2).is_ok());
}

TEST(Result, AnOkStatusIsNoFailure) { EXPECT_DEATH((void)Result<int>(ok()), "is_ok"); }

TEST(Status, ErrnoNamesTheNextStep) {
  EXPECT_EQ(from_errno(ENOENT, "x").code(), Code::not_found);
  EXPECT_EQ(from_errno(EACCES, "x").code(), Code::denied);
  EXPECT_EQ(from_errno(EPERM, "x").code(), Code::denied);
  EXPECT_EQ(from_errno(ENOSPC, "x").code(), Code::full);
  EXPECT_EQ(from_errno(EDQUOT, "x").code(), Code::full);
  EXPECT_EQ(from_errno(EIO, "x").code(), Code::unavailable);
  EXPECT_EQ(from_errno(EBADF, "x").code(), Code::internal);
  EXPECT_EQ(from_errno(ENOENT, "open /x").message(), "open /x: No such file or directory");
}

TEST(Status, EveryCodeHasItsName) {
  EXPECT_STREQ(code_name(Code::ok), "ok");
  EXPECT_STREQ(code_name(Code::invalid), "invalid");
  EXPECT_STREQ(code_name(Code::not_found), "not_found");
  EXPECT_STREQ(code_name(Code::denied), "denied");
  EXPECT_STREQ(code_name(Code::full), "full");
  EXPECT_STREQ(code_name(Code::corrupt), "corrupt");
  EXPECT_STREQ(code_name(Code::unavailable), "unavailable");
  EXPECT_STREQ(code_name(Code::internal), "internal");
}

}  // namespace
}  // namespace spoor
