#include "agent/correlate/string_pool.h"

#include "common/check.h"

namespace spoor::agent {
namespace {

// What a string takes besides its text, roughly: the entry, the map's node and bucket.
constexpr size_t kBytesEach = 96;

}  // namespace

uint32_t StringPool::take(std::string_view text) {
  if (text.empty()) return 0;
  if (const auto known = numbers_.find(text); known != numbers_.end()) {
    return share(known->second);
  }
  const size_t bytes = text.size() + kBytesEach;
  if (bytes > bytes_max_ - bytes_) return 0;
  if (free_.empty()) {
    entries_.emplace_back();
    free_.push_back(static_cast<uint32_t>(entries_.size()));
  }
  const uint32_t number = free_.back();
  free_.pop_back();
  Entry& entry = entries_[number - 1];
  entry.text = text;
  entry.owners = 1;
  numbers_.emplace(entry.text, number);
  bytes_ += bytes;
  return number;
}

uint32_t StringPool::share(uint32_t number) {
  if (number != 0) ++entries_[number - 1].owners;
  return number;
}

void StringPool::give_back(uint32_t number) {
  if (number == 0) return;
  Entry& entry = entries_[number - 1];
  CHECK(entry.owners > 0);
  if (--entry.owners != 0) return;
  bytes_ -= entry.text.size() + kBytesEach;
  numbers_.erase(entry.text);
  entry.text = std::string();
  free_.push_back(number);
}

std::string_view StringPool::text(uint32_t number) const {
  return number == 0 ? std::string_view() : entries_[number - 1].text;
}

}  // namespace spoor::agent
