#include "collector/index/told_row.h"

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

EventField in(FieldType type, Telling telling, Number column, uint8_t part = 0) {
  return {1, type, telling, static_cast<uint8_t>(column), part, {}, {}};
}

TEST(ToldRow, ANumberThatIsNothingIsNotThere) {
  ToldRow told;
  const auto depth = in(FieldType::varint32, Telling::plus_one, Number::depth);
  const auto uid = in(FieldType::varint32, Telling::zero_too, Number::uid);
  EXPECT_FALSE(told.told(depth).is_there || told.told(uid).is_there);
  told.row[Number::depth] = told.row[Number::uid] = 1;
  EXPECT_TRUE(told.told(depth).is_there);
  EXPECT_EQ(told.told(depth).number, 0u);
  EXPECT_FALSE(told.told(uid).is_there);
}

TEST(ToldRow, BitsAndParts) {
  ToldRow told;
  told.row[Number::marks] = 1u << 4;
  EXPECT_TRUE(told.told(in(FieldType::flag, Telling::bit, Number::marks, 4)).is_there);
  EXPECT_FALSE(told.told(in(FieldType::flag, Telling::bit, Number::marks, 3)).is_there);
  told.row[Number::attribution] = 3 * 8 + 1;
  const auto of_why = [&](Telling part) {
    return told.told(in(FieldType::varint32, part, Number::attribution)).number;
  };
  EXPECT_EQ(of_why(Telling::basis), 3u);
  EXPECT_EQ(of_why(Telling::confidence), 1u);
  told.row[Number::incomplete] = 1u << 1 | 1u << 9;
  EXPECT_EQ(told.told(in(FieldType::bytes, Telling::bits, Number::incomplete)).text, "\x01\x09");
}

TEST(ToldRow, TimesThatAreTheEvents) {
  ToldRow told;
  told.row[Number::time_ms] = 1'700'000'000'123;
  told.row[Number::time_ns] = 456;
  const auto started = in(FieldType::fixed64, Telling::near_time, Number::started);
  EXPECT_EQ(told.told(started).number, 1'700'000'000'123'000'456u);
  told.row[Number::started] = 7;
  EXPECT_EQ(told.told(started).number, 7u);
}

TEST(ToldRow, AProcessIsCalledAsItsProgramUnlessTheRowSaysOtherwise) {
  ToldRow told;
  EXPECT_EQ(told.usual_comm(), "");
  told.row[Text::exe].text = "/usr/bin/a-name-that-is-long";
  EXPECT_EQ(told.usual_comm(), "a-name-that-is-");
  const EventField comm{7, FieldType::bytes, Telling::comm, static_cast<uint8_t>(Text::comm), 0,
                        {}, {}};
  EXPECT_EQ(told.told(comm).text, "a-name-that-is-");
  told.row[Text::comm].text = "worker";
  EXPECT_EQ(told.told(comm).text, "worker");
}

}  // namespace
}  // namespace spoor::collector
