#include "collector/search/query_columns.h"

#include <gtest/gtest.h>

#include <set>

#include "spoor/v1/event.pb.h"

namespace spoor::collector {
namespace {

// Each kind of event there is, is of one kind of the language, and of no other.
TEST(QueryColumns, EveryEventIsOfOneKind) {
  std::multiset<int> told;
  for (int i = 0; i < kKinds; ++i) {
    for (const uint8_t number : event_kinds(static_cast<Kind>(i))) told.insert(number);
  }
  const auto& type = *v1::Event::descriptor();
  std::multiset<int> there;
  const auto& kinds = *type.FindOneofByName("kind");
  for (int i = 0; i < kinds.field_count(); ++i) there.insert(kinds.field(i)->number());
  EXPECT_EQ(told, there);
}

TEST(QueryColumns, FourFieldsAreMadeOfSeveralColumns) {
  size_t without = 0;
  for (int i = 0; i <= static_cast<int>(Field::signal); ++i) {
    const auto columns = query_columns(static_cast<Field>(i));
    without += columns.empty();
    for (const QueryColumn& column : columns) {
      if (const auto* text = std::get_if<Text>(&column.column)) {
        EXPECT_TRUE(is_searched(*text));
        EXPECT_TRUE(column.holds == QueryColumn::Holds::text || has_words(*text));
      }
    }
  }
  EXPECT_EQ(without, 4u);  // person, session, label, result
}

}  // namespace
}  // namespace spoor::collector
