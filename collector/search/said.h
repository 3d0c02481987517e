// What a row says of a field that a query asks for, and what follows from it. Plain values; any
// thread.
//
// Both come in sets, too, a bit for each: what the rows of a page can say, by what is known of the
// page unread.
#pragma once

#include <algorithm>
#include <cstdint>

#include "collector/blocks/text_search.h"

namespace spoor::collector {

// Of a field with several values the greatest.
enum class Said : uint8_t {
  nothing,  // the event has no such value
  other,    // it has one, and none is like what is asked for
  unsure,   // perhaps: only the log has all of the text
  like,
};

using SaidSet = uint8_t;
constexpr SaidSet set_of(Said said) { return static_cast<SaidSet>(1u << static_cast<int>(said)); }
inline constexpr SaidSet kAnythingSaid = 15;

using AnswerSet = uint8_t;
constexpr AnswerSet set_of(Answer answer) {
  return static_cast<AnswerSet>(1u << static_cast<int>(answer));
}

// `is_other`: there is a value, and none is like it.
constexpr Answer answer_of(Said said, bool is_other) {
  switch (said) {
    case Said::nothing: return Answer::no;
    case Said::other: return is_other ? Answer::yes : Answer::no;
    case Said::unsure: return Answer::unsure;
    case Said::like: return is_other ? Answer::no : Answer::yes;
  }
  return Answer::no;
}
constexpr AnswerSet answers_of(SaidSet saids, bool is_other) {
  AnswerSet out = 0;
  for (const Said said : {Said::nothing, Said::other, Said::unsure, Said::like}) {
    if (saids & set_of(said)) out |= set_of(answer_of(said, is_other));
  }
  return out;
}

// `and` is the lesser of two answers, `or` the greater one, and `not` turns them round.
constexpr Answer not_of(Answer answer) {
  return static_cast<Answer>(static_cast<int>(Answer::yes) - static_cast<int>(answer));
}
constexpr AnswerSet not_of(AnswerSet set) {
  return static_cast<AnswerSet>((set & 2) | (set & 1) << 2 | set >> 2);
}

// What comes of one out of each set.
template <typename Choose>
constexpr uint8_t each_of(uint8_t a, uint8_t b, Choose choose) {
  uint8_t out = 0;
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      if ((a >> i & 1) && (b >> j & 1)) out = static_cast<uint8_t>(out | 1u << choose(i, j));
    }
  }
  return out;
}
constexpr uint8_t lesser_of(uint8_t a, uint8_t b) {
  return each_of(a, b, [](int i, int j) { return std::min(i, j); });
}
constexpr uint8_t greater_of(uint8_t a, uint8_t b) {
  return each_of(a, b, [](int i, int j) { return std::max(i, j); });
}

}  // namespace spoor::collector
