#include "collector/index/wire_fields.h"

#include <gtest/gtest.h>

#include "spoor/v1/event.pb.h"

namespace spoor::collector {
namespace {

TEST(WireFields, EachTypeWithItsValue) {
  v1::AuditField field;
  field.set_name("a1");
  field.set_hex(0xffff'0000'1111'2222);
  v1::CommandRef ref;
  ref.mutable_process()->set_pid(4711);
  ref.set_exec_number(300);
  const std::string wire = field.SerializeAsString() + ref.SerializeAsString();
  WireFields fields(wire);
  WireField at;
  ASSERT_TRUE(fields.next(at));
  EXPECT_EQ(at.number, 1u);
  EXPECT_EQ(at.type, WireType::bytes);
  EXPECT_EQ(at.bytes, "a1");
  EXPECT_EQ(at.whole, "\x0a\x02" "a1");
  ASSERT_TRUE(fields.next(at));
  EXPECT_EQ(at.type, WireType::fixed64);
  EXPECT_EQ(at.value, 0xffff'0000'1111'2222);
  EXPECT_TRUE(at.bytes.empty());
  ASSERT_TRUE(fields.next(at));
  WireFields process(at.bytes);
  WireField pid;
  ASSERT_TRUE(process.next(pid));
  EXPECT_EQ(pid.type, WireType::fixed32);
  EXPECT_EQ(pid.value, 4711u);
  ASSERT_TRUE(fields.next(at));
  EXPECT_EQ(at.type, WireType::varint);
  EXPECT_EQ(at.value, 300u);
  EXPECT_FALSE(fields.next(at));
  EXPECT_TRUE(fields.is_ok());
}

TEST(WireFields, AGroupIsOneField) {
  std::string wire;
  append_tag(wire, 7, WireType::group_begin);
  append_tag(wire, 8, WireType::group_begin);
  append_tag(wire, 8, WireType::group_end);
  append_tag(wire, 7, WireType::group_end);
  WireFields fields(wire);
  WireField at;
  ASSERT_TRUE(fields.next(at));
  EXPECT_EQ(at.number, 7u);
  EXPECT_EQ(at.whole, wire);
  EXPECT_FALSE(fields.next(at));
  EXPECT_TRUE(fields.is_ok());
}

TEST(WireFields, WhatIsNoFieldEndsThem) {
  std::string deep;  // groups without an end
  for (int i = 0; i < 100'000; ++i) append_tag(deep, 1, WireType::group_begin);
  for (const std::string& wire :
       {std::string("\x08"), std::string("\x0a\x05" "abc"), std::string("\x09\x01\x02"),
        std::string("\x07"), std::string("\x00\x01", 2), std::string("\x0c"),
        std::string(11, '\xff'), std::string("\x0b\x14"), deep}) {
    WireFields fields(wire);
    WireField at;
    EXPECT_FALSE(fields.next(at));
    EXPECT_FALSE(fields.is_ok());
    EXPECT_FALSE(fields.next(at));
  }
}

TEST(WireFields, SaysWhereANumberIsLongerThanItNeeds) {
  const auto is_plain = [](std::string_view wire) {
    WireFields fields(wire);
    for (WireField at; fields.next(at);) continue;
    EXPECT_TRUE(fields.is_ok());
    return fields.is_plain();
  };
  EXPECT_TRUE(is_plain(std::string_view("\x08\x00\x08\x80\x01", 5)));
  EXPECT_TRUE(is_plain("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
  EXPECT_FALSE(is_plain(std::string_view("\x08\x80\x00", 3)));
  EXPECT_FALSE(is_plain(std::string_view("\x88\x00\x01", 3)));
  EXPECT_FALSE(is_plain(std::string_view("\x0a\x80\x00", 3)));
  EXPECT_FALSE(is_plain("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x03"));
  EXPECT_FALSE(is_plain("\x0b\x0c"));
}

}  // namespace
}  // namespace spoor::collector
