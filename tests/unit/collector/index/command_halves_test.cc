#include "collector/index/command_halves.h"

#include <gtest/gtest.h>

#include "collector/blocks/command_pairs.h"
#include "tests/support/field_look.h"

namespace spoor::collector {
namespace {

Row half(uint64_t kind, uint64_t pid, uint64_t exec, uint64_t order) {
  Row out;
  out[Text::host].text = "web1";
  out[Text::session].text = "0123456789abcdef";
  out[Number::kind] = kind;
  out[Number::pid] = pid;
  out[Number::birth] = pid * 10;
  out[Number::exec] = exec;
  out[Number::order] = order;
  if (kind == kEndKind) out[Number::exit] = 3;
  return out;
}

TEST(LoneHalves, AreThoseWhoseOtherHalfIsNotThere) {
  std::vector<Row> rows{half(kStartKind, 1, 1, 1), half(kEndKind, 1, 1, 2),
                        half(kStartKind, 2, 1, 3),  // replaced
                        half(kStartKind, 2, 2, 4),  // runs still
                        half(kEndKind, 3, 5, 5),    // began elsewhere
                        half(kStartKind, 4, 1, 6),  // failed, and its process ended here
                        half(kEndKind, 4, 1, 7),
                        half(kStartKind, 5, 1, 8),  // runs here, and what failed is nothing
                        half(kStartKind, 5, 2, 9), half(kEndKind, 5, 1, 10),
                        half(kStartKind, 6, 1, 11),  // failed, and went on elsewhere
                        half(108, 7, 1, 12), half(kEndKind, 0, 1, 13), half(kEndKind, 8, 0, 14)};
  for (const size_t failed : {5, 8, 10}) rows[failed][Number::result] = kFailedResult;
  rows[4][Number::birth] = 0;
  const FieldLook look(rows);
  for (const RowTable* table : {&look.open(), &look.sealed()}) {
    const std::vector<CommandHalf> found = lone_halves(*table).value();
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].row, 3u);
    EXPECT_EQ(found[0].exec, 2u);
    EXPECT_FALSE(found[0].is_end || found[0].failed);
    EXPECT_TRUE(found[0].is_known_by_birth);
    EXPECT_EQ(found[1].row, 4u);
    EXPECT_TRUE(found[1].is_end);
    EXPECT_FALSE(found[1].is_known_by_birth);
    EXPECT_EQ(found[1].exit, 3u);
    EXPECT_EQ(found[2].row, 10u);
    EXPECT_TRUE(found[2].failed);
    EXPECT_NE(found[0].process, found[1].process);
  }
}

// The same process in two tables, whose texts have other numbers.
TEST(LoneHalves, AreCalledAlikeInEveryTable) {
  const FieldLook one({half(kStartKind, 7, 1, 1)});
  std::vector<Row> rows{half(kStartKind, 1, 1, 1), half(kEndKind, 7, 1, 2)};
  rows[0][Text::host].text = "db1";
  const FieldLook other(rows);
  EXPECT_EQ(lone_halves(one.sealed()).value()[0].process,
            lone_halves(other.open()).value()[1].process);
  rows[1][Text::session].text = "fedcba9876543210";
  EXPECT_NE(lone_halves(one.sealed()).value()[0].process,
            lone_halves(FieldLook(rows).open()).value()[1].process);
}

TEST(HalvesElsewhere, ComeBack) {
  HalvesElsewhere halves;
  halves.ends = {{7, 1, 0, {12, 4}}, {3, 0, 9, {5, 262'143}}, {262'143, 256, 0, {4'000'000, 0}}};
  halves.joined_ends = {9, 4, 262'143};
  halves.sort();
  EXPECT_EQ(halves.ends.front().start, 3u);
  HalvesElsewhere back;
  ASSERT_TRUE(decode_halves(encode_halves(halves), back).is_ok());
  EXPECT_EQ(back.ends, halves.ends);
  EXPECT_EQ(back.joined_ends, halves.joined_ends);
  EXPECT_TRUE(decode_halves(encode_halves({}), back).is_ok());
}

TEST(HalvesElsewhere, WhatIsNoneIsRefused) {
  HalvesElsewhere halves;
  halves.ends = {{7, 1, 0, {12, 4}}};
  halves.joined_ends = {9};
  const std::string text = encode_halves(halves);
  for (size_t size = 0; size < text.size(); ++size) {
    HalvesElsewhere back;
    EXPECT_EQ(decode_halves(std::string_view(text).substr(0, size), back).code(), Code::corrupt);
  }
  HalvesElsewhere back;
  EXPECT_EQ(decode_halves(text + "x", back).code(), Code::corrupt);
  halves.joined_ends = {kIndexBlockRowsMax};
  EXPECT_EQ(decode_halves(encode_halves(halves), back).code(), Code::corrupt);
  halves = {{{0, 0, 0, {1, kIndexBlockRowsMax}}}, {}};
  EXPECT_EQ(decode_halves(encode_halves(halves), back).code(), Code::corrupt);
}

}  // namespace
}  // namespace spoor::collector
