// Queries drawn from events: most of their parts are true of one of them, so that most queries find
// something.
#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/naive_commands.h"
#include "tests/support/naive_event.h"

namespace spoor::collector {

class RandomQuery {
 public:
  RandomQuery(uint64_t seed, const std::vector<IndexedEvent>& events, const Outside& outside)
      : random_(seed), events_(events), commands_(events), outside_(outside) {}

  Query query() {
    const NaiveEvent event = any_event();
    Query out;
    out.same_case = below(4) == 0;
    if (below(2) == 0) {
      out.kinds.set();
    } else {
      out.kinds = below(2) == 0 ? Kinds() : default_kinds();
      if (const auto kind = event.kind()) out.kinds.set(static_cast<size_t>(*kind));
      if (out.kinds.none()) out.kinds.set();
    }
    if (below(4) == 0) out.since_ns = event.time_ns() - far();
    if (below(4) == 0) out.until_ns = event.time_ns() + 1 + far();
    if (below(20) != 0) out.where = true_of(event, 3);
    return out;
  }

 private:
  uint64_t below(uint64_t bound) { return random_() % bound; }
  int64_t far() { return static_cast<int64_t>(below(3) == 0 ? 0 : random_() % 4'000'000'000'000); }
  // Or a command with its end.
  NaiveEvent any_event() {
    const size_t at = below(events_.size());
    const auto other = commands_.other(at);
    const bool is_joined = commands_.is_joined_end(at);
    const size_t start = is_joined ? *other : at;
    const auto end = commands_.other(start);
    return {events_[start], outside_, end ? &events_[*end] : nullptr};
  }

  // As a rule; and sometimes of another event.
  Expression true_of(const NaiveEvent& event, int depth) {
    if (depth > 0 && below(2) == 0) {
      Expression many{.kind = below(3) ? Expression::Kind::all : Expression::Kind::any,
                      .test = {}, .parts = {}};
      for (uint64_t n = 2 + below(2); n > 0; --n) many.parts.push_back(true_of(event, depth - 1));
      return many;
    }
    if (below(8) == 0) {
      Expression none{.kind = Expression::Kind::none, .test = {}, .parts = {}};
      none.parts.push_back({.kind = Expression::Kind::test, .test = test_of(false), .parts = {}});
      return none;
    }
    return {.kind = Expression::Kind::test, .test = below(12) == 0 ? test_of(false) : test(event),
            .parts = {}};
  }

  Test test_of(bool is_other) {
    Test out = test(any_event());
    out.is_other = is_other && out.field != Field::result;
    return out;
  }

  Test test(const NaiveEvent& event) {
    if (below(5) == 0) return test_of(true);
    // A field that it has, if it has one of these.
    for (int tries = 0; tries < 30; ++tries) {
      Test out;
      out.field = static_cast<Field>(below(static_cast<size_t>(Field::signal) + 1));
      if (read(event, out)) return out;
    }
    Test out;
    out.field = Field::host;
    out.value = Pattern::exactly("web1");
    return out;
  }

  bool read(const NaiveEvent& event, Test& out) {
    switch (shape_of(out.field)) {
      case Shape::number: {
        const std::vector<uint64_t> numbers = event.numbers(out.field);
        if (numbers.empty()) return false;
        out.value = number_test(numbers[below(numbers.size())]);
        return true;
      }
      case Shape::result:
        if (!event.result()) return false;
        out.value = *event.result();
        return true;
      case Shape::label: {
        const auto labels = event.labels();
        if (labels.empty()) return false;
        const auto& [name, value] = labels[below(labels.size())];
        out.value = LabelTest{name, pattern(value, false)};
        return true;
      }
      case Shape::text:
      case Shape::name:
      case Shape::address: break;
    }
    const Words texts = event.texts(out.field);
    if (texts.empty()) return false;
    const std::string& text = texts[below(texts.size())];
    if (out.field != Field::addr) {
      out.value = pattern(text, out.field == Field::session);
      return true;
    }
    auto network = parse_network(text);
    if (!network.is_ok()) return false;
    network->prefix = static_cast<uint8_t>(network->prefix - 8 * below(4));
    out.value = parse_network(network->to_text()).value();
    return true;
  }

  NumberTest number_test(uint64_t number) {
    switch (below(5)) {
      case 0: return {Comparison::less_or_equal, number + below(2)};
      case 1: return {Comparison::greater_or_equal, number - below(number > 0 ? 2 : 1)};
      case 2: return {Comparison::less, number + 1};
      case 3: return {Comparison::greater, number == 0 ? 0 : number - 1};
      default: return {Comparison::equal, number};
    }
  }

  // Of the whole name of a session only the boot's letters may be in capitals.
  Pattern pattern(std::string text, bool is_session) {
    const size_t size = text.size();
    const uint64_t how = below(5);
    if (how == 0 || size == 0) return Pattern::exactly(text);
    if (!is_session && below(4) == 0) {
      for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    const size_t from = below(size), length = 1 + below(std::min<size_t>(size - from, 12));
    Pattern out;
    switch (how) {
      case 1: return Pattern::containing(text.substr(from, length));
      case 2: return Pattern::containing(text.substr(size - std::min<size_t>(size, 2)));
      case 3:
        for (const char c : text.substr(0, from)) out.append(c);
        out.append_hole();
        return out;
      default:
        out.append_hole();
        for (const char c : text.substr(from)) out.append(c);
        return out;
    }
  }

  std::mt19937_64 random_;
  const std::vector<IndexedEvent>& events_;
  const NaiveCommands commands_;
  const Outside& outside_;
};

}  // namespace spoor::collector
