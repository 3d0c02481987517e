#include "collector/search/number_field.h"

#include <gtest/gtest.h>

#include "spoor/v1/event.pb.h"
#include "tests/support/field_look.h"

namespace spoor::collector {
namespace {

using enum Said;
using enum Comparison;
using Saids = std::vector<Said>;
using v1::Event;

std::vector<Row> rows_with(Number column, const std::vector<uint64_t>& values) {
  std::vector<Row> out(values.size());
  for (size_t i = 0; i < out.size(); ++i) {
    out[i][Text::host].text = "web1";
    out[i][Number::order] = i;
    out[i][column] = values[i];
  }
  return out;
}

TEST(NumberField, ComparesWhatIsThere) {
  const FieldLook look(rows_with(Number::exit, {0, 1, 2, 128}));  // none, 0, 1, 127
  const auto said = [&](Comparison comparison, uint64_t number) {
    const auto field = number_field(Number::exit, true, {comparison, number});
    const Saids out = look.said(*field);
    EXPECT_EQ(look.said(*field, look.sealed()), out);
    return out;
  };
  EXPECT_EQ(said(equal, 0), (Saids{nothing, like, other, other}));
  EXPECT_EQ(said(less, 0), (Saids{nothing, other, other, other}));
  EXPECT_EQ(said(less, 1), (Saids{nothing, like, other, other}));
  EXPECT_EQ(said(less_or_equal, 1), (Saids{nothing, like, like, other}));
  EXPECT_EQ(said(greater, 1), (Saids{nothing, other, other, like}));
  EXPECT_EQ(said(greater_or_equal, 1), (Saids{nothing, other, like, like}));
  EXPECT_EQ(said(greater_or_equal, 0), (Saids{nothing, like, like, like}));
  EXPECT_EQ(said(greater, UINT64_MAX), (Saids{nothing, other, other, other}));
}

// Without it being read.
TEST(NumberField, APageIsRuledOutByItsRange) {
  const FieldLook look(rows_with(Number::pid, {5, 9}));
  const auto can = [&](Comparison comparison, uint64_t number) {
    return number_field(Number::pid, false, {comparison, number})->can_say(look.sealed(), 0);
  };
  EXPECT_EQ(can(equal, 4), set_of(other));
  EXPECT_EQ(can(equal, 7), set_of(other) | set_of(like));
  EXPECT_EQ(can(greater, 9), set_of(other));
  EXPECT_EQ(can(greater, 4), set_of(like));
  EXPECT_EQ(can(equal, 0), set_of(other));
  EXPECT_EQ(number_field(Number::exit, true, {equal, 4})->can_say(look.sealed(), 0),
            set_of(nothing));
}

TEST(DecimalField, ItsDigitsAreAText) {
  const FieldLook look(rows_with(Number::login_uid, {0, 1, 1001, 1011}));
  const auto said = [&](const Pattern& pattern) {
    return look.said(*decimal_field(Number::login_uid, true, pattern));
  };
  EXPECT_EQ(said(Pattern::exactly("1000")), (Saids{nothing, other, like, other}));
  EXPECT_EQ(said(Pattern::exactly("01000")), (Saids{nothing, other, other, other}));
  EXPECT_EQ(said(Pattern::exactly("0")), (Saids{nothing, like, other, other}));
  EXPECT_EQ(said(Pattern::exactly("alice")), (Saids{nothing, other, other, other}));
  EXPECT_EQ(said(Pattern::exactly("")), (Saids{nothing, other, other, other}));
  EXPECT_EQ(said(Pattern::containing("10")), (Saids{nothing, other, like, like}));
}

TEST(ResultField, OfACommandItsEnd) {
  struct Case {
    int kind;
    uint64_t result, exit, signal;
    Said ok;
  };
  constexpr uint64_t kOk = v1::Outcome::RESULT_SUCCESS, kFailed = v1::Outcome::RESULT_FAILURE;
  std::vector<Row> rows;
  Saids expected;
  for (const Case& one : {Case{Event::kProcessEnded, kFailed, 1, 0, like},
                          Case{Event::kProcessEnded, kOk, 2, 0, other},
                          Case{Event::kProcessEnded, kOk, 0, 9, other},
                          Case{Event::kProcessEnded, kOk, 0, 0, nothing},
                          Case{Event::kCommandStarted, kOk, 0, 0, nothing},
                          Case{Event::kCommandStarted, kFailed, 0, 0, other},
                          Case{Event::kFileAccess, kOk, 0, 0, like},
                          Case{Event::kFileAccess, kFailed, 0, 0, other},
                          Case{Event::kFileAccess, 0, 0, 0, nothing},
                          Case{Event::kShellLine, 0, 2, 0, nothing}}) {
    Row& row = rows.emplace_back();
    row[Number::kind] = static_cast<uint64_t>(one.kind);
    row[Number::result] = one.result;
    row[Number::exit] = one.exit;
    row[Number::signal] = one.signal;
    expected.push_back(one.ok);
  }
  EXPECT_EQ(FieldLook(rows).said(*result_field(ResultTest::ok)), expected);
}

TEST(KindField, OneOfTheWantedKinds) {
  const FieldLook look(rows_with(Number::kind, {0, Event::kCommandStarted, Event::kProcessEnded,
                                                Event::kLoss, 100'000}));
  Kinds kinds;
  kinds.set(static_cast<size_t>(Kind::command));
  for (const RowTable* table : {&look.open(), &look.sealed()}) {
    EXPECT_EQ(look.said(*kind_field(kinds), *table), (Saids{other, like, like, other, other}));
  }
  const FieldLook commands(rows_with(Number::kind, {Event::kCommandStarted, Event::kProcessEnded}));
  EXPECT_EQ(kind_field(kinds)->can_say(commands.sealed(), 0), set_of(like));
}

}  // namespace
}  // namespace spoor::collector
