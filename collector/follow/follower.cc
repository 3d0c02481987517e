#include "collector/follow/follower.h"

#include "collector/limits.h"

namespace spoor::collector {

// A batch is bounded by what it takes in the log; a few of its bytes may unfold into thousands.
Result<bool> Follower::step() {
  const std::vector<LogEntry>& entries = batch_.entries;
  if (!pending_) {
    if (next_ == entries.size()) {
      ASSIGN_OR_RETURN(batch_, read_(kFollowBytesMax));
      next_ = 0;
      if (batch_.to == position_) return false;
    }
    size_t memory = 0;
    while (next_ < entries.size() && memory < kFollowMemoryMax) {
      streams_.insert(entries[next_].head.stream);
      memory += decoder_.decode(entries[next_++], events_);
    }
    pending_ = true;
  }
  const bool is_whole = next_ == entries.size();
  const Position to = is_whole ? batch_.to : Position{entries[next_ - 1].number};
  RETURN_IF_ERROR(apply_(events_, position_, to, marks()));
  position_ = to;
  if (next_ > 0) received_until_ns_ = entries[next_ - 1].received_ns;
  events_.clear();
  streams_.clear();
  pending_ = false;
  if (!is_whole) return true;
  bytes_ += batch_.bytes;
  batch_ = {};
  next_ = 0;
  return true;
}

std::vector<StreamMark> Follower::marks() const {
  std::vector<StreamMark> out;
  for (const Id& stream : streams_)
    if (const auto mark = decoder_.mark_of(stream)) out.push_back(*mark);
  return out;
}

}  // namespace spoor::collector
