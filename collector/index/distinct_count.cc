#include "collector/index/distinct_count.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "collector/limits.h"
#include "common/sha256.h"

namespace spoor::collector {

// A hash that a host's users cannot steer cheaply: they choose the names.
void DistinctCount::add(std::string_view name) {
  const Hash hash = sha256(as_bytes(name));
  uint64_t value = 0;
  static_assert(sizeof value <= sizeof hash);
  std::memcpy(&value, hash.data(), sizeof value);
  add_hash(value);
}

void DistinctCount::add(const DistinctCount& other) {
  for (const uint64_t hash : other.least_) add_hash(hash);
  passed_ = passed_ || other.passed_;
}

std::optional<DistinctCount> DistinctCount::of(std::vector<uint64_t> least, bool has_passed) {
  const bool ascends = std::ranges::adjacent_find(least, std::greater_equal()) == least.end();
  const bool fits = has_passed ? least.size() == kDistinctMax : least.size() <= kDistinctMax;
  if (!ascends || !fits) return std::nullopt;
  DistinctCount out;
  out.least_ = std::move(least);
  out.passed_ = has_passed;
  return out;
}

void DistinctCount::add_hash(uint64_t hash) {
  const auto at = std::lower_bound(least_.begin(), least_.end(), hash);
  if (at != least_.end() && *at == hash) return;
  if (least_.size() < kDistinctMax) {
    least_.insert(at, hash);
    return;
  }
  passed_ = true;
  if (at == least_.end()) return;
  std::move_backward(at, least_.end() - 1, least_.end());
  *at = hash;
}

uint64_t DistinctCount::count() const {
  if (!passed_) return least_.size();
  const double part = static_cast<double>(least_.back()) / 18446744073709551616.0;
  return static_cast<uint64_t>(static_cast<double>(least_.size()) / part);
}

}  // namespace spoor::collector
