// How many different names there are, as a sum: what was counted apart can be added, in any order
// and any split, and a name that is in several parts counts once.
//
// Keeps the kDistinctMax least hashes. Up to there the count is exact; beyond it is estimated from
// how densely they lie (k hashes below x of 2^64 mean k / (x / 2^64) of them; off by about
// 1 / sqrt(k)). Plain value; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace spoor::collector {

class DistinctCount {
 public:
  void add(std::string_view name);
  void add(const DistinctCount& other);
  uint64_t count() const;

  // As it is kept on disk; nullopt for what no count is.
  static std::optional<DistinctCount> of(std::vector<uint64_t> least, bool has_passed);
  const std::vector<uint64_t>& least() const { return least_; }
  bool is_exact() const { return !passed_; }
  bool operator==(const DistinctCount&) const = default;

 private:
  void add_hash(uint64_t hash);

  std::vector<uint64_t> least_;  // sorted, each once
  bool passed_ = false;          // one was left out
};

}  // namespace spoor::collector
