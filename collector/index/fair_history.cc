#include "collector/index/fair_history.h"

namespace spoor::collector {

FairHistory::Rank FairHistory::rank_of(const Numbers& numbers) {
  return {numbers.size(), ~numbers.front()};
}

void FairHistory::put_back(uint64_t number, const std::string& whose,
                           const IndexedEvent& event) {
  next_number_ = number;
  add(whose, event);
}

std::optional<uint64_t> FairHistory::add(const std::string& whose, const IndexedEvent& event) {
  Numbers& share = shares_[whose];
  if (!share.empty()) ranks_.erase(rank_of(share));
  share.push_back(next_number_);
  ranks_.insert(rank_of(share));
  kept_.emplace(next_number_++, Kept{whose, event});
  if (kept_.size() <= most_) return std::nullopt;
  const Rank greatest = *ranks_.rbegin();
  ranks_.erase(greatest);
  const auto oldest = kept_.find(~greatest.second);
  const auto loser = shares_.find(oldest->second.whose);
  loser->second.pop_front();
  if (loser->second.empty())
    shares_.erase(loser);
  else
    ranks_.insert(rank_of(loser->second));
  kept_.erase(oldest);
  return ~greatest.second;
}

std::vector<IndexedEvent> FairHistory::events() const {
  std::vector<IndexedEvent> out;
  out.reserve(kept_.size());
  for (const auto& [number, kept] : kept_) out.push_back(kept.event);
  return out;
}

}  // namespace spoor::collector
