// One event as the index keeps it: a number or a text for each column; what is not said is 0, or no
// text. Plain data; the texts are views, and who fills the row in keeps what they point to.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "collector/blocks/column.h"

namespace spoor::collector {

// A text as a block keeps it. Equal in all three: the same text.
struct TextValue {
  constexpr TextValue(std::string_view all = {}, std::string_view ends = {}, bool goes_on = false)
      : text(all), cuts(ends), is_cut(goes_on) {}

  std::string_view text;  // at most kIndexTextMax bytes
  std::string_view cuts;  // where its words end, if that is not at each space: word_list.h
  bool is_cut;            // there was more of it, which only the log has
  bool is_nothing() const { return text.empty() && cuts.empty(); }
  bool operator==(const TextValue&) const = default;

  template <typename H>
  friend H AbslHashValue(H hash, const TextValue& value) {
    hash = H::combine_contiguous(std::move(hash), value.text.data(), value.text.size());
    return H::combine(std::move(hash), value.text.size(), value.cuts.size());
  }
};

struct Row {
  std::array<uint64_t, kNumbers> numbers{};
  std::array<TextValue, kTexts> texts{};

  uint64_t& operator[](Number column) { return numbers[static_cast<size_t>(column)]; }
  uint64_t operator[](Number column) const { return numbers[static_cast<size_t>(column)]; }
  TextValue& operator[](Text column) { return texts[static_cast<size_t>(column)]; }
  const TextValue& operator[](Text column) const { return texts[static_cast<size_t>(column)]; }
};

}  // namespace spoor::collector
