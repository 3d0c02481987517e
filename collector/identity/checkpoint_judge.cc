#include "collector/identity/checkpoint_judge.h"

#include <algorithm>

#include "collector/limits.h"
#include "common/clock.h"

namespace spoor::collector {

void CheckpointJudge::look(const LogEntry& entry, const Frame& checkpoint) {
  // Whoever makes an index anew reads the log from its beginning.
  if (entry.number <= looked_until_) return;
  if (is_due(checkpoint.head.header.stream, entry.received_ns)) {
    const std::string fault = fault_of(entry, checkpoint);
    if (!fault.empty()) on_bad_(entry.agent, fault);
  }
  looked_until_ = entry.number;
  const std::lock_guard lock(mutex_);
  news_.until = entry.number;
}

CheckpointLooks CheckpointJudge::take_news() {
  const std::lock_guard lock(mutex_);
  CheckpointLooks out = std::move(news_);
  news_ = {out.until, {}};
  return out;
}

bool CheckpointJudge::is_due(const Id& stream, int64_t received_ns) {
  constexpr int64_t kMostNs = kCheckpointsBurst * kNsPerSecond;
  int64_t& free_at_ns = free_at_ns_[stream];
  // Further away it was never: our clock was set back.
  const bool is_anew = free_at_ns < received_ns || free_at_ns > received_ns + kMostNs;
  if (is_anew) free_at_ns = received_ns;
  if (free_at_ns == received_ns + kMostNs) return false;
  free_at_ns = std::min(free_at_ns + kNsPerSecond, received_ns + kMostNs);
  return true;
}

std::string CheckpointJudge::fault_of(const LogEntry& entry, const Frame& frame) {
  const auto checkpoint = decode_checkpoint(frame.entries.front().fields.value_or(""));
  if (!checkpoint.is_ok()) return "it is none";
  if (!is_signed(*checkpoint)) return "a bad signature";
  const FrameHeader& h = frame.head.header;
  const Checkpoint::Stream& own =
      checkpoint->streams[static_cast<size_t>(h.event_class) - 1];
  // Or it was taken from another place, or from another host.
  const bool is_here = own.id == h.stream && own.head.epoch == h.previous_epoch &&
                       own.head.sequence == h.previous_sequence &&
                       own.head.chain == frame.head.previous_chain;
  if (!is_here) return "it is of another place";
  return fault_of_key(entry.agent, *checkpoint, h.stream);
}

// Who was never enrolled has no key that we could know.
std::string CheckpointJudge::fault_of_key(const std::string& agent, const Checkpoint& checkpoint,
                                          const Id& stream) {
  if (!registry_.is_enrolled(agent)) return "";
  const auto key = registry_.checkpoint_key(agent, checkpoint.key);
  if (!key) return "by a key with which this host was not enrolled";
  const bool is_over = key->until_s != 0 && checkpoint.time_ns / kNsPerSecond >
                                                key->until_s + kCheckpointKeyLateS;
  int64_t& from_s = key_from_s_[stream];
  if (is_over || key->from_s < from_s) {
    return "by a key that a later enrolment has replaced: an agent reads its key when it is "
           "started";
  }
  if (key->from_s == from_s) return "";
  from_s = key->from_s;
  const std::lock_guard lock(mutex_);
  news_.key_from_s[stream] = from_s;
  return "";
}

}  // namespace spoor::collector
