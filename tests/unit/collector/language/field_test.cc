#include "collector/language/field.h"

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

TEST(Field, NamesAndBack) {
  for (int i = 0; i <= static_cast<int>(Field::signal); ++i) {
    const auto field = static_cast<Field>(i);
    EXPECT_EQ(field_named(field_name(field)), field) << field_name(field);
  }
  EXPECT_EQ(field_name(Field::signal), "signal");
  EXPECT_EQ(shape_of(Field::addr), Shape::address);
  EXPECT_EQ(number_max(Field::exit), 255u);
  for (int i = 0; i < kKinds; ++i)
    EXPECT_EQ(kind_named(kind_name(static_cast<Kind>(i))), static_cast<Kind>(i));
  EXPECT_EQ(kind_name(Kind::operator_), "operator");
}

TEST(Field, TheNearestOfAWrongName) {
  EXPECT_EQ(nearest_field("usre"), std::nullopt);  // two apart, of four letters
  EXPECT_EQ(nearest_field("usr"), "user");
  EXPECT_EQ(nearest_field("sessions"), "session");
  EXPECT_EQ(nearest_field("untl"), "until");
  EXPECT_EQ(nearest_field("https"), std::nullopt);
  EXPECT_EQ(nearest_kind("netwrk"), "network");
}

}  // namespace
}  // namespace spoor::collector
