#include "agent/playback.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"

namespace spoor::agent {
namespace {

constexpr uint16_t kEoe = 1320;  // linux/audit.h
constexpr int64_t kLongestWaitNs = kCountersSilentNs + kNsPerSecond;
static_assert(kLongestWaitNs > kEventQuietNsMax && kLongestWaitNs > kExitHoldNs + kEndedKeepNs &&
              kLongestWaitNs > kSerialReorderNs);

}  // namespace

void Playback::line(std::string_view line) {
  const auto item = parse_replay_line(line);
  if (!item.is_ok()) ++result_.unreadable_lines;
  else if (const auto* is = std::get_if<Datagram>(&*item)) record(*is, headers_.read(is->text));
  else if (const auto* at = std::get_if<Instant>(&*item)) clock(*at);
  else if (const auto* told = std::get_if<ProcessMessage>(&*item)) message(*told);
}

void Playback::clock(Instant now) {
  has_clock_ = true;
  found_ends();  // what we record ourselves is as the kernel sent it
  set_clock(now);
}

void Playback::message(const ProcessMessage& message) {
  ++result_.process_messages;
  pipeline_.on_process(message, now_);
}

void Playback::set_clock(Instant now) {
  // After the longest wait nothing is left that waits.
  const int64_t quiet_ns = std::min(now.boottime_ns - now_.boottime_ns, kLongestWaitNs);
  for (int64_t ns = 0; ns < quiet_ns; ns += kTickNs) {
    pipeline_.audit_drained({now_.realtime_ns + ns, now_.boottime_ns + ns});
  }
  now_ = now;
  looked_ns_ = now.realtime_ns;
  pipeline_.tick(now_);
}

void Playback::found_ends() {
  if (!std::exchange(has_ends_, true)) pipeline_.expect_ends(true);
}

void Playback::record(const Datagram& record, const RecordHeader& header) {
  ++result_.records;
  if (record.type == kEoe) found_ends();
  if (!has_clock_) {
    // Records are written in the order of their serials, not of their times: it never goes back.
    const int64_t time_ns = header.key ? header.key->time_ms * kNsPerMs : 0;
    if (time_ns >= looked_ns_ + kTickNs) set_clock({time_ns, time_ns});
    else if (time_ns > now_.realtime_ns) now_ = {time_ns, time_ns};
  }
  pipeline_.on_record(record, header, now_);
}

void Playback::finish() {
  set_clock({now_.realtime_ns + kLongestWaitNs, now_.boottime_ns + kLongestWaitNs});
  pipeline_.close(now_);
}

PlaybackResult play(std::string_view text, Pipeline& pipeline) {
  Playback playback(pipeline);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    playback.line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  playback.finish();
  return playback.result();
}

}  // namespace spoor::agent
