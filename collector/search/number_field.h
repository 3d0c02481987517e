// What rows say in a column of numbers. One thread.
#pragma once

#include <memory>

#include "collector/language/query.h"
#include "collector/search/field_test.h"
#include "collector/search/number_set.h"

namespace spoor::collector {

// `plus_one`: of the column, in which 0 is nothing either way.
std::unique_ptr<FieldTest> number_field(Number column, bool plus_one, const NumberTest& test);

// Its digits, as a text that a pattern may be like.
std::unique_ptr<FieldTest> decimal_field(Number column, bool plus_one, const Pattern& pattern);

// `ok` or `failed`: of several columns, by what the event is.
std::unique_ptr<FieldTest> result_field(ResultTest test);

// What kind of event it is.
std::unique_ptr<FieldTest> kind_field(Kinds kinds);

}  // namespace spoor::collector
