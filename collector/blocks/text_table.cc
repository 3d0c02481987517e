#include "collector/blocks/text_table.h"

#include <absl/hash/hash.h>

#include <algorithm>
#include <cstring>

#include "collector/limits.h"
#include "common/check.h"

namespace spoor::collector {

namespace {

// What stands before the bytes of a text and its cuts.
struct Head {
  uint32_t number = 0;
  uint32_t text = 0;
  uint32_t cuts = 0;  // × 2, and 1 if the text was cut
};

Head head_at(const char* place) {
  Head out;
  std::memcpy(&out, place, sizeof out);
  return out;
}

constexpr size_t kRoomBytes = 64u << 10;
static_assert(kRoomBytes >= sizeof(Head) + kIndexTextMax + kIndexCutsMax);
constexpr size_t kFirstSlots = 64;

}  // namespace

uint32_t TextTable::Place::number() const { return is_nothing() ? 0 : head_at(at_).number; }

TextValue TextTable::Place::text() const {
  const Head head = head_at(at_);
  const char* const from = at_ + sizeof head;
  return {{from, head.text}, {from + head.text, head.cuts / 2}, head.cuts % 2 != 0};
}

TextTable::Place TextTable::place_of(TextValue value) {
  if (value.is_nothing()) return {};
  if (value.text.size() > kIndexTextMax) {
    CHECK(value.cuts.empty());
    value.text = value.text.substr(0, kIndexTextMax);
    value.is_cut = true;
  }
  CHECK(value.cuts.size() <= kIndexCutsMax);
  if (texts_.size() * 2 >= slots_.size()) grow();
  const auto hash = static_cast<uint32_t>(absl::HashOf(value));
  Slot& slot = slot_of(value, hash);
  if (slot.place.is_nothing()) slot = {keep(value), hash};
  return slot.place;
}

uint32_t TextTable::number_of(const TextValue& value) { return place_of(value).number(); }

void TextTable::clear() {
  std::ranges::fill(slots_, Slot());
  texts_.clear();
  rooms_.clear();
  room_left_ = 0;
  bytes_ = 0;
}

TextTable::Slot& TextTable::slot_of(const TextValue& value, uint32_t hash) {
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash;; ++at) {
    Slot& slot = slots_[at & mask];
    if (slot.place.is_nothing()) return slot;
    if (slot.hash == hash && slot.place.text() == value) return slot;
  }
}

void TextTable::grow() {
  std::vector<Slot> before(std::max(kFirstSlots, slots_.size() * 2));
  before.swap(slots_);
  for (const Slot& slot : before) {
    if (slot.place.is_nothing()) continue;
    const size_t mask = slots_.size() - 1;
    size_t at = slot.hash;
    while (!slots_[at & mask].place.is_nothing()) ++at;
    slots_[at & mask] = slot;
  }
}

TextTable::Place TextTable::keep(const TextValue& value) {
  Head head;
  head.number = static_cast<uint32_t>(texts_.size() + 1);
  head.text = static_cast<uint32_t>(value.text.size());
  head.cuts = static_cast<uint32_t>(value.cuts.size() * 2 + value.is_cut);
  const size_t size = sizeof head + value.text.size() + value.cuts.size();
  if (size > room_left_) {
    rooms_.push_back(std::make_unique_for_overwrite<char[]>(kRoomBytes));
    room_left_ = kRoomBytes;
  }
  char* const at = rooms_.back().get() + (kRoomBytes - room_left_);
  room_left_ -= size;
  std::memcpy(at, &head, sizeof head);
  std::ranges::copy(value.text, at + sizeof head);
  std::ranges::copy(value.cuts, at + sizeof head + value.text.size());
  bytes_ += value.text.size() + value.cuts.size();
  Place& place = texts_.emplace_back();
  place.at_ = at;
  return place;
}

}  // namespace spoor::collector
