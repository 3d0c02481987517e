// The newest events of many agents, in which none takes the place of others: when it is full, who
// has most of it loses its oldest; of equals the one whose oldest is the oldest of all.
//
// Used by one thread at a time.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/model.h"

namespace spoor::collector {

class FairHistory {
 public:
  explicit FairHistory(size_t most) : most_(most) {}

  struct Kept {
    std::string whose;
    IndexedEvent event;
  };

  // `whose`: in whose share of the room it is. The number of the one that was left out for it.
  std::optional<uint64_t> add(const std::string& whose, const IndexedEvent& event);
  // One that was kept before a restart; in the order of their numbers.
  void put_back(uint64_t number, const std::string& whose, const IndexedEvent& event);
  // In the order in which they came.
  std::vector<IndexedEvent> events() const;
  const std::map<uint64_t, Kept>& kept() const { return kept_; }
  uint64_t next_number() const { return next_number_; }

 private:
  using Numbers = std::deque<uint64_t>;
  using Rank = std::pair<size_t, uint64_t>;  // how many; the greater, the older the oldest

  static Rank rank_of(const Numbers& numbers);

  const size_t most_;
  uint64_t next_number_ = 0;
  std::map<uint64_t, Kept> kept_;
  std::map<std::string, Numbers> shares_;
  std::set<Rank> ranks_;  // of the shares; a number is in one of them
};

}  // namespace spoor::collector
