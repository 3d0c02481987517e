// How often each thing happened, over all seeds of a run: a fault or cause that never came is a
// hole in the simulation, and counts as a failure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace spoor::sim {

class Tally {
 public:
  void expect(const std::string& what) { counts_[what]; }
  void count(const std::string& what, uint64_t times = 1) { counts_[what] += times; }
  const std::map<std::string, uint64_t>& counts() const { return counts_; }

 private:
  std::map<std::string, uint64_t> counts_;
};

}  // namespace spoor::sim
