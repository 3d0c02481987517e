#include "collector/log/segment_name.h"

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

TEST(SegmentNameTest, TextAndBack) {
  EXPECT_EQ((SegmentName{7, SegmentForm::plain}.text()), "00000000000000000007.log");
  EXPECT_EQ((SegmentName{7, SegmentForm::sealed}.text()), "00000000000000000007.sealed");
  EXPECT_EQ((SegmentName{7, SegmentForm::being_sealed}.text()), "00000000000000000007.sealed.new");
  for (const SegmentForm form :
       {SegmentForm::plain, SegmentForm::sealed, SegmentForm::being_sealed}) {
    const SegmentName name{UINT64_MAX, form};
    EXPECT_EQ(SegmentName::parse(name.text()), name);
  }
}

TEST(SegmentNameTest, WhatIsNoSegment) {
  for (const char* text :
       {"", ".log", "7.log", "0000000000000000007.log", "000000000000000000007.log",
        "0000000000000000000x.log", "+0000000000000000007.log", "00000000000000000000.log",
        "99999999999999999999.log", "00000000000000000007", "00000000000000000007.log.cut",
        "00000000000000000007.sealed.", "00000000000000000007.LOG"}) {
    EXPECT_EQ(SegmentName::parse(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace spoor::collector
