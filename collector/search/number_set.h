// A set of numbers below a bound: of texts, of kinds. Plain value; one thread while it is filled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spoor::collector {

class NumberSet {
 public:
  explicit NumberSet(size_t bound = 0) : bits_((bound + 63) / 64) {}

  void add(uint64_t number) { bits_[number / 64] |= uint64_t{1} << number % 64; }
  bool has(uint64_t number) const {
    return number / 64 < bits_.size() && (bits_[number / 64] >> number % 64 & 1) != 0;
  }
  // One of those from `least` to `greatest`; and one that is not in the set.
  bool has_any(uint64_t least, uint64_t greatest) const { return look(least, greatest, 0); }
  bool lacks_any(uint64_t least, uint64_t greatest) const {
    return least <= greatest &&
           (greatest / 64 >= bits_.size() || look(least, greatest, ~uint64_t{0}));
  }

 private:
  // A bit from `least` to `greatest` that differs from `same`.
  bool look(uint64_t least, uint64_t greatest, uint64_t same) const {
    for (uint64_t word = least / 64; word < bits_.size() && word <= greatest / 64; ++word) {
      uint64_t found = bits_[word] ^ same;
      if (word == least / 64) found &= ~uint64_t{0} << least % 64;
      if (word == greatest / 64) found &= ~uint64_t{0} >> (63 - greatest % 64);
      if (found != 0) return true;
    }
    return false;
  }

  std::vector<uint64_t> bits_;
};

}  // namespace spoor::collector
