#include "collector/search/field_tests.h"

#include <gtest/gtest.h>

#include "tests/support/field_look.h"

namespace spoor::collector {
namespace {

using enum Answer;

std::vector<Answer> answers(const FieldLook& look, const collector::Test& test) {
  FieldTests tests = FieldTests::make(look.open(), look.outside, test, false, true).value();
  std::vector<Answer> out(look.open().rows());
  const auto page = look.open().open_page(0);
  const auto texts = look.open().open_texts();
  EXPECT_TRUE(tests.answer({look.open(), 0, *page, *texts, look.outside}, 0, out).is_ok());
  for (const Answer one : out) EXPECT_TRUE(tests.can_answer(look.open(), 0) & set_of(one));
  return out;
}

// Name and number of an account are two values of one field: `!=` wants neither to be so.
TEST(FieldTests, AFieldIsAllItsColumns) {
  std::vector<Row> rows(4);
  for (Row& row : rows) row[Text::host].text = "web1";
  rows[0][Text::user].text = "alice";
  rows[0][Number::login_uid] = 1001;
  rows[1][Number::login_uid] = 1001;
  rows[2][Text::user].text = "1000";
  const FieldLook look(rows);
  const Pattern alice = Pattern::exactly("alice"), number = Pattern::exactly("1000");
  EXPECT_EQ(answers(look, {Field::user, false, alice}), (std::vector{yes, no, no, no}));
  EXPECT_EQ(answers(look, {Field::user, true, alice}), (std::vector{no, yes, yes, no}));
  EXPECT_EQ(answers(look, {Field::user, false, number}), (std::vector{yes, yes, yes, no}));
  EXPECT_EQ(answers(look, {Field::user, true, number}), (std::vector{no, no, no, no}));
}

TEST(FieldTests, BothPortsArePorts) {
  std::vector<Row> rows(3);
  rows[0][Number::port] = 443;
  rows[0][Number::local_port] = 45410;
  rows[1][Number::local_port] = 22;
  const FieldLook look(rows);
  EXPECT_EQ(answers(look, {Field::port, false, NumberTest{Comparison::equal, 45410}}),
            (std::vector{yes, no, no}));
  EXPECT_EQ(answers(look, {Field::port, true, NumberTest{Comparison::equal, 443}}),
            (std::vector{no, yes, no}));
  EXPECT_EQ(answers(look, {Field::port, false, NumberTest{Comparison::less, 1000}}),
            (std::vector{yes, yes, no}));
}

TEST(FieldTests, WhatIsUnsureStaysSoEitherWay) {
  std::vector<Row> rows(1);
  rows[0][Text::exe] = {"/usr/bin/x", {}, true};
  const FieldLook look(rows);
  for (const bool is_other : {false, true}) {
    EXPECT_EQ(answers(look, {Field::exe, is_other, Pattern::containing("end")}),
              std::vector{unsure});
  }
}

// Every field can be asked.
TEST(FieldTests, EveryFieldIsThere) {
  FieldLook look(std::vector<Row>(1));
  look.outside.labels = [](std::string_view) { return Outside::Labels(); };
  look.outside.person = [](auto, auto, auto, int64_t) { return std::string(); };
  for (int i = 0; i <= static_cast<int>(Field::signal); ++i) {
    collector::Test test;
    test.field = static_cast<Field>(i);
    switch (shape_of(test.field)) {
      case Shape::text:
      case Shape::name: test.value = Pattern::exactly("web1:6"); break;
      case Shape::label: test.value = LabelTest{"env", Pattern::exactly("prod")}; break;
      case Shape::address: test.value = parse_network("10.0.0.0/8").value(); break;
      case Shape::result: test.value = ResultTest::ok; break;
      case Shape::number: test.value = NumberTest{Comparison::equal, 1}; break;
    }
    EXPECT_EQ(answers(look, test), std::vector{no}) << field_name(test.field);
  }
}

}  // namespace
}  // namespace spoor::collector
