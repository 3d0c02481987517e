#include "agent/correlate/loss_ledger.h"

#include <algorithm>
#include <charconv>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

// Serials of a new run live this far up, so that unwrapping a wrap backwards never passes zero.
constexpr uint64_t kUnwrapOrigin = 1ull << 32;
// Stands for a kernel counter that was not read; the counter has 32 bits.
constexpr uint64_t kNeverAsked = 1ull << 32;

}  // namespace

std::string encode_mark(const LedgerMark& mark) {
  std::string text = "spoor-mark 1 " + to_hex(mark.boot_id);
  const uint64_t kernel_lost = mark.kernel_lost ? *mark.kernel_lost : kNeverAsked;
  for (const uint64_t n : {mark.base, mark.greatest, mark.low_water, mark.accounted, kernel_lost}) {
    text += ' ' + std::to_string(n);
  }
  return text + '\n';
}

Result<LedgerMark> decode_mark(std::string_view text) {
  constexpr std::string_view kHead = "spoor-mark 1 ";
  if (!text.starts_with(kHead) || text.size() < kHead.size() + 32) return corrupt("no mark");
  LedgerMark mark;
  ASSIGN_OR_RETURN(mark.boot_id, array_from_hex<16>(text.substr(kHead.size(), 32)));
  const char* at = text.data() + kHead.size() + 32;
  const char* const end = text.data() + text.size();
  uint64_t kernel_lost = 0;
  for (uint64_t* n : {&mark.base, &mark.greatest, &mark.low_water, &mark.accounted, &kernel_lost}) {
    if (at == end || *at != ' ') return corrupt("a mark with too few numbers");
    const auto [next, error] = std::from_chars(at + 1, end, *n);
    if (error != std::errc()) return corrupt("a mark with a bad number");
    at = next;
  }
  // The line's end shows that it was written whole.
  if (at == end || *at != '\n') return corrupt("a mark cut short");
  if (mark.low_water > mark.greatest || mark.base > mark.greatest ||
      mark.accounted > mark.greatest - mark.base || kernel_lost > kNeverAsked) {
    return corrupt("a mark whose numbers contradict each other");
  }
  if (kernel_lost != kNeverAsked) mark.kernel_lost = static_cast<uint32_t>(kernel_lost);
  return mark;
}

LossLedger::LossLedger(Id boot_id, std::function<void(const Loss&, Instant)> report)
    : boot_id_(boot_id), report_(std::move(report)) {}

void LossLedger::resume_after_gap(const LedgerMark& mark) {
  if (mark.boot_id != boot_id_) return;
  if (mark.greatest != 0) gap_after_ = mark.low_water;
  started_ = false;
  holes_.clear();  // what was missing before the gap is counted with it
  base_ = mark.base;
  greatest_ = mark.greatest;
  accounted_ = mark.accounted;
  kernel_lost_ = mark.kernel_lost;
}

void LossLedger::resume(const LedgerMark& mark, Instant now) {
  if (mark.boot_id != boot_id_) return;
  gap_after_.reset();
  started_ = mark.greatest != 0;
  base_ = mark.base;
  greatest_ = mark.greatest;
  accounted_ = mark.accounted;
  kernel_lost_ = mark.kernel_lost;
  const uint64_t open = greatest_ - base_ - accounted_;
  if (open == 0) return;
  // Records handed over in flight are among these, and are read again at once.
  holes_.push_back({mark.low_water + 1, greatest_, open, now.boottime_ns, now.realtime_ns, 0,
                    Loss::Cause::unknown_gap, true});
}

uint64_t LossLedger::unwrap(uint32_t serial) const {
  if (greatest_ == 0) return kUnwrapOrigin + serial;
  const auto distance = static_cast<int32_t>(serial - static_cast<uint32_t>(greatest_));
  return greatest_ + static_cast<uint64_t>(static_cast<int64_t>(distance));
}

void LossLedger::read(uint32_t serial, Instant now, uint64_t last_order) {
  const uint64_t n = unwrap(serial);
  if (!started_) {
    started_ = true;
    if (!gap_after_) {
      base_ = n - 1;
      greatest_ = n;
    } else {
      // All serials after the low-water mark, less those that are accounted for all the same. (What
      // is read first may be the rest of an event that the run before had begun to read.)
      const uint64_t until = std::max(n - 1, greatest_);
      if (until > base_ + accounted_) {
        holes_.push_back({*gap_after_ + 1, until, until - base_ - accounted_, now.boottime_ns, 0,
                          last_order, Loss::Cause::agent_down, true});
      }
      if (n <= greatest_) fill(n);
      greatest_ = std::max(greatest_, n);
    }
  } else if (n > greatest_) {
    if (n > greatest_ + 1) {
      holes_.push_back({greatest_ + 1, n - 1, n - 1 - greatest_, now.boottime_ns, last_read_ns_,
                        last_order, Loss::Cause::unknown_gap});
    }
    greatest_ = n;
  } else {
    fill(n);
  }
  last_read_ns_ = now.realtime_ns;
}

void LossLedger::fill(uint64_t serial) {
  for (size_t i = 0; i < holes_.size(); ++i) {
    const Hole hole = holes_[i];
    if (serial < hole.first || serial > hole.last) continue;
    if (hole.counted_only) {
      if (--holes_[i].count == 0) holes_.erase(holes_.begin() + static_cast<ptrdiff_t>(i));
      return;
    }
    holes_.erase(holes_.begin() + static_cast<ptrdiff_t>(i));
    for (const auto& [first, last] : {std::pair(hole.first, serial - 1),
                                      std::pair(serial + 1, hole.last)}) {
      if (first > last) continue;
      Hole rest = hole;
      rest.first = first;
      rest.last = last;
      rest.count = last - first + 1;
      holes_.push_back(rest);
    }
    return;
  }
}

void LossLedger::kernel_lost(uint32_t lost, Instant now, uint64_t last_order) {
  const uint32_t before = kernel_lost_.value_or(lost);
  kernel_lost_ = lost;
  // Lower than before: somebody reset the counter; what it counts now is new.
  const uint32_t delta = lost >= before ? lost - before : lost;
  if (delta == 0) return;
  Loss loss;
  loss.scope = Loss::Scope::kernel;
  loss.cause = Loss::Cause::backlog;
  loss.unit = "records";
  loss.count = delta;
  loss.order_before = last_order;
  loss.until_ns = now.realtime_ns;
  report_(loss, now);
}

void LossLedger::socket_drops(std::string_view unit, uint32_t before, uint32_t drops, Instant now,
                              uint64_t last_order) {
  const uint32_t delta = drops - before;
  if (delta == 0) return;
  Loss loss;
  loss.scope = Loss::Scope::socket;
  loss.cause = Loss::Cause::receive_buffer;
  loss.unit = unit;
  loss.count = delta;
  loss.order_before = last_order;
  loss.until_ns = now.realtime_ns;
  report_(loss, now);
}

void LossLedger::tick(Instant now) {
  for (size_t i = 0; i < holes_.size();) {
    if (now.boottime_ns - holes_[i].since_ns < kSerialReorderNs) {
      ++i;
      continue;
    }
    const Hole hole = holes_[i];
    holes_.erase(holes_.begin() + static_cast<ptrdiff_t>(i));
    report(hole, now);
  }
}

void LossLedger::close(Instant now) {
  for (const Hole& hole : std::exchange(holes_, {})) report(hole, now);
}

void LossLedger::report(const Hole& hole, Instant now) {
  Loss loss;
  loss.scope = Loss::Scope::kernel;
  loss.cause = hole.cause;
  loss.count = hole.count;
  loss.first = static_cast<uint32_t>(hole.first);
  loss.last = static_cast<uint32_t>(hole.last);
  loss.order_before = hole.order_before;
  loss.from_ns = hole.from_ns;
  loss.until_ns = now.realtime_ns;
  report_(loss, now);
}

LedgerMark LossLedger::mark(std::optional<uint32_t> least_open) const {
  LedgerMark mark;
  mark.boot_id = boot_id_;
  mark.kernel_lost = kernel_lost_;
  mark.base = base_;
  mark.greatest = greatest_;
  mark.accounted = std::min(accounted_, greatest_ - base_);
  mark.low_water = gap_after_ && !started_ ? *gap_after_ : greatest_;
  if (least_open) mark.low_water = std::min(mark.low_water, unwrap(*least_open) - 1);
  for (const Hole& hole : holes_) mark.low_water = std::min(mark.low_water, hole.first - 1);
  mark.low_water = std::max(mark.low_water, base_);
  return mark;
}

}  // namespace spoor::agent
