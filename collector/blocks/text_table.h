// The different texts of a column while its block is being made, each once, numbered from 1 in the
// order in which they came; nothing has the number 0. Owns copies of them. One thread.
//
// A text is looked up for every row, and rows of thousands of sessions take turns: so what is
// touched on the way is small, a few bytes a text beside the text itself.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <absl/container/flat_hash_set.h>
#include <absl/hash/hash.h>

#include "collector/blocks/row.h"

namespace spoor::collector {

class TextTable {
 public:
  TextTable() = default;
  TextTable(const TextTable&) = delete;
  TextTable& operator=(const TextTable&) = delete;

  // A text over kIndexTextMax is cut: it must have no cuts of words then.
  uint32_t number_of(TextValue value);

  size_t size() const { return texts_.size(); }
  // A view that is good as long as the table.
  TextValue at(uint32_t number) const { return text_at(texts_[number - 1]); }
  // Where each text is, by its number less one, and the text there.
  const std::vector<const char*>& places() const { return texts_; }
  static TextValue text_at(const char* place);
  uint64_t bytes() const { return bytes_; }
  // It will be asked for soon: many at once come sooner than one after the other.
  void expect(uint32_t number) const { __builtin_prefetch(texts_[number - 1]); }

 private:
  // By number or by text.
  struct Hash {
    using is_transparent = void;
    const TextTable* table;
    size_t operator()(uint32_t number) const { return (*this)(table->at(number)); }
    size_t operator()(const TextValue& value) const { return absl::HashOf(value); }
  };
  struct Same {
    using is_transparent = void;
    const TextTable* table;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t a, const TextValue& b) const { return table->at(a) == b; }
  };

  const char* keep(const TextValue& value);

  absl::flat_hash_set<uint32_t, Hash, Same> numbers_{0, Hash{this}, Same{this}};
  std::vector<const char*> texts_;              // sizes, text and cuts of each, in rooms_
  std::vector<std::unique_ptr<char[]>> rooms_;  // filled one after the other
  size_t room_left_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace spoor::collector
