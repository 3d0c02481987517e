#include "agent/checkpoints.h"

#include <utility>

#include "agent/limits.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr int64_t kSaveNs = 10 * kNsPerSecond;
// What was told before a crash is derived again when the timers of its events have run out.
constexpr int64_t kToldKeepNs = kExitHoldNs + kEventQuietNsMax + kSerialReorderNs;

}  // namespace

void Checkpoints::restore(Predecessor before, const Beginning& ours) {
  before_ = std::move(before);
  began_ns_ = ours.at.boottime_ns;
  Pipeline& pipeline = feed_.pipeline();
  pipeline.set_told([this](const Fact& fact) { return was_told(fact); });
  note_.recovering();
  {
    const CrashNote::Work work(&note_, CrashNote::name(CrashNote::Kind::recovery, 0));
    recover(*before_, ours, feed_);
  }
  note_.recovered();
  before_->state.reset();  // it is large
  // A reload, or a first start.
  if (feed_.records() == 0 && before_->told.is_empty()) {
    recovered_ = 0;
    end_restoring(ours.at);
  }
}

bool Checkpoints::was_told(const Fact& fact) {
  if (before_->told.take(fact)) return true;
  const bool was_read = fact.audit != nullptr && fact.read.boottime_ns < began_ns_;
  if (was_read && fact.ends_event) recovered_ += fact.audit->records.size();
  return false;
}

void Checkpoints::end_restoring(Instant now) {
  feed_.pipeline().set_told(nullptr);
  before_.reset();
  tell_recovered(now);
}

void Checkpoints::tell_recovered(Instant now) {
  const uint64_t records = std::exchange(recovered_, 0);
  if (records == 0) return;
  log_info("{} records that the run before had read, and not spooled, were not lost", records);
  feed_.pipeline().agent_state(
      {.change = AgentState::Change::records_recovered, .count = records}, now);
}

void Checkpoints::tick(uint64_t safe, Instant now) {
  ReadRing& ring = feed_.ring();
  ring.settle(safe);
  if (first_tick_position_ == 0) first_tick_position_ = ring.position();
  if (safe >= first_tick_position_) note_.survived();
  if (before_) {
    if (now.boottime_ns - began_ns_ >= kToldKeepNs) end_restoring(now);
    // A state saved now would not speak of what is told and may still be derived again.
    else if (!before_->told.is_empty()) return;
  }
  const uint64_t position = ring.position();
  const bool half_full = position - saved_position_ > kReadRingBytes / 2;
  if ((now.boottime_ns < save_due_ns_ && !half_full) || queue_.has_state()) return;
  save_due_ns_ = now.boottime_ns + kSaveNs;
  saved_position_ = position;
  ring.forget_batches();
  tell_recovered(now);  // a run after this state would not know of them
  save(false, now);
}

void Checkpoints::save(bool is_last, Instant now) {
  ReadRing& ring = feed_.ring();
  feed_.pipeline().flush();
  const SavedState state{feed_.pipeline().save(now), ring.id(), ring.position(), feed_.drops(),
                         is_last};
  queue_.push_state({encode_state(state, host_.boot_id), ring.position(),
                     encode_log_cursors(state.pipeline.log_cursors)});
}

}  // namespace spoor::agent
