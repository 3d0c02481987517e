#include "collector/follow/follower.h"

#include "collector/limits.h"

namespace spoor::collector {

Result<bool> Follower::step() {
  if (!pending_) {
    ASSIGN_OR_RETURN(batch_, read_(kFollowBytesMax));
    if (batch_.to == position_) return false;
    for (const LogEntry& entry : batch_.entries) decoder_.decode(entry, events_);
    pending_ = true;
  }
  RETURN_IF_ERROR(apply_(events_, position_, batch_.to));
  position_ = batch_.to;
  bytes_ += batch_.bytes;
  if (!batch_.entries.empty()) received_until_ns_ = batch_.entries.back().received_ns;
  events_.clear();
  batch_ = {};
  pending_ = false;
  return true;
}

}  // namespace spoor::collector
