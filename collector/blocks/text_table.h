// The different texts of a column while its block is being made, each once, numbered from 1 in the
// order in which they came; nothing has the number 0. Owns copies of them. One thread.
//
// A text is looked up for every row, and rows of thousands of sessions take turns: so what is
// touched on the way is small, one place in the table and one where the text itself is, with its
// number.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "collector/blocks/row.h"

namespace spoor::collector {

class TextTable {
 public:
  // A text that is kept, as long as the table. Nothing: of no text.
  class Place {
   public:
    uint32_t number() const;
    TextValue text() const;
    bool is_nothing() const { return at_ == nullptr; }
    // It will be asked for soon: many at once come sooner than one after the other.
    void expect() const { __builtin_prefetch(at_); }

   private:
    friend class TextTable;
    const char* at_ = nullptr;
  };

  // A text over kIndexTextMax is cut: it must have no cuts of words then.
  Place place_of(TextValue value);
  uint32_t number_of(const TextValue& value);

  // It has none behind it.
  void clear();

  size_t size() const { return texts_.size(); }
  TextValue at(uint32_t number) const { return texts_[number - 1].text(); }
  // Where each text is, by its number less one.
  const std::vector<Place>& places() const { return texts_; }
  uint64_t bytes() const { return bytes_; }

 private:
  // By hash, or the next one that is empty.
  struct Slot {
    Place place;
    uint32_t hash = 0;
  };

  Slot& slot_of(const TextValue& value, uint32_t hash);
  void grow();
  Place keep(const TextValue& value);

  std::vector<Slot> slots_;                     // a power of two of them, at most half in use
  std::vector<Place> texts_;                    // by number
  std::vector<std::unique_ptr<char[]>> rooms_;  // filled one after the other
  size_t room_left_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace spoor::collector
