#include "collector/blocks/text_table.h"

#include <algorithm>
#include <cstring>

#include "collector/limits.h"
#include "common/check.h"

namespace spoor::collector {

namespace {

// What stands before the bytes of a text and its cuts.
struct Sizes {
  uint32_t text = 0;
  uint32_t cuts = 0;  // × 2, and 1 if the text was cut
};

constexpr size_t kRoomBytes = 64u << 10;
static_assert(kRoomBytes >= sizeof(Sizes) + kIndexTextMax + kIndexCutsMax);

}  // namespace

uint32_t TextTable::number_of(TextValue value) {
  if (value.is_nothing()) return 0;
  if (value.text.size() > kIndexTextMax) {
    CHECK(value.cuts.empty());
    value.text = value.text.substr(0, kIndexTextMax);
    value.is_cut = true;
  }
  CHECK(value.cuts.size() <= kIndexCutsMax);
  const auto known = numbers_.find(value);
  if (known != numbers_.end()) return *known;
  texts_.push_back(keep(value));
  bytes_ += value.text.size() + value.cuts.size();
  const auto number = static_cast<uint32_t>(texts_.size());
  numbers_.insert(number);
  return number;
}

TextValue TextTable::text_at(const char* from) {
  Sizes sizes;
  std::memcpy(&sizes, from, sizeof sizes);
  from += sizeof sizes;
  return {{from, sizes.text}, {from + sizes.text, sizes.cuts / 2}, sizes.cuts % 2 != 0};
}

const char* TextTable::keep(const TextValue& value) {
  Sizes sizes;
  sizes.text = static_cast<uint32_t>(value.text.size());
  sizes.cuts = static_cast<uint32_t>(value.cuts.size() * 2 + value.is_cut);
  const size_t size = sizeof sizes + value.text.size() + value.cuts.size();
  if (size > room_left_) {
    rooms_.push_back(std::make_unique_for_overwrite<char[]>(kRoomBytes));
    room_left_ = kRoomBytes;
  }
  char* place = rooms_.back().get() + (kRoomBytes - room_left_);
  room_left_ -= size;
  std::memcpy(place, &sizes, sizeof sizes);
  std::ranges::copy(value.text, place + sizeof sizes);
  std::ranges::copy(value.cuts, place + sizeof sizes + value.text.size());
  return place;
}

}  // namespace spoor::collector
