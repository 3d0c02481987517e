#include "agent/source/listener_overlap.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

// What the kernel held back comes first and in one go: after so many records that were no copies,
// none will come again.
constexpr size_t kUnknownInARow = 256;

uint64_t hash_of(const Datagram& record) {
  return std::hash<std::string_view>()(record.text) ^ (record.type * 0x9E3779B97F4A7C15ull);
}

}  // namespace

void ListenerOverlap::listen() {
  listening_ = true;
  copied_.clear();
  next_ = unknown_in_a_row_ = 0;
}

bool ListenerOverlap::accept(const Datagram& record, bool copy) {
  if (copy) {
    if (!listening_) return false;
    last_copy_ = hash_of(record);
    if (copied_.size() < kCopiesRemembered) copied_.push_back(last_copy_);
    else copied_[next_] = last_copy_;
    next_ = (next_ + 1) % kCopiesRemembered;
    return true;
  }
  if (copied_.empty()) return true;
  const uint64_t hash = hash_of(record);
  if (hash == last_copy_) listening_ = false;
  if (was_copied(hash)) {
    unknown_in_a_row_ = 0;
    return false;
  }
  if (!listening_ && ++unknown_in_a_row_ >= kUnknownInARow) {
    copied_.clear();
    copied_.shrink_to_fit();
  }
  return true;
}

bool ListenerOverlap::was_copied(uint64_t hash) {
  const auto found = std::find(copied_.begin(), copied_.end(), hash);
  if (found == copied_.end()) return false;
  *found = 0;  // each copy stands for one record
  return true;
}

}  // namespace spoor::agent
