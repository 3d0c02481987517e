#include "agent/correlate/reassembler.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr uint16_t kSyscall = 1300, kUringOp = 1336;  // linux/audit.h
constexpr size_t kPoolMax = 256;
// A buffer that one event blew up beyond this is given back; the usual event needs a tenth.
constexpr size_t kBufferBytesKept = 64u << 10;

// What an event in flight costs: itself, or a million of one short record each would count for
// nothing, and what records can make it grow by.
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
  event.fields.clear();
  if (event.fields.capacity() * sizeof(RecordField) > kBufferBytesKept) {
    event.fields.shrink_to_fit();
  }
  event.addresses.clear();
  event.members.clear();
  event.ended = false;
  event.late = false;
  event.enriched = false;
}

// An event of a syscall that has written its SYSCALL record will get an EOE; others may not.
int64_t quiet_ns_max(const AuditEvent& event) {
  for (const AuditEvent::Record& record : event.records) {
    if (record.type == kSyscall || record.type == kUringOp) return kEventQuietNsMax;
  }
  return kEventQuietNoSyscallNsMax;
}

}  // namespace

struct Reassembler::Slot : AuditEvent {
  Slot* older = nullptr;
  Slot* newer = nullptr;
  size_t bytes = 0;
  int64_t last_read_ns = 0;  // boottime
};

Reassembler::Reassembler(std::function<void(AuditEvent&)> closed,
                         std::function<void(EventKey)> began)
    : closed_(std::move(closed)),
      began_(std::move(began)),
      closed_keys_(kClosedRemembered, EventKey{-1, 0}) {}

Reassembler::~Reassembler() = default;

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
  slot.older = newest_;
  slot.newer = nullptr;
  (newest_ != nullptr ? newest_->newer : oldest_) = &slot;
  newest_ = &slot;
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
  if (slot.ended) close(slot);
  while (bytes_ > kInFlightBytesMax && oldest_ != newest_) close(*oldest_);
}

void Reassembler::tick(Instant now) {
  for (Slot* slot = oldest_; slot != nullptr;) {
    Slot* const next = slot->newer;
    const int64_t quiet_ns = now.boottime_ns - slot->last_read_ns;
    // The short time is asked first: most events are younger than it.
    if (quiet_ns >= kEventQuietNoSyscallNsMax && quiet_ns >= quiet_ns_max(*slot)) close(*slot);
    slot = next;
  }
}

void Reassembler::flush() {
  while (oldest_ != nullptr) close(*oldest_);
}

void Reassembler::close(Slot& slot) {
  (slot.older != nullptr ? slot.older->newer : oldest_) = slot.newer;
  (slot.newer != nullptr ? slot.newer->older : newest_) = slot.older;
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
  if (oldest_ == nullptr) return std::nullopt;
  uint32_t least = oldest_->key.serial;
  for (const Slot* slot = oldest_; slot != nullptr; slot = slot->newer) {
    // Below, if the way up from it to `least` is the shorter one around the circle.
    if (static_cast<int32_t>(slot->key.serial - least) < 0) least = slot->key.serial;
  }
  return least;
}

void Reassembler::for_each_in_flight(const std::function<void(const AuditEvent&)>& visit) const {
  for (const Slot* slot = oldest_; slot != nullptr; slot = slot->newer) visit(*slot);
}

}  // namespace spoor::agent
