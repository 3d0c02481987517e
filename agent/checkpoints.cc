#include "agent/checkpoints.h"

#include <utility>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr int64_t kSaveNs = 10 * kNsPerSecond;
// What was told before a crash is derived again when the timers of its events have run out.
constexpr int64_t kToldKeepNs = kExitHoldNs + kEventQuietNsMax + kSerialReorderNs;

}  // namespace

uint64_t Checkpoints::restore(Predecessor before, uint64_t ours, bool sockets_kept, Instant now) {
  before_ = std::move(before);
  const uint64_t records = recover(*before_, ring_, ours, sockets_kept, pipeline_, now);
  before_->state.reset();  // it is large
  restored_until_ns_ = now.boottime_ns + kToldKeepNs;
  return records;
}

void Checkpoints::tick(uint64_t safe, const Drops& drops, Instant now) {
  ring_.settle(safe);
  if (before_) {
    if (!before_->told.is_empty() && now.boottime_ns < restored_until_ns_) return;
    pipeline_.set_told(nullptr);
    before_.reset();
  }
  const uint64_t position = ring_.position();
  const bool half_full = position - saved_position_ > kReadRingBytes / 2;
  if (position == saved_position_ || (now.boottime_ns < save_due_ns_ && !half_full) ||
      queue_.has_state()) {
    return;
  }
  save_due_ns_ = now.boottime_ns + kSaveNs;
  saved_position_ = position;
  save(drops, now);
}

void Checkpoints::save(const Drops& drops, Instant now) {
  pipeline_.flush();
  queue_.push_state({encode_state({pipeline_.save(now), ring_.id(), ring_.position(),
                                   drops.audit - pipeline_.drops_untold(), drops.connector},
                                  host_.boot_id),
                     ring_.position()});
}

}  // namespace spoor::agent
