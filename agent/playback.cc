#include "agent/playback.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"
#include "agent/source/replay.h"

namespace spoor::agent {
namespace {

constexpr uint16_t kEoe = 1320;  // linux/audit.h

}  // namespace

void Playback::line(std::string_view line) {
  const auto item = parse_replay_line(line);
  if (!item.is_ok()) {
    ++result_.unreadable_lines;
  } else if (const auto* record = std::get_if<Datagram>(&*item)) {
    on_record(*record);
  } else if (const auto* instant = std::get_if<Instant>(&*item)) {
    has_clock_ = true;
    found_ends();  // what we record ourselves is as the kernel sent it
    pipeline_.audit_drained();
    set_clock(*instant);
  } else if (const auto* message = std::get_if<ProcessMessage>(&*item)) {
    ++result_.process_messages;
    pipeline_.on_process(*message, now_);
  }
}

void Playback::set_clock(Instant now) {
  now_ = now;
  pipeline_.tick(now_);
}

void Playback::found_ends() {
  if (!std::exchange(has_ends_, true)) pipeline_.expect_ends(true);
}

void Playback::on_record(const Datagram& record) {
  ++result_.records;
  if (record.type == kEoe) found_ends();
  if (!has_clock_) {
    // Records are written in the order of their serials, not of their times: it never goes back.
    size_t body = 0;
    const auto key = headers_.read(record.text, &body);
    const int64_t time_ns = key ? key->time_ms * kNsPerMs : 0;
    if (time_ns > now_.realtime_ns) set_clock({time_ns, time_ns});
  }
  pipeline_.on_record(record, now_);
}

void Playback::finish() {
  // Long enough for every timer.
  for (const int64_t wait_ns : {kEventQuietNsMax, kExitHoldNs, kSerialReorderNs}) {
    pipeline_.audit_drained();
    set_clock({now_.realtime_ns + wait_ns + 1, now_.boottime_ns + wait_ns + 1});
  }
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
