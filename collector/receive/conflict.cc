#include "collector/receive/conflict.h"

#include <algorithm>

#include "collector/limits.h"

namespace spoor::collector {
namespace {

// An agent looks for notes each second; where streams of its own are due, half a minute is soon.
constexpr int64_t kAskedInVainNs = 10'000'000'000;

}  // namespace

std::optional<OfferedEpoch> rolled_back_host(const StreamOffer& offer, const StreamHead& in_log,
                                             const PastEpochs& past, bool agent_has_begun) {
  if (in_log.epoch == 0 || offer.epochs.empty()) return std::nullopt;
  const auto is_other = [](const OfferedEpoch& epoch, const Id& nonce) {
    return nonce != Id{} && epoch.nonce != nonce;
  };
  for (const OfferedEpoch& epoch : offer.epochs) {
    if (epoch.epoch == in_log.epoch && is_other(epoch, in_log.epoch_nonce)) return epoch;
    const PastEpochs::End* end = past.find(epoch.epoch);
    if (end && (is_other(epoch, end->nonce) || epoch.last_sequence > end->sequence)) return epoch;
    const bool is_passed = epoch.epoch < in_log.epoch && epoch.last_sequence > 0;
    if (is_passed && past.lacks(epoch.epoch)) return epoch;
  }
  const OfferedEpoch& newest = offer.epochs.back();
  const bool is_below = newest.epoch < in_log.epoch || (newest.epoch == in_log.epoch &&
                                                        newest.last_sequence < in_log.sequence);
  return agent_has_begun && is_below ? std::optional(newest) : std::nullopt;
}

bool shows_older_log(const CommitNote& note, const StreamHead& in_log, const PastEpochs& past,
                     const LatePoints& points, uint64_t generation) {
  if (note.log_generation != generation) return note.log_generation > generation;
  if (note.epoch == 0) return false;  // a wish told to a stranger, which promises nothing
  if (note.epoch > in_log.epoch) return true;
  if (note.epoch == in_log.epoch && note.sequence > in_log.sequence) return true;
  // It came back older, and somebody else's frames have led it on since, past that point...
  if (points.lacks(note.epoch, note.sequence, note.chain)) return true;
  // ...or past that epoch.
  if (note.epoch == in_log.epoch) return false;
  const PastEpochs::End* end = past.find(note.epoch);
  return end ? note.sequence > end->sequence : past.lacks(note.epoch);
}

void Boots::wrote(const Id& boot) {
  if (boot == current_) return;
  if (boot == replaced_ && replaced_ != Id{}) suspected_ = current_;
  replaced_ = current_;
  current_ = boot;
}

bool ConflictCount::was_obeyed_in_vain(uint64_t newest_epoch, int64_t boottime_ns) {
  if (asked_epoch_ == 0) asked_epoch_ = newest_epoch;
  return newest_epoch > asked_epoch_ && count_ < kConflictsUntilClone &&
         boottime_ns - counted_ns_ >= kAskedInVainNs;
}

ConflictCount::Counted ConflictCount::add(const StreamHead& at, const Speaker& speaker,
                                          uint64_t newest_epoch, int64_t boottime_ns) {
  if (is_over(boottime_ns)) *this = {};
  const bool is_here = is_at(at);
  std::pair who(speaker.boot_id, speaker.certificate);
  const bool is_same = is_here && who == who_;
  if (is_same && !was_obeyed_in_vain(newest_epoch, boottime_ns)) return {count_, false};
  if (count_ == 0) since_ns_ = boottime_ns;
  if (!is_here || is_same) count_ = std::min(count_ + 1, kConflictsToldMax + 1);
  if (!is_same) asked_epoch_ = newest_epoch;
  counted_ns_ = boottime_ns;
  epoch_ = at.epoch;
  sequence_ = at.sequence;
  who_ = std::move(who);
  const bool is_told = told_ < kConflictsToldMax;
  told_ += is_told;
  return {count_, is_told};
}

uint32_t ConflictCount::count_at(const StreamHead& at, const Speaker& speaker,
                                 int64_t boottime_ns) const {
  const bool is_same = is_at(at) && who_ == std::pair(speaker.boot_id, speaker.certificate);
  return is_same && !is_over(boottime_ns) ? count_ : 0;
}

v1::StreamPoint point_of(const StreamHead& head) {
  v1::StreamPoint point;
  point.set_epoch(head.epoch);
  point.set_sequence(head.sequence);
  if (head.epoch_nonce != Id{}) point.set_epoch_nonce(std::string(as_text(head.epoch_nonce)));
  if (head.epoch != 0) point.set_chain(std::string(as_text(head.chain)));
  return point;
}

v1::StreamConflict::Side side_of(const Speaker& speaker) {
  v1::StreamConflict::Side side;
  side.set_address(speaker.address);
  side.set_machine_id(std::string(as_text(speaker.machine_id)));
  side.set_boot_id(std::string(as_text(speaker.boot_id)));
  side.set_host(speaker.host);
  side.set_certificate(speaker.certificate);
  side.set_agent(speaker.agent);
  return side;
}

}  // namespace spoor::collector
