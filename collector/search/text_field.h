// What rows say in a column of texts. The texts are looked through once, when the test is made;
// of a row only the number is looked at, but for texts that were cut. One thread.
#pragma once

#include <memory>
#include <string>

#include "collector/language/query.h"
#include "collector/search/field_test.h"

namespace spoor::collector {

// Like `test`, which is taken to be like nothing where `is_needed` is not set: nobody will ask, so
// that no text need be looked at.
Result<std::unique_ptr<FieldTest>> text_field(const RowTable& table, Text column,
                                              const TextTest& test, bool is_needed);

// The labels of the row's host.
Result<std::unique_ptr<FieldTest>> label_field(const RowTable& table, const Outside& outside,
                                               const LabelTest& test, bool same_case);

}  // namespace spoor::collector
