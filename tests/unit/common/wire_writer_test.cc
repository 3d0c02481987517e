#include "common/wire_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "spoor/v1/event.pb.h"

namespace spoor {
namespace {

TEST(WireWriter, NumbersAtEveryWidthAreWhatProtobufWrites) {
  for (int shift = 0; shift < 64; ++shift) {
    for (const uint64_t number : {1ull << shift, (1ull << shift) - 1, ~0ull >> shift}) {
      v1::Loss loss;
      loss.set_count(number);
      loss.set_from_ns(static_cast<int64_t>(number));
      WireWriter w;
      w.number(v1::Loss::kCountFieldNumber, number);
      w.fixed64(v1::Loss::kFromNsFieldNumber, number);
      EXPECT_EQ(w.view(), loss.SerializeAsString()) << number;
    }
  }
}

TEST(WireWriter, SignedNumbersAreZigzag) {
  for (const int32_t number : {1, -1, 63, 64, -64, -65, std::numeric_limits<int32_t>::max(),
                               std::numeric_limits<int32_t>::min()}) {
    v1::Outcome outcome;
    outcome.set_error(number);
    WireWriter w;
    w.zigzag(v1::Outcome::kErrorFieldNumber, number);
    EXPECT_EQ(w.view(), outcome.SerializeAsString()) << number;
  }
}

TEST(WireWriter, ZeroAndEmptyAreLeftOutUnlessTheyMeanSomething) {
  WireWriter w;
  w.number(1, 0);
  w.zigzag(1, 0);
  w.fixed32(1, 0);
  w.fixed64(1, uint64_t{0});
  w.bytes(1, "");
  EXPECT_EQ(w.view(), "");
  w.has_number(1, 0);
  w.has_bytes(2, "");
  w.message(3, [] {});
  EXPECT_EQ(w.view(), std::string_view("\x08\x00\x12\x00\x1a\x00", 6));
}

// Lengths on both sides of each width of their varint, in messages inside messages.
TEST(WireWriter, MessagesOfEveryLength) {
  for (const size_t size : {0, 1, 100, 119, 120, 121, 127, 128, 129, 16'370, 16'383, 16'384, 20'000,
                            2'097'151, 2'097'152}) {
    const std::string bytes(size, 'x');
    v1::EventText text;
    text.add_records()->set_text(bytes);
    text.add_records()->set_type(1300);
    WireWriter w;
    w.message(v1::EventText::kRecordsFieldNumber,
              [&] { w.bytes(v1::EventText::Record::kTextFieldNumber, bytes); });
    w.message(v1::EventText::kRecordsFieldNumber,
              [&] { w.number(v1::EventText::Record::kTypeFieldNumber, 1300); });
    EXPECT_EQ(w.view(), text.SerializeAsString()) << size;
    w.clear();
    EXPECT_EQ(w.view(), "");
  }
}

TEST(WireWriter, ValuesWithPresence) {
  WireWriter w;
  w.has_zigzag(v1::AuditField::kNumberFieldNumber, 0);
  v1::AuditField field;
  field.set_number(0);
  EXPECT_EQ(w.view(), field.SerializeAsString());
  w.clear();
  w.has_zigzag(v1::AuditField::kNumberFieldNumber, INT64_MIN);
  field.set_number(INT64_MIN);
  EXPECT_EQ(w.view(), field.SerializeAsString());
  w.clear();
  w.has_fixed64(v1::AuditField::kHexFieldNumber, 0);
  field.set_hex(0);
  EXPECT_EQ(w.view(), field.SerializeAsString());
  w.clear();
  w.has_fixed32(v1::AuditField::kIdFieldNumber, 0);
  field.set_id(0);
  EXPECT_EQ(w.view(), field.SerializeAsString());
}

TEST(WireWriter, WhatIsWrittenElsewhere) {
  WireWriter w;
  w.raw("");
  w.varint(0);
  w.varint(300);
  w.message(3, [&] { w.raw(std::string(200, 'x')); });
  std::string want("\x00\xac\x02\x1a\xc8\x01", 6);
  want.append(200, 'x');
  EXPECT_EQ(w.view(), want);
}

TEST(WireWriter, WhatIsNoUtf8IsWrittenOut) {
  WireWriter w;
  w.utf8(v1::AuditField::kNameFieldNumber, "gr\xc3\xbc\xc3\x9f");
  v1::AuditField field;
  field.set_name("gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(w.view(), field.SerializeAsString());
  w.clear();
  w.utf8(v1::AuditField::kNameFieldNumber, "a\xff\xc3(");
  field.set_name("a\\xff\\xc3(");
  EXPECT_EQ(w.view(), field.SerializeAsString());
}

}  // namespace
}  // namespace spoor
