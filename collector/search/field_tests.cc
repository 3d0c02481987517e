#include "collector/search/field_tests.h"

#include "collector/search/number_field.h"
#include "collector/search/query_columns.h"
#include "collector/search/session_field.h"
#include "collector/search/text_field.h"

namespace spoor::collector {

namespace {

// What is in one column.
Result<std::unique_ptr<FieldTest>> column_field(const RowTable& table, const QueryColumn& column,
                                                const Test& test, bool same_case, bool is_needed) {
  using enum QueryColumn::Holds;
  if (const auto* number_column = std::get_if<Number>(&column.column)) {
    const bool is_plus_one = column.holds == plus_one;
    if (const auto* number = std::get_if<NumberTest>(&test.value)) {
      return number_field(*number_column, is_plus_one, *number);
    }
    return decimal_field(*number_column, is_plus_one, std::get<Pattern>(test.value));
  }
  TextTest wanted;
  wanted.same_case = same_case;
  wanted.of_words = column.holds != text;
  wanted.skips_empty = column.holds == names;
  if (const auto* network = std::get_if<Network>(&test.value)) {
    wanted.network = *network;
  } else {
    wanted.pattern = std::get<Pattern>(test.value);
  }
  return text_field(table, std::get<Text>(column.column), wanted, is_needed);
}

}  // namespace

Result<FieldTests> FieldTests::make(const RowTable& table, const Outside& outside,
                                    const Test& test, bool same_case, bool is_needed) {
  FieldTests out;
  out.is_other_ = test.is_other;
  for (const QueryColumn& column : query_columns(test.field)) {
    ASSIGN_OR_RETURN(auto field, column_field(table, column, test, same_case, is_needed));
    out.tests_.push_back(std::move(field));
  }
  if (test.field == Field::key) {
    out.tests_.push_back(session_key_field(std::get<Pattern>(test.value), same_case));
  } else if (test.field == Field::person) {
    out.tests_.push_back(person_field(std::get<Pattern>(test.value), same_case));
  } else if (test.field == Field::session) {
    ASSIGN_OR_RETURN(auto field, session_field(table, std::get<Pattern>(test.value), same_case));
    out.tests_.push_back(std::move(field));
  } else if (test.field == Field::label) {
    ASSIGN_OR_RETURN(auto field, label_field(table, outside, std::get<LabelTest>(test.value),
                                             same_case));
    out.tests_.push_back(std::move(field));
  } else if (test.field == Field::result) {
    out.tests_.push_back(result_field(std::get<ResultTest>(test.value)));
  }
  CHECK(!out.tests_.empty());
  return out;
}

AnswerSet FieldTests::can_answer(const RowTable& table, size_t page) const {
  SaidSet said = set_of(Said::nothing);
  for (const auto& test : tests_) said = greater_of(said, test->can_say(table, page));
  return answers_of(said, is_other_);
}

Status FieldTests::answer(const PageLook& look, size_t begin, std::span<Answer> answers) {
  std::vector<Said> said(answers.size(), Said::nothing);
  for (const auto& test : tests_) RETURN_IF_ERROR(test->look(look, begin, said));
  for (size_t i = 0; i < said.size(); ++i) answers[i] = answer_of(said[i], is_other_);
  return ok();
}

int cost_of(Field field) {
  switch (field) {
    case Field::exit:
    case Field::signal:
    case Field::pid:
    case Field::port: return 0;
    case Field::host:
    case Field::label:
    case Field::session: return 1;
    case Field::user:
    case Field::as:
    case Field::tty:
    case Field::unit:
    case Field::container:
    case Field::result: return 2;
    case Field::exe:
    case Field::cwd:
    case Field::addr:
    case Field::key: return 3;
    case Field::cmd:
    case Field::arg:
    case Field::file:
    case Field::input: return 4;
    case Field::person: return 5;
  }
  return 5;
}

}  // namespace spoor::collector
