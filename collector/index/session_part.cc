#include "collector/index/session_part.h"

#include <algorithm>

#include "collector/index/event_use.h"

namespace spoor::collector {

// What an agent reports ends where it reports it.
LossPlace place_of_loss(const IndexedEvent& event) {
  const v1::Loss& loss = event.event->loss();
  const uint64_t before = loss.order_before();
  const uint64_t reported = event.event->order() > before ? event.event->order() : 0;
  return {event.epoch, before, loss.order_after() != 0 ? loss.order_after() : reported,
          is_claimed(*event.event), event.event->incomplete_size() > 0};
}

void SessionPart::add(const IndexedEvent& event) {
  const v1::Event& e = *event.event;
  const int64_t time_ns = e.time_ns();
  if (epochs.empty()) row.first_ns = row.last_ns = time_ns;
  row.first_ns = std::min(row.first_ns, time_ns);
  row.last_ns = std::max(row.last_ns, time_ns);
  if (row.ses == 0) row.ses = e.session().ses();
  if (row.boot_id == Id{}) row.boot_id = id_of(e.kernel().boot_id()).value_or(Id{});
  is_closed |= e.has_session_closed();
  was_found_running |= e.session_opened().found_running();
  OrderRange& range =
      epochs.try_emplace(event.epoch, OrderRange{e.order(), e.order()}).first->second;
  range.least = std::min(range.least, e.order());
  range.greatest = std::max(range.greatest, e.order());
  told.add(event);
  sums.add(e);
}

void SessionPart::add(const SessionPart& later) {
  if (epochs.empty()) {
    *this = later;
    return;
  }
  row.first_ns = std::min(row.first_ns, later.row.first_ns);
  row.last_ns = std::max(row.last_ns, later.row.last_ns);
  if (row.ses == 0) row.ses = later.row.ses;
  if (row.boot_id == Id{}) row.boot_id = later.row.boot_id;
  is_closed |= later.is_closed;
  was_found_running |= later.was_found_running;
  for (const auto& [epoch, orders] : later.epochs) {
    OrderRange& range = epochs.try_emplace(epoch, orders).first->second;
    range.least = std::min(range.least, orders.least);
    range.greatest = std::max(range.greatest, orders.greatest);
  }
  told.add(later.told);
  sums.add(later.sums);
  rows.insert(rows.end(), later.rows.begin(), later.rows.end());
}

// Towards the beginning of the epoch an open side reaches back to the epoch before.
bool SessionPart::is_touched_by(const LossPlace& loss) const {
  if (const auto range = epochs.find(loss.epoch); range != epochs.end()) {
    const bool meets = loss.before <= range->second.greatest &&
                       (loss.after == 0 || loss.after >= range->second.least);
    if (meets) return true;
  }
  const uint64_t first_epoch = epochs.begin()->first;
  const uint64_t last_epoch = epochs.rbegin()->first;
  // Between the epoch before and this one: the session lived on both sides, was alive when it was
  // last heard of, or had begun when it was first heard of.
  if (loss.before == 0) {
    if (first_epoch < loss.epoch && last_epoch >= loss.epoch) return true;
    if (last_epoch + 1 == loss.epoch && !is_closed) return true;
    if (first_epoch == loss.epoch && was_found_running) return true;
  }
  // Between this epoch and the next.
  return loss.after == 0 && first_epoch <= loss.epoch && last_epoch > loss.epoch;
}

void SessionPart::add_loss(const LossPlace& loss) {
  if (loss.is_claimed || !is_touched_by(loss)) return;
  ++sums.losses;
  sums.events_incomplete += loss.is_incomplete;
}

SessionRow SessionPart::row_with(const EpochBoots& boots) const {
  SessionRow out = row;
  if (boots.empty()) return out;
  // All its events may be of logs and of /proc.
  for (auto of = epochs.begin(); of != epochs.end() && out.boot_id == Id{}; ++of) {
    const auto known = boots.find(of->first);
    if (known != boots.end()) out.boot_id = known->second;
  }
  const auto& [epoch, boot] = *boots.rbegin();
  out.boot_over =
      out.boot_id != Id{} && boot != out.boot_id && epoch > epochs.rbegin()->first;
  return out;
}

}  // namespace spoor::collector
