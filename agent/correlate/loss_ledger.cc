#include "agent/correlate/loss_ledger.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

// Serials of a new run live this far up, so that unwrapping a wrap backwards never passes zero.
constexpr uint64_t kUnwrapOrigin = 1ull << 32;
// Stands for a kernel counter that was not read; the counter has 32 bits.
constexpr uint64_t kNeverAsked = 1ull << 32;
// A record that tells of a reset comes within milliseconds, or was lost itself.
constexpr int64_t kResetRecordNs = 3 * kNsPerSecond;
// UNICAST_RETRIES of kernel/audit.c.
constexpr uint32_t kDeliveryTries = 5;

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

LossLedger::LossLedger(const Host& host, std::function<void(const Loss&, Instant)> report)
    : boot_id_(host.boot_id), counts_all_(host.audits_from_boot), report_(std::move(report)) {}

void LossLedger::resume_after_gap(const LedgerMark& mark) {
  if (mark.boot_id != boot_id_) return;
  if (mark.greatest != 0) gap_after_ = mark.low_water;
  started_ = false;
  holes_.clear();  // what was missing before the gap is counted with it
  base_ = mark.base;
  greatest_ = mark.greatest;
  accounted_ = mark.accounted;
  start_at(mark.kernel_lost);
}

// The mark counts as untold what no Loss had told.
void LossLedger::start_at(std::optional<uint32_t> kernel_lost) {
  if (!kernel_lost) return;
  kernel_lost_.start_at(*kernel_lost);
  by_kernel_.count = 0;
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
        add_hole({*gap_after_ + 1, until, until - base_ - accounted_, now.boottime_ns, 0,
                  last_order, Loss::Cause::agent_down, true},
                 now);
      }
      if (n <= greatest_) fill(n);
      greatest_ = std::max(greatest_, n);
    }
  } else if (n > greatest_) {
    if (n > greatest_ + 1) {
      add_hole({greatest_ + 1, n - 1, n - 1 - greatest_, now.boottime_ns, last_read_ns_, last_order,
                Loss::Cause::unknown_gap},
               now);
    }
    greatest_ = n;
  } else {
    fill(n);
  }
  last_read_ns_ = now.realtime_ns;
}

void LossLedger::add_hole(const Hole& hole, Instant now) {
  holes_.push_back(hole);
  if (holes_.size() <= kHolesMax) return;
  const Hole oldest = holes_.front();
  holes_.erase(holes_.begin());
  tell({oldest}, now, false);
}

void LossLedger::fill(uint64_t serial) {
  for (size_t i = 0; i < holes_.size(); ++i) {
    const Hole hole = holes_[i];
    if (serial < hole.first || serial > hole.last) continue;
    if (hole.counted_only) {
      if (--holes_[i].count == 0) holes_.erase(holes_.begin() + static_cast<ptrdiff_t>(i));
      return;
    }
    auto at = holes_.erase(holes_.begin() + static_cast<ptrdiff_t>(i));
    for (const auto& [first, last] : {std::pair(serial + 1, hole.last),
                                      std::pair(hole.first, serial - 1)}) {
      if (first > last) continue;
      Hole rest = hole;
      rest.first = first;
      rest.last = last;
      rest.count = last - first + 1;
      at = holes_.insert(at, rest);
    }
    return;
  }
}

void LossLedger::refuse(Refused& refused, uint64_t count, Instant now) {
  if (count == 0) return;
  if (refused.count == 0) {
    refused.since_ns = now.boottime_ns;
    refused.from_ns = refused.asked_realtime_ns;
    refused.order_before = refused.order_asked;
  }
  refused.count += count;
}

// `when` is when it was asked: the answer may be read much later, after a standstill of ours.
void LossLedger::asked(Refused& refused, Instant when, uint64_t last_order) {
  refused.asked_ns = when.boottime_ns;
  refused.asked_realtime_ns = when.realtime_ns;
  refused.order_asked = last_order;
}

void LossLedger::kernel_counters(const KernelStatus& status, Instant now, uint64_t last_order) {
  rate_limited_ = status.rate_limit != 0;
  const uint64_t more = kernel_lost_.answered(status.lost, status.asked.boottime_ns);
  if (kernel_lost_.reset_untold() && reset_seen_ns_ == 0) reset_seen_ns_ = now.boottime_ns;
  refuse(by_kernel_, more, now);
  asked(by_kernel_, status.asked, last_order);
}

void LossLedger::lost_was_reset(uint32_t old, Instant now, uint64_t last_order) {
  reset_seen_ns_ = 0;
  refuse(by_kernel_, kernel_lost_.was_reset(old, now.boottime_ns), now);
  asked(by_kernel_, {now.realtime_ns, by_kernel_.asked_ns}, last_order);
}

std::optional<uint32_t> LossLedger::reset_by_nobody(Instant now) {
  if (reset_seen_ns_ == 0 || now.boottime_ns - reset_seen_ns_ < kResetRecordNs) return {};
  reset_seen_ns_ = 0;
  const std::optional<uint32_t> before = kernel_lost_.reset_untold();
  kernel_lost_.forget_reset();
  return before;
}

void LossLedger::record_drops(uint32_t before, uint32_t drops, Instant now, uint64_t last_order) {
  refuse(by_socket_, drops - before, now);
  asked(by_socket_, now, last_order);
}

void LossLedger::undelivered(uint32_t times, Instant now) {
  if (times >= kDeliveryTries) gave_up_ns_ = now.realtime_ns;
}

// Whether the counter tells of all that was lost since it had last been asked before it moved.
bool LossLedger::counts_all(const Refused& refused) const {
  return counts_all_ || refused.scope != Loss::Scope::kernel || gave_up_ns_ == 0 ||
         gave_up_ns_ < refused.from_ns;
}

void LossLedger::message_drops(uint32_t before, uint32_t drops, TimeRange within, Instant now,
                               uint64_t last_order) {
  if (drops == before) return;
  Loss loss;
  loss.scope = Loss::Scope::socket;
  loss.cause = Loss::Cause::receive_buffer;
  loss.unit = "messages";
  loss.count = drops - before;
  loss.order_before = last_order;
  const int64_t to_realtime_ns = now.realtime_ns - now.boottime_ns;
  if (within.from_ns != 0) loss.from_ns = within.from_ns + to_realtime_ns;
  loss.until_ns = (within.until_ns != 0 ? within.until_ns : now.boottime_ns) + to_realtime_ns;
  report_(loss, now);
}

bool LossLedger::waits_for_serials(Instant now) const {
  return std::any_of(holes_.begin(), holes_.end(), [&](const Hole& hole) {
    return now.boottime_ns - hole.since_ns >= kSerialReorderNs / 2;
  });
}

// A hole is judged when it is too old to be filled, and the counters have been asked since it was
// seen; where nobody answers, later.
bool LossLedger::is_ripe(const Hole& hole, Instant now) const {
  const int64_t age_ns = now.boottime_ns - hole.since_ns;
  if (age_ns < kSerialReorderNs) return false;
  const int64_t asked_ns = std::min(by_kernel_.asked_ns, by_socket_.asked_ns);
  return asked_ns > hole.since_ns || age_ns >= kCountersSilentNs;
}

void LossLedger::tick(Instant now) {
  if (holes_.empty() && by_kernel_.count == 0 && by_socket_.count == 0) return;
  std::vector<Hole> ripe;
  std::erase_if(holes_, [&](const Hole& hole) {
    if (!is_ripe(hole, now)) return false;
    ripe.push_back(hole);
    return true;
  });
  tell(std::move(ripe), now, false);
}

void LossLedger::close(Instant now) { tell(std::exchange(holes_, {}), now, true); }

void LossLedger::tell(std::vector<Hole> holes, Instant now, bool last_time) {
  tell_refused(by_socket_, holes, now, last_time);
  tell_refused(by_kernel_, holes, now, last_time);
  for (const Hole& hole : holes) {
    if (hole.count > 0) report(hole, now);
  }
}

// Takes from `holes` what the counter explains, and tells of both.
void LossLedger::tell_refused(Refused& refused, std::vector<Hole>& holes, Instant now,
                              bool last_time) {
  if (refused.count == 0) return;
  uint64_t first = 0, last = 0, serials = 0;
  for (Hole& hole : holes) {
    // An event that is missing wholly has lost one record at least.
    const uint64_t explained = std::min(hole.count, refused.count - serials);
    if (hole.cause != Loss::Cause::unknown_gap || explained == 0) continue;
    first = serials == 0 ? hole.first : std::min(first, hole.first);
    last = std::max(last, hole.last);
    serials += explained;
    hole.count -= explained;
    hole.counted_only = true;
  }
  // The hole that belongs to it may be yet to ripen.
  const bool may_come = now.boottime_ns - refused.since_ns < 2 * kSerialReorderNs;
  if (serials == 0 && may_come && !last_time) return;
  Loss loss;
  loss.scope = refused.scope;
  loss.cause = refused.scope == Loss::Scope::socket ? Loss::Cause::receive_buffer
               : rate_limited_ && serials > 0       ? Loss::Cause::rate_limit
                                                    : Loss::Cause::backlog;
  loss.unit = "records";
  loss.exact = counts_all(refused);
  loss.count = std::exchange(refused.count, 0);
  loss.serials = serials;
  loss.first = static_cast<uint32_t>(first);
  loss.last = static_cast<uint32_t>(last);
  loss.order_before = refused.order_before;
  loss.from_ns = refused.from_ns;
  loss.until_ns = now.realtime_ns;
  report_(loss, now);
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
  // What no Loss has told yet is to be told by the next run.
  if (const auto lost = kernel_lost_.value()) {
    mark.kernel_lost = *lost - static_cast<uint32_t>(by_kernel_.count);
  }
  mark.base = base_;
  mark.greatest = greatest_;
  mark.accounted = std::min(accounted_, greatest_ - base_);
  mark.low_water = gap_after_ && !started_ ? *gap_after_ : greatest_;
  if (least_open) mark.low_water = std::min(mark.low_water, unwrap(*least_open) - 1);
  for (const Hole& hole : holes_) mark.low_water = std::min(mark.low_water, hole.first - 1);
  mark.low_water = std::max(mark.low_water, base_);
  return mark;
}

void LossLedger::save(std::string& to) const {
  const auto put = [&](auto... numbers) {
    (append_le(to, static_cast<uint64_t>(numbers)), ...);
  };
  to += as_text(boot_id_);
  put(started_, gap_after_.has_value(), gap_after_.value_or(0), base_, greatest_, accounted_,
      last_read_ns_, reset_seen_ns_, gave_up_ns_, rate_limited_);
  kernel_lost_.save(to);
  for (const Refused* refused : {&by_kernel_, &by_socket_}) {
    put(refused->count, refused->since_ns, refused->from_ns, refused->asked_ns,
        refused->asked_realtime_ns);
  }
  put(holes_.size());
  for (const Hole& hole : holes_) {
    put(hole.first, hole.last, hole.count, hole.since_ns, hole.from_ns, hole.cause,
        hole.counted_only);
  }
}

// The order of facts begins anew with each run: what was before is open on that side.
bool LossLedger::restore(BlobReader& from) {
  const auto number = [&] { return from.number<uint64_t>(); };
  const auto time = [&] { return from.number<int64_t>(); };
  Host host;
  host.boot_id = boot_id_;
  host.audits_from_boot = counts_all_;
  LossLedger read(host, nullptr);
  if (from.bytes(boot_id_.size()) != as_text(boot_id_)) return false;
  read.started_ = number() != 0;
  const bool has_gap = number() != 0;
  const uint64_t gap_after = number();
  if (has_gap) read.gap_after_ = gap_after;
  for (uint64_t* n : {&read.base_, &read.greatest_, &read.accounted_}) *n = number();
  for (int64_t* n : {&read.last_read_ns_, &read.reset_seen_ns_, &read.gave_up_ns_}) *n = time();
  read.rate_limited_ = number() != 0;
  read.kernel_lost_.restore(from);
  for (Refused* refused : {&read.by_kernel_, &read.by_socket_}) {
    refused->count = number();
    for (int64_t* n : {&refused->since_ns, &refused->from_ns, &refused->asked_ns,
                       &refused->asked_realtime_ns}) {
      *n = time();
    }
  }
  for (uint64_t holes = number(); holes > 0 && from.good(); --holes) {
    Hole hole{};
    for (uint64_t* n : {&hole.first, &hole.last, &hole.count}) *n = number();
    for (int64_t* n : {&hole.since_ns, &hole.from_ns}) *n = time();
    hole.cause = number() == static_cast<uint64_t>(Loss::Cause::agent_down)
                     ? Loss::Cause::agent_down
                     : Loss::Cause::unknown_gap;
    hole.counted_only = number() != 0;
    read.holes_.push_back(hole);
  }
  if (!from.good()) return false;
  read.report_ = std::move(report_);
  *this = std::move(read);
  return true;
}

}  // namespace spoor::agent
