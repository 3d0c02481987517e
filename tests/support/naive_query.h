// What a query wants, by docs/query.md, of one event or command after the other: what the index
// must answer, too. Slow and simple.
#pragma once

#include <algorithm>

#include "tests/support/naive_event.h"

namespace spoor::collector {

class NaiveQuery {
 public:
  NaiveQuery(const Query& query, const Outside& outside) : query_(query), outside_(outside) {}

  // `end`: of the command that the event is the start of.
  bool wants(const IndexedEvent& event, const IndexedEvent* end = nullptr) const {
    const NaiveEvent naive(event, outside_, end);
    const auto kind = naive.kind();
    if (!query_.kinds.all() && !(kind && query_.kinds[static_cast<size_t>(*kind)])) return false;
    if (query_.since_ns && naive.time_ns() < *query_.since_ns) return false;
    if (query_.until_ns && naive.time_ns() >= *query_.until_ns) return false;
    return !query_.where || holds(*query_.where, naive);
  }

 private:
  bool holds(const Expression& expression, const NaiveEvent& event) const {
    const auto one = [&](const Expression& part) { return holds(part, event); };
    switch (expression.kind) {
      case Expression::Kind::test: return holds(expression.test, event);
      case Expression::Kind::all: return std::ranges::all_of(expression.parts, one);
      case Expression::Kind::any: return std::ranges::any_of(expression.parts, one);
      case Expression::Kind::none: return !one(expression.parts.front());
    }
    return false;
  }

  bool holds(const Test& test, const NaiveEvent& event) const {
    const auto decide = [&](const auto& values, const auto& is_like) {
      const bool any = std::ranges::any_of(values, is_like);
      return test.is_other ? !values.empty() && !any : any;
    };
    const auto fits = [&](const Pattern& pattern) {
      return [&](const std::string& text) { return pattern.fits(text, query_.same_case); };
    };
    if (const auto* pattern = std::get_if<Pattern>(&test.value)) {
      if (test.field == Field::session && !pattern->has_hole()) {
        // Capitals and look-alikes of letters are forgiven in a whole name.
        if (!parse_session_name(pattern->pieces().front()).is_ok()) return decide(
            event.texts(test.field), [](const std::string&) { return false; });
      }
      return decide(event.texts(test.field), fits(*pattern));
    }
    if (const auto* network = std::get_if<Network>(&test.value)) {
      return decide(event.texts(test.field), [&](const std::string& text) {
        const auto address = parse_network(text);
        return address.is_ok() && network->holds(*address);
      });
    }
    if (const auto* result = std::get_if<ResultTest>(&test.value)) return event.result() == *result;
    if (const auto* label = std::get_if<LabelTest>(&test.value)) {
      Words values;
      for (auto& [name, value] : event.labels()) {
        if (Pattern::exactly(label->name).fits(name, query_.same_case)) values.push_back(value);
      }
      return decide(values, fits(label->value));
    }
    const NumberTest& number = std::get<NumberTest>(test.value);
    return decide(event.numbers(test.field), [&](uint64_t value) {
      switch (number.comparison) {
        case Comparison::equal: return value == number.number;
        case Comparison::less: return value < number.number;
        case Comparison::less_or_equal: return value <= number.number;
        case Comparison::greater: return value > number.number;
        case Comparison::greater_or_equal: return value >= number.number;
      }
      return false;
    });
  }

  const Query& query_;
  const Outside& outside_;
};

}  // namespace spoor::collector
