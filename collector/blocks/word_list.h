// Several words as one text: a command line, the files of an event. They are joined by one space,
// which is how they are searched, and can be told apart again whatever is in them.
//
// Most words have no space in them, so that each space ends one. Where that is not so `cuts` has
// the length of each word as a varint. No words at all are no text. Pure functions; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/blocks/row.h"
#include "common/result.h"

namespace spoor::collector {

struct JoinedWords {
  std::string text;
  std::string cuts;
  bool is_cut = false;  // the words went on: text is the first kIndexTextMax bytes of them

  TextValue value() const { return {text, cuts, is_cut}; }
};

JoinedWords join_words(std::span<const std::string_view> words);
// The same into `out`, whose memory is used again.
void join_words(std::span<const std::string_view> words, JoinedWords& out);

// The words again; of a text that was cut as much of them as is there. Views into `value.text`.
// `corrupt` when text and cuts contradict each other.
Result<std::vector<std::string_view>> split_words(const TextValue& value);

}  // namespace spoor::collector
