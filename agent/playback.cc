#include "agent/playback.h"

#include <algorithm>

#include "agent/decode/audit_record.h"
#include "agent/limits.h"
#include "agent/source/replay.h"

namespace spoor::agent {
namespace {

// One line's effect. Keeps the recording's clock.
struct Player {
  Pipeline& pipeline;
  PlaybackResult& result;
  Instant now;
  bool has_clock = false;

  void operator()(std::monostate) {}
  void operator()(const Instant& instant) {
    has_clock = true;
    now = instant;
    pipeline.audit_drained();
    pipeline.tick(now);
  }
  void operator()(const Datagram& record) {
    ++result.records;
    size_t body = 0;
    const auto key = decode_header(record.text, &body);
    if (!has_clock && key) {
      now.realtime_ns = std::max(now.realtime_ns, key->time_ms * kNsPerMs);
      now.boottime_ns = now.realtime_ns;
      pipeline.tick(now);
    }
    pipeline.on_record(record, now);
  }
  void operator()(const ProcessMessage& message) {
    ++result.process_messages;
    pipeline.on_process(message, now);
  }
};

}  // namespace

PlaybackResult play(std::string_view text, Pipeline& pipeline) {
  PlaybackResult result;
  Player player{pipeline, result, {}, false};
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const auto item = parse_replay_line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (item.is_ok()) std::visit(player, *item);
    else ++result.unreadable_lines;
  }
  // Long enough for every timer: what is still open is closed for want of more.
  for (const int64_t wait_ns : {kEventQuietNsMax, kExitHoldNs, kSerialReorderNs}) {
    player.now.realtime_ns += wait_ns + 1;
    player.now.boottime_ns += wait_ns + 1;
    pipeline.audit_drained();
    pipeline.tick(player.now);
  }
  pipeline.close(player.now);
  return result;
}

}  // namespace spoor::agent
