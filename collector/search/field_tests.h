// One part of a query, `exit:!=0`, made for a table: what rows say of its field, by all columns
// that have values of it. One thread.
#pragma once

#include <memory>
#include <vector>

#include "collector/language/query.h"
#include "collector/search/field_test.h"

namespace spoor::collector {

class FieldTests {
 public:
  // Of a table that is not asked (`is_needed` not set) no text is looked at.
  static Result<FieldTests> make(const RowTable& table, const Outside& outside, const Test& test,
                                 bool same_case, bool is_needed);
  explicit FieldTests(std::unique_ptr<FieldTest> only) { tests_.push_back(std::move(only)); }

  AnswerSet can_answer(const RowTable& table, size_t page) const;
  // Of the rows from `begin` on.
  Status answer(const PageLook& look, size_t begin, std::span<Answer> answers);

 private:
  FieldTests() = default;

  std::vector<std::unique_ptr<FieldTest>> tests_;
  bool is_other_ = false;
};

// What a part costs, beside others: those that read little come first, and may leave nothing to do
// for the others.
int cost_of(Field field);

}  // namespace spoor::collector
