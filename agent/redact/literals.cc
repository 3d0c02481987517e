#include "agent/redact/literals.h"

#include <algorithm>
#include <cstring>

namespace spoor::agent {
namespace {

// Of letters this is lower case. What else it maps together is told apart by is_at().
constexpr uint32_t kFold = 0x202020;

uint32_t key_at(const char* at) {
  uint32_t key = 0;
  std::memcpy(&key, at, Literals::kBytesMin);
  return key | kFold;
}

uint32_t slot_of(uint32_t key) { return key * 0x9E3779B1u >> 16; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool is_of_name(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.';
}

}  // namespace

Literals::Literals(std::vector<Entry> entries) : entries_(std::move(entries)) {
  for (Entry& entry : entries_) {
    std::transform(entry.text.begin(), entry.text.end(), entry.text.begin(), lower);
  }
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return key_at(a.text.data()) < key_at(b.text.data());
  });
  for (uint32_t i = 0; i < entries_.size(); ++i) {
    const uint32_t key = key_at(entries_[i].text.data());
    if (groups_.empty() || groups_.back().key != key) groups_.push_back({key, i, 0});
    ++groups_.back().size;
    bits_[slot_of(key) / 64] |= uint64_t{1} << slot_of(key) % 64;
  }
}

// From behind: the beginning is why we were asked, and what begins alike mostly ends otherwise.
bool Literals::is_at(const Entry& entry, std::string_view text, size_t at) const {
  const std::string_view wanted = entry.text;
  if (text.size() - at < wanted.size()) return false;
  for (size_t i = wanted.size(); i-- > 0;) {
    if (lower(text[at + i]) != wanted[i]) return false;
  }
  if (!entry.whole_word) return true;
  const size_t end = at + wanted.size();
  return (at == 0 || !is_of_name(text[at - 1])) && (end == text.size() || !is_of_name(text[end]));
}

// `visit` returns false to end.
template <typename Visit>
void Literals::scan(std::string_view text, Visit&& visit) const {
  if (text.size() < kBytesMin) return;
  const size_t last = text.size() - kBytesMin;
  for (size_t at = 0; at <= last; ++at) {
    uint32_t key = 0;
    if (at < last) {
      std::memcpy(&key, text.data() + at, sizeof key);
      key = (key & 0xFFFFFF) | kFold;
    } else {
      key = key_at(text.data() + at);
    }
    const uint32_t slot = slot_of(key);
    if ((bits_[slot / 64] >> slot % 64 & 1) == 0) continue;
    const auto group = std::lower_bound(groups_.begin(), groups_.end(), key,
                                        [](const Group& g, uint32_t k) { return g.key < k; });
    if (group == groups_.end() || group->key != key) continue;
    for (uint32_t i = group->first; i < group->first + group->size; ++i) {
      if (is_at(entries_[i], text, at) && !visit(entries_[i], at)) return;
    }
  }
}

bool Literals::find(std::string_view text, RuleBits& found) const {
  bool any = false;
  scan(text, [&](const Entry& entry, size_t) {
    found.set(entry.rule);
    return any = true;
  });
  return any;
}

size_t Literals::first(std::string_view text, const RuleBits& rules) const {
  size_t first = std::string_view::npos;
  scan(text, [&](const Entry& entry, size_t at) {
    if (!rules.test(entry.rule)) return true;
    first = at;
    return false;
  });
  return first;
}

}  // namespace spoor::agent
