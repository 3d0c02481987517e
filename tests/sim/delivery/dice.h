// Where all chance of a run comes from: one seed, so that a run can be had again. Whoever draws at
// moments that others do not share forks dice of its own. One thread.
#pragma once

#include <cstdint>

namespace spoor::sim {

class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}

  // splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  // Both ends included.
  int64_t between(int64_t least, int64_t most) {
    return least + static_cast<int64_t>(next() % static_cast<uint64_t>(most - least + 1));
  }
  size_t below(size_t count) { return static_cast<size_t>(next() % count); }
  bool one_in(uint64_t count) { return next() % count == 0; }
  Dice fork() { return Dice(next()); }

 private:
  uint64_t state_;
};

}  // namespace spoor::sim
