// Which packs of a column can hold a text that contains something. Every three bytes that follow
// one another in a text, ASCII letters in lower case, set one bit of its pack's 8,192. What is
// looked for has three such bytes, too, and only packs in which all of its bits are set can have
// it: none that has it is ever left out.
//
// The bits lie by slot, not by pack: `slabs` of 128 slots, each slot with a bit a pack. So a
// search reads a few hundred bytes of a column with a quarter of a million texts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/language/pattern.h"

namespace spoor::collector {

inline constexpr size_t kTrigramSlots = 8192;
inline constexpr size_t kSlabSlots = 128;
inline constexpr size_t kSlabs = kTrigramSlots / kSlabSlots;
// The bytes of a slot for so many packs.
constexpr size_t slot_bytes(size_t packs) { return (packs + 7) / 8; }

// The slots that every text has which is like `pattern`, each once. None: it has no three bytes
// together, and no pack can be left out.
std::vector<uint16_t> slots_of(const Pattern& pattern);

// Collects the bits of pack after pack. One thread.
class TrigramWriter {
 public:
  // Of the pack at hand. A text that was cut may have gone on with anything.
  void add(std::string_view text, bool is_cut);
  void end_pack();
  // kSlabs of them.
  std::vector<std::string> slabs() const;

 private:
  using Column = std::array<uint8_t, kTrigramSlots>;  // a bit for each of eight packs

  std::vector<Column> columns_;
  size_t packs_ = 0;
};

}  // namespace spoor::collector
