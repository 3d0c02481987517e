#include "collector/index/event_fields.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "spoor/v1/event.pb.h"

namespace spoor::collector {
namespace {

using Field = google::protobuf::FieldDescriptor;

FieldType type_of(const Field& field) {
  switch (field.type()) {
    case Field::TYPE_UINT32: return FieldType::varint32;
    case Field::TYPE_UINT64:
    case Field::TYPE_SINT64: return FieldType::varint64;
    case Field::TYPE_SINT32: return FieldType::zigzag;
    case Field::TYPE_BOOL: return FieldType::flag;
    case Field::TYPE_FIXED32: return FieldType::fixed32;
    case Field::TYPE_FIXED64:
    case Field::TYPE_SFIXED64: return FieldType::fixed64;
    case Field::TYPE_STRING: return FieldType::string;
    case Field::TYPE_MESSAGE: return FieldType::message;
    case Field::TYPE_ENUM: return field.is_repeated() ? FieldType::bytes : FieldType::varint32;
    default: return FieldType::bytes;
  }
}

// Calls `use` with each field of the table and what the schema says of it.
template <typename Use>
void for_each_field(EventFields fields, const google::protobuf::Descriptor& type, const Use& use) {
  for (const EventField& field : fields) {
    const Field* const schema = type.FindFieldByNumber(static_cast<int>(field.number));
    ASSERT_NE(schema, nullptr) << type.full_name() << " " << field.number;
    use(field, *schema);
    if (field.type != FieldType::message) continue;
    for_each_field(field.first, *schema->message_type(), use);
    for_each_field(field.later, *schema->message_type(), use);
  }
}

TEST(EventFields, AreThoseOfTheSchema) {
  size_t count = 0;
  for_each_field(event_fields(), *v1::Event::descriptor(),
                 [&](const EventField& field, const Field& schema) {
                   EXPECT_EQ(field.type, type_of(schema)) << schema.full_name();
                   const bool is_list = field.telling == Telling::words ||
                                        field.telling == Telling::bits ||
                                        field.type == FieldType::message;
                   EXPECT_TRUE(is_list || !schema.is_repeated()) << schema.full_name();
                   EXPECT_TRUE(schema.is_repeated() || field.later.size == 0) << schema.full_name();
                   ++count;
                 });
  EXPECT_GT(count, 200u);
}

// What is left of an event whose rest is left to the log is at least of which kind it is.
TEST(EventFields, HaveEveryKind) {
  const auto& kinds = *v1::Event::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < kinds.field_count(); ++i) {
    const auto number = static_cast<uint32_t>(kinds.field(i)->number());
    const bool is_there = std::ranges::any_of(
        event_fields(), [&](const EventField& field) { return field.number == number; });
    EXPECT_TRUE(is_there) << kinds.field(i)->name();
  }
}

void expect_ascending(EventFields fields) {
  EXPECT_LE(fields.size, 64u);
  for (size_t i = 0; i < fields.size; ++i) {
    if (i > 0) {
      EXPECT_LT(fields.fields[i - 1].number, fields.fields[i].number);
    }
    expect_ascending(fields.fields[i].first);
    expect_ascending(fields.fields[i].later);
  }
}

TEST(EventFields, AscendAndFitAMask) { expect_ascending(event_fields()); }

// A field that is there as 0 cannot be told from one that is not, but by one more. Such a column
// is nobody else's, so that `rest` need not say that the field is not there.
TEST(EventFields, WhatCanBeThereAsNothingHasAColumnOfItsOwn) {
  std::map<uint8_t, std::set<std::string>> columns;
  std::set<uint8_t> with_presence;
  for_each_field(event_fields(), *v1::Event::descriptor(),
                 [&](const EventField& field, const Field& schema) {
                   if (is_text(field.type) || field.type == FieldType::message) return;
                   if (field.telling == Telling::value || field.telling == Telling::call_value ||
                       field.telling == Telling::words_count) {
                     return;
                   }
                   columns[field.column].insert(schema.containing_type()->full_name());
                   if (field.telling != Telling::plus_one) return;
                   EXPECT_TRUE(schema.has_presence()) << schema.full_name();
                   with_presence.insert(field.column);
                 });
  EXPECT_EQ(with_presence.size(), 3u);
  for (const uint8_t column : with_presence) {
    // ProcessEnded and ShellLine are two kinds.
    EXPECT_LE(columns[column].size(), column == column_number(Number::exit) ? 2u : 1u);
  }
}

TEST(EventFields, AreFoundInAnyOrder) {
  FieldCursor cursor(event_fields());
  const auto find = [&](uint32_t number, WireType type) {
    WireField field;
    field.number = number;
    field.type = type;
    return cursor.find(field);
  };
  EXPECT_EQ(find(1, WireType::varint), 0u);
  EXPECT_EQ(find(2, WireType::fixed64), 1u);
  const size_t last = find(125, WireType::bytes);
  EXPECT_EQ(last, event_fields().size - 1);
  EXPECT_EQ(find(126, WireType::bytes), event_fields().size);
  EXPECT_EQ(find(2, WireType::fixed64), 1u);
  EXPECT_EQ(find(2, WireType::varint), event_fields().size);
  EXPECT_EQ(find(1, WireType::varint), 0u);
}

}  // namespace
}  // namespace spoor::collector
