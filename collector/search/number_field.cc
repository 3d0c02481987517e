#include "collector/search/number_field.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "collector/search/query_columns.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

namespace {

using v1::Event;
using v1::Outcome;

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

// The column's values from `least` to `greatest`, of which none is 0; none if they are reversed.
class NumberField final : public FieldTest {
 public:
  NumberField(Number column, ValueRange like) : column_(column), like_(like) {}

  SaidSet can_say(const RowTable& table, size_t page) const override {
    const ValueRange range = table.range(column_, page);
    const uint64_t least = std::max<uint64_t>(range.least, 1);
    SaidSet out = 0;
    if (range.least == 0) out |= set_of(Said::nothing);
    if (least > range.greatest) return out;
    if (std::max(least, like_.least) <= std::min(range.greatest, like_.greatest)) {
      out |= set_of(Said::like);
    }
    if (!like_.holds(least) || !like_.holds(range.greatest)) out |= set_of(Said::other);
    return out;
  }

  Status look(const PageLook& look, size_t begin, std::span<Said> said) override {
    ASSIGN_OR_RETURN(const auto values, look.page.values(column_));
    for (size_t i = 0; i < said.size(); ++i) {
      const uint64_t value = values[begin + i];
      if (value != 0) raise(said[i], like_.holds(value) ? Said::like : Said::other);
    }
    return ok();
  }

 private:
  const Number column_;
  const ValueRange like_;
};

class DecimalField final : public FieldTest {
 public:
  DecimalField(Number column, bool plus_one, const Pattern& pattern)
      : column_(column), plus_one_(plus_one), pattern_(pattern) {}

  SaidSet can_say(const RowTable& table, size_t page) const override {
    const ValueRange range = table.range(column_, page);
    SaidSet out = 0;
    if (range.least == 0) out |= set_of(Said::nothing);
    if (range.greatest == 0) return out;
    out |= set_of(Said::other);
    out |= set_of(Said::like);
    return out;
  }

  Status look(const PageLook& look, size_t begin, std::span<Said> said) override {
    ASSIGN_OR_RETURN(const auto values, look.page.values(column_));
    for (size_t i = 0; i < said.size(); ++i) {
      const uint64_t value = values[begin + i];
      if (value != 0) raise(said[i], is_like(value) ? Said::like : Said::other);
    }
    return ok();
  }

 private:
  // Most rows say what the row before said.
  bool is_like(uint64_t value) {
    if (value != last_) {
      char digits[24];
      const auto end = std::to_chars(digits, digits + sizeof digits, value - plus_one_).ptr;
      last_is_like_ = pattern_.fits({digits, static_cast<size_t>(end - digits)}, true);
      last_ = value;
    }
    return last_is_like_;
  }

  const Number column_;
  const bool plus_one_;
  const Pattern pattern_;
  uint64_t last_ = 0;
  bool last_is_like_ = false;
};

class ResultField final : public FieldTest {
 public:
  explicit ResultField(ResultTest test) : test_(test) {}

  SaidSet can_say(const RowTable&, size_t) const override { return kAnythingSaid; }

  Status look(const PageLook& look, size_t begin, std::span<Said> said) override {
    ASSIGN_OR_RETURN(const auto kinds, look.page.values(Number::kind));
    ASSIGN_OR_RETURN(const auto results, look.page.values(Number::result));
    ASSIGN_OR_RETURN(const auto exits, look.page.values(Number::exit));
    ASSIGN_OR_RETURN(const auto signals, look.page.values(Number::signal));
    for (size_t i = 0; i < said.size(); ++i) {
      const size_t row = begin + i;
      const std::optional<ResultTest> result =
          result_of(kinds[row], results[row], exits[row], signals[row]);
      if (result) raise(said[i], *result == test_ ? Said::like : Said::other);
    }
    return ok();
  }

 private:
  // A command's end says how it went. Its start says only that there will be none: the kernel
  // refused. `exit` is one more than the code.
  static std::optional<ResultTest> result_of(uint64_t kind, uint64_t result, uint64_t exit,
                                             uint64_t signal) {
    if (result == Outcome::RESULT_FAILURE && kind != Event::kProcessEnded)
      return ResultTest::failed;
    if (kind == Event::kCommandStarted || kind == Event::kProcessEnded) {
      if (exit == 0 && signal == 0) return std::nullopt;
      return exit == 1 ? ResultTest::ok : ResultTest::failed;
    }
    return result == Outcome::RESULT_SUCCESS ? std::optional(ResultTest::ok) : std::nullopt;
  }

  const ResultTest test_;
};

class KindField final : public FieldTest {
 public:
  explicit KindField(Kinds kinds) : like_(kNumbersMax) {
    for (size_t i = 0; i < kinds.size(); ++i) {
      if (!kinds[i]) continue;
      for (const uint8_t number : event_kinds(static_cast<Kind>(i))) like_.add(number);
    }
  }

  SaidSet can_say(const RowTable& table, size_t page) const override {
    const auto [least, greatest] = table.range(Number::kind, page);
    SaidSet out = 0;
    if (like_.has_any(least, greatest)) out |= set_of(Said::like);
    if (like_.lacks_any(least, greatest)) out |= set_of(Said::other);
    return out;
  }

  Status look(const PageLook& look, size_t begin, std::span<Said> said) override {
    ASSIGN_OR_RETURN(const auto kinds, look.page.values(Number::kind));
    for (size_t i = 0; i < said.size(); ++i) {
      raise(said[i], like_.has(kinds[begin + i]) ? Said::like : Said::other);
    }
    return ok();
  }

 private:
  static constexpr size_t kNumbersMax = 256;
  NumberSet like_;
};

// The numbers that are so; reversed: none is.
ValueRange numbers_like(const NumberTest& test) {
  const uint64_t n = test.number;
  switch (test.comparison) {
    case Comparison::equal: return {n, n};
    case Comparison::less: return n == 0 ? ValueRange{1, 0} : ValueRange{0, n - 1};
    case Comparison::less_or_equal: return {0, n};
    case Comparison::greater: return n == kMax ? ValueRange{1, 0} : ValueRange{n + 1, kMax};
    case Comparison::greater_or_equal: return {n, kMax};
  }
  return {1, 0};
}

}  // namespace

std::unique_ptr<FieldTest> number_field(Number column, bool plus_one, const NumberTest& test) {
  ValueRange like = numbers_like(test);
  if (plus_one) {
    if (like.least != kMax) ++like.least;
    if (like.greatest != kMax) ++like.greatest;
  }
  return std::make_unique<NumberField>(column, like);
}

std::unique_ptr<FieldTest> decimal_field(Number column, bool plus_one, const Pattern& pattern) {
  const std::string& digits = pattern.pieces().front();
  if (pattern.has_hole()) return std::make_unique<DecimalField>(column, plus_one, pattern);
  uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, number);
  const bool is_number = error == std::errc() && at == end && number < kMax &&
                         (digits.size() == 1 || digits[0] != '0');
  if (is_number) return number_field(column, plus_one, {Comparison::equal, number});
  return std::make_unique<NumberField>(column, ValueRange{1, 0});
}

std::unique_ptr<FieldTest> result_field(ResultTest test) {
  return std::make_unique<ResultField>(test);
}

std::unique_ptr<FieldTest> kind_field(Kinds kinds) { return std::make_unique<KindField>(kinds); }

}  // namespace spoor::collector
