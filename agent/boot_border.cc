#include "agent/boot_border.h"

#include <charconv>
#include <optional>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

// linux/audit.h, libaudit.h
constexpr uint16_t kLogin = 1006, kSystemBoot = 1127, kSystemShutdown = 1128, kDaemonStart = 1200,
                   kDaemonLast = 1299, kKernel = 2000;
// Records of processors that write at once change places with no more than a few others.
constexpr int32_t kSerialsReordered = 64;
constexpr int64_t kBootMs = 1'000;
constexpr size_t kKeysKept = 1024;

std::optional<uint32_t> session_opened(std::string_view text) {
  constexpr std::string_view kSes = " ses=";
  const size_t at = text.find(kSes);
  if (at == std::string_view::npos || text.find(" res=0") != std::string_view::npos) return {};
  uint32_t ses = kUnsetId;
  const char* const from = text.data() + at + kSes.size();
  (void)std::from_chars(from, text.data() + text.size(), ses);
  return ses == kUnsetId ? std::nullopt : std::optional(ses);
}

}  // namespace

BootBorder::BootBorder() { begin(); }

void BootBorder::begin() {
  started_ = shut_down_ = false;
  keys_.assign(kKeysKept, EventKey{-1, 0});
  opened_.clear();
  boottime_ns_ = 0;
}

bool BootBorder::begins(const Datagram& record, EventKey key) {
  const bool is_daemon = record.type >= kDaemonStart && record.type <= kDaemonLast;
  if (started_ && key == last_ && !is_daemon) return false;
  const bool is_new = says_so(record) || (!is_daemon && contradicts(record, key));
  if (is_new) begin();
  if (!is_daemon) note(record, key);
  return is_new;
}

bool BootBorder::begins(Instant clock) {
  const bool is_new = clock.boottime_ns < boottime_ns_;
  if (is_new) begin();
  boottime_ns_ = clock.boottime_ns;
  return is_new;
}

bool BootBorder::says_so(const Datagram& record) const {
  if (!started_) return false;
  switch (record.type) {
    case kKernel: return record.text.find("initialized") != std::string_view::npos;
    case kDaemonStart: return shut_down_;
    default: return false;
  }
}

bool BootBorder::contradicts(const Datagram& record, EventKey key) const {
  if (!started_) return false;
  const EventKey& seen = keys_[key.serial % kKeysKept];
  if (seen.time_ms >= 0 && seen.serial == key.serial && seen.time_ms != key.time_ms) return true;
  const int32_t reordered = record.type == kSystemBoot ? 0 : kSerialsReordered;
  if (static_cast<int32_t>(key.serial - greatest_serial_) < -reordered &&
      key.time_ms > greatest_time_ms_ + kBootMs) {
    return true;
  }
  if (record.type != kLogin) return false;
  const auto ses = session_opened(record.text);
  const auto found = ses ? opened_.find(*ses) : opened_.end();
  return found != opened_.end() && found->second != key;
}

void BootBorder::note(const Datagram& record, EventKey key) {
  if (!started_) {
    started_ = true;
    greatest_serial_ = key.serial;
    greatest_time_ms_ = key.time_ms;
  }
  last_ = key;
  keys_[key.serial % kKeysKept] = key;
  if (static_cast<int32_t>(key.serial - greatest_serial_) > 0) greatest_serial_ = key.serial;
  if (key.time_ms > greatest_time_ms_) greatest_time_ms_ = key.time_ms;
  shut_down_ |= record.type == kSystemShutdown;
  if (record.type != kLogin) return;
  if (const auto ses = session_opened(record.text)) {
    opened_.try_emplace(*ses, key);
    if (opened_.size() > kSessionsMax) opened_.erase(opened_.begin());
  }
}

}  // namespace spoor::agent
