// The points at which a stream stood lately, behind each of its frames, by their chain values: a
// chain value stands for its point, whose numbers are hashed into it. Of each the first 8 bytes are
// kept: enough against chance; and whoever searches 2^55 headers for one that fits gains nothing
// that he could not simply say. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "common/frame/format.h"

namespace spoor {

class ChainMarks {
 public:
  // A busy stream has 50 frames a second, most have four; the agent syncs each second. An older
  // point is taken for another history's. Of four streams, in a connection and in the writer, this
  // is 16 KiB an agent.
  static constexpr size_t kMarksMax = 256;

  void add(const Hash& chain) {
    if (marks_.size() < kMarksMax) {
      marks_.push_back(mark_of(chain));
      return;
    }
    marks_[oldest_] = mark_of(chain);
    oldest_ = (oldest_ + 1) % kMarksMax;
  }
  bool contains(const Hash& chain) const {
    return std::find(marks_.begin(), marks_.end(), mark_of(chain)) != marks_.end();
  }
  // Whether it is among the newest so many.
  bool contains(const Hash& chain, size_t newest) const { return age_of(chain) < newest; }
  // The one was added before the other, each for the last time.
  bool came_before(const Hash& one, const Hash& other) const {
    return contains(one) && age_of(one) > age_of(other);
  }

 private:
  // How many were added since; of one that was not, SIZE_MAX.
  size_t age_of(const Hash& chain) const {
    const size_t size = marks_.size();
    for (size_t age = 0; age < size; ++age) {
      if (marks_[(oldest_ + size - 1 - age) % size] == mark_of(chain)) return age;
    }
    return SIZE_MAX;
  }
  static uint64_t mark_of(const Hash& chain) {
    uint64_t mark = 0;
    std::memcpy(&mark, chain.data(), sizeof mark);
    return mark;
  }

  std::vector<uint64_t> marks_;
  size_t oldest_ = 0;  // where all places are taken
};

}  // namespace spoor
