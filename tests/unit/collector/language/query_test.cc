#include "collector/language/query.h"

#include <gtest/gtest.h>

namespace spoor::collector {
namespace {

TEST(Query, Text) {
  Query query;
  EXPECT_EQ(query.to_text(), "");
  query.until_ns = 1'700'000'000'500'000'000;
  query.kinds.set();
  query.same_case = true;
  Expression part;
  part.test.value = Pattern::containing("a");
  Expression none{.kind = Expression::Kind::none, .test = {}, .parts = {part}};
  Expression number;
  number.test.field = Field::exit;
  number.test.value = NumberTest{Comparison::greater_or_equal, 3};
  query.where = Expression{.kind = Expression::Kind::any, .test = {}, .parts = {none, number}};
  EXPECT_EQ(query.to_text(),
            "until=2023-11-14T22:13:20.5Z kind=all case=yes (or (not cmd=\"*a*\") exit>=3)");
}

}  // namespace
}  // namespace spoor::collector
