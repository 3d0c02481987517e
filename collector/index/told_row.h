// A row with its words taken apart, and what it says of each field of the event (event_fields.h).
// Both ways ask it: a field that an event says otherwise than its row goes into `rest`, and what
// `rest` does not say the row does. Plain data; the texts are views. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "collector/blocks/row.h"
#include "collector/index/event_fields.h"

namespace spoor::collector {

// A text of protobuf's `string` in a column is at most this long, so that it is never cut, and two
// of them are one text of words: what is left of it would perhaps be no UTF-8.
inline constexpr size_t kToldStringMax = 4000;

// Of Number::marks: `rest` or `values` were too long, and only the log has what they would say.
inline constexpr uint64_t kLeftToLog = 1u << 11;

class ToldRow {
 public:
  struct Value {
    bool is_there = false;
    uint64_t number = 0;
    std::string_view text;
    bool operator==(const Value&) const = default;
  };

  Row row;
  std::vector<std::string_view> args;  // the words of Text::command where it is a list

  void clear();
  // The field as the row has it: never there where it is not told by a column. A view that is good
  // until the next call.
  Value told(const EventField& field) const;

  // Words of files, addresses and keys.
  std::string_view& word(const EventField& field) {
    return words_[word_column(field.text_column())][field.part];
  }
  std::array<std::string_view, 2>& words(Text column) { return words_[word_column(column)]; }

  int64_t time_ns() const;
  // What the process calls itself if the row does not say: what its program's name begins with.
  std::string_view usual_comm() const;

 private:
  static size_t word_column(Text column) {
    return column == Text::files ? 0 : column == Text::addresses ? 1 : 2;
  }
  uint64_t number_of(const EventField& field) const;
  std::string_view text_of(const EventField& field) const;

  std::array<std::array<std::string_view, 2>, 3> words_;
  mutable std::array<char, 64> room_;
};

}  // namespace spoor::collector
