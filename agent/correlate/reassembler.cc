#include "agent/correlate/reassembler.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr uint16_t kSyscall = 1300, kUringOp = 1336;  // linux/audit.h
constexpr size_t kPoolMax = 256;
// A buffer that one event blew up beyond this is given back; the usual event needs a tenth.
constexpr size_t kBufferBytesKept = 64u << 10;

void clear_text(std::string& text) {
  text.clear();
  if (text.capacity() > kBufferBytesKept) text.shrink_to_fit();
}

void clear_event(AuditEvent& event) {
  clear_text(event.text);
  clear_text(event.values);
  event.records.clear();
  if (event.records.capacity() * sizeof(AuditEvent::Record) > kBufferBytesKept) {
    event.records.shrink_to_fit();
  }
  event.records_cut = 0;
  event.syscall.reset();
  if (event.exec) {
    // Most events are commands: their vector is used again.
    event.spare_args = std::move(event.exec->args);
    event.spare_args.clear();
    if (event.spare_args.capacity() * sizeof(ExecArgument) > kBufferBytesKept) {
      event.spare_args.shrink_to_fit();
    }
    event.exec.reset();
  }
  event.cwd.reset();
  event.proctitle.reset();
  event.paths.clear();
  event.login.reset();
  event.user.reset();
  event.config.reset();
  event.subject.reset();
  event.typed.reset();
  event.capabilities.reset();
  event.seen.reset();
  event.directories.clear();
  event.fields.clear();
  if (event.fields.capacity() * sizeof(RecordField) > kBufferBytesKept) {
    event.fields.shrink_to_fit();
  }
  event.addresses.clear();
  event.members.clear();
  event.ended = false;
  event.late = false;
  event.enriched = false;
  event.rewritten = false;
}

}  // namespace

size_t bytes_of(const AuditEvent& event) {
  size_t bytes = sizeof(AuditEvent) + event.text.size() + event.values.size() +
                 event.records.size() * sizeof(AuditEvent::Record) +
                 event.paths.size() * sizeof(PathFields);
  if (event.exec) {
    bytes += event.exec->args.size() * sizeof(ExecArgument) +
             event.exec->in_pieces.size() * sizeof(ExecFields::Pieces) +
             event.exec->waiting.size() * sizeof(ExecFields::Piece);
  }
  return bytes;
}

struct Reassembler::Slot : AuditEvent {
  Links age, quiet;
  size_t bytes = 0;
  int64_t last_read_ns = 0;  // boottime
  size_t records_seen = 0;
  bool has_call = false;     // and so will get an EOE; others may not
};

void Reassembler::List::append(Slot& slot) {
  slot.*links = {last, nullptr};
  (last != nullptr ? (last->*links).after : first) = &slot;
  last = &slot;
}

void Reassembler::List::remove(Slot& slot) {
  const Links at = slot.*links;
  (at.before != nullptr ? (at.before->*links).after : first) = at.after;
  (at.after != nullptr ? (at.after->*links).before : last) = at.before;
}

Reassembler::Reassembler(std::function<void(AuditEvent&)> closed,
                         std::function<void(EventKey)> began)
    : closed_(std::move(closed)),
      began_(std::move(began)),
      by_age_(&Slot::age),
      calls_(&Slot::quiet),
      others_(&Slot::quiet),
      closed_keys_(kClosedRemembered, EventKey{-1, 0}) {}

Reassembler::~Reassembler() = default;

Reassembler::List& Reassembler::quiet_list(const Slot& slot) {
  return slot.has_call ? calls_ : others_;
}

Reassembler::Slot& Reassembler::take_slot(EventKey key) {
  if (pool_.empty()) return *by_key_.emplace(key, std::make_unique<Slot>()).first->second;
  pool_.back().key() = key;
  const auto placed = by_key_.insert(std::move(pool_.back()));
  pool_.pop_back();
  return *placed.position->second;
}

AuditEvent& Reassembler::event_for(EventKey key, Instant now) {
  if (recent_ != nullptr && recent_->key == key) return *recent_;
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    recent_ = found->second.get();
    return *recent_;
  }
  Slot& slot = take_slot(key);
  slot.key = key;
  slot.first_read = now;
  slot.last_read_ns = now.boottime_ns;
  slot.late = closed_keys_[key.serial % kClosedRemembered] == key;
  slot.records_seen = 0;
  slot.has_call = false;
  by_age_.append(slot);
  others_.append(slot);
  recent_ = &slot;
  if (!slot.late) began_(key);
  return slot;
}

void Reassembler::record_added(AuditEvent& event, Instant now) {
  Slot& slot = static_cast<Slot&>(event);
  slot.last_read_ns = now.boottime_ns;
  const size_t bytes = bytes_of(slot);
  bytes_ += bytes - slot.bytes;
  slot.bytes = bytes;
  if (slot.ended) {
    close(slot);
  } else {
    quiet_list(slot).remove(slot);
    for (; slot.records_seen < slot.records.size(); ++slot.records_seen) {
      const uint16_t type = slot.records[slot.records_seen].type;
      slot.has_call |= type == kSyscall || type == kUringOp;
    }
    quiet_list(slot).append(slot);
  }
  while (bytes_ > kInFlightBytesMax && by_age_.first != by_age_.last) close(*by_age_.first);
}

void Reassembler::tick(Instant drained) {
  const auto due_ns = [](const Slot* slot, int64_t quiet_ns) {
    return slot != nullptr ? slot->last_read_ns + quiet_ns : std::numeric_limits<int64_t>::max();
  };
  for (;;) {
    const int64_t call_due_ns = due_ns(calls_.first, kEventQuietNsMax);
    const int64_t other_due_ns = due_ns(others_.first, kEventQuietNoSyscallNsMax);
    if (std::min(call_due_ns, other_due_ns) > drained.boottime_ns) return;
    close(call_due_ns < other_due_ns ? *calls_.first : *others_.first);
  }
}

void Reassembler::flush() {
  while (by_age_.first != nullptr) close(*by_age_.first);
}

void Reassembler::close(Slot& slot) {
  by_age_.remove(slot);
  quiet_list(slot).remove(slot);
  if (recent_ == &slot) recent_ = nullptr;
  bytes_ -= slot.bytes;
  slot.bytes = 0;
  closed_keys_[slot.key.serial % kClosedRemembered] = slot.key;
  auto node = by_key_.extract(slot.key);
  closed_(slot);
  clear_event(slot);
  if (pool_.size() < kPoolMax) pool_.push_back(std::move(node));
}

std::optional<uint32_t> Reassembler::least_serial_in_flight() const {
  if (by_age_.first == nullptr) return std::nullopt;
  uint32_t least = by_age_.first->key.serial;
  for (const Slot* slot = by_age_.first; slot != nullptr; slot = slot->age.after) {
    // Below, if the way up from it to `least` is the shorter one around the circle.
    if (static_cast<int32_t>(slot->key.serial - least) < 0) least = slot->key.serial;
  }
  return least;
}

void Reassembler::for_each_in_flight(const std::function<void(const AuditEvent&)>& visit) const {
  for (const Slot* slot = by_age_.first; slot != nullptr; slot = slot->age.after) visit(*slot);
}

}  // namespace spoor::agent
