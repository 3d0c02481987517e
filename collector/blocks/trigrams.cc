#include "collector/blocks/trigrams.h"

#include <algorithm>

#include "collector/blocks/lower_case.h"

namespace spoor::collector {

namespace {

constexpr int kSlotShift = 32 - 13;
static_assert(kTrigramSlots == 1u << 13);

// Of the last three bytes of `window`, the latest one lowest.
uint16_t slot_of(uint32_t window) {
  return static_cast<uint16_t>((window & 0xffffff) * 0x9e3779b1u >> kSlotShift);
}

template <typename Use>
void for_each_slot(std::string_view text, Use use) {
  uint32_t window = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    window = window << 8 | static_cast<uint8_t>(lower_case(text[i]));
    if (i >= 2) use(slot_of(window));
  }
}

}  // namespace

std::vector<uint16_t> slots_of(const Pattern& pattern) {
  std::vector<uint16_t> out;
  for (const std::string& piece : pattern.pieces()) {
    for_each_slot(piece, [&](uint16_t slot) { out.push_back(slot); });
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

void TrigramWriter::add(std::string_view text, bool is_cut) {
  if (columns_.size() * 8 == packs_) columns_.emplace_back().fill(0);
  Column& column = columns_.back();
  const auto bit = static_cast<uint8_t>(1u << packs_ % 8);
  if (is_cut) {
    for (uint8_t& slot : column) slot |= bit;
  } else {
    for_each_slot(text, [&](uint16_t slot) { column[slot] |= bit; });
  }
}

void TrigramWriter::end_pack() { ++packs_; }

std::vector<std::string> TrigramWriter::slabs() const {
  std::vector<std::string> out(kSlabs, std::string(kSlabSlots * columns_.size(), '\0'));
  for (size_t slot = 0; slot < kTrigramSlots; ++slot) {
    char* row = out[slot / kSlabSlots].data() + slot % kSlabSlots * columns_.size();
    for (const Column& column : columns_) *row++ = static_cast<char>(column[slot]);
  }
  return out;
}

}  // namespace spoor::collector
