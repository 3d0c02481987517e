#include "agent/recovery.h"

#include <algorithm>
#include <variant>

#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr size_t kStateBytesMax = 64u << 20;

std::optional<SavedState> read_state(Files& files, const std::string& path, const Id& boot_id) {
  const auto bytes = read_file(files, path, kStateBytesMax);
  if (!bytes.is_ok()) return std::nullopt;
  auto state = decode_state(*bytes, boot_id);
  if (state.is_ok()) return std::move(state).value();
  log_warning("{}: {}; going on without it", path, state.status().message());
  return std::nullopt;
}

Status read_told(const Spool& spool, const SavedState& state, ToldEvents& told) {
  Status failed;
  for (size_t i = 0; i < kEventClasses; ++i) {
    const FramePoint& point = state.pipeline.sealed[i];
    RETURN_IF_ERROR(spool.read_after(static_cast<EventClass>(i + 1), point.epoch, point.sequence,
                                     [&](ByteView block) {
                                       if (Status s = told.add(block); !s.is_ok()) failed = s;
                                     }));
  }
  return failed;
}

struct RingPlayer {
  Pipeline& pipeline;
  Instant now;
  uint64_t records = 0;

  void operator()(const Instant& instant) {
    now = instant;
    pipeline.tick(now);
  }
  void operator()(const Datagram& record) {
    ++records;
    pipeline.on_record(record, now);
  }
  void operator()(const ProcessMessage& message) { pipeline.on_process(message, now); }
  void operator()(SocketDrained) { pipeline.audit_drained(now); }
};

void play(const ReadRing& ring, uint64_t from, uint64_t to, RingPlayer& player) {
  const Status played =
      ring.play(from, to, [&](const ReadItem& item) { std::visit(player, item); });
  // Whatever serials are missing for it, the ledger counts.
  if (!played.is_ok()) log_error("what the run before had read: {}", played.message());
}

}  // namespace

Predecessor find_predecessor(Files& files, const std::string& state_path, Spool& spool,
                             const Host& host) {
  Predecessor found{read_state(files, state_path, host.boot_id), std::nullopt, ToldEvents(host)};
  if (found.state) {
    const Status status = read_told(spool, *found.state, found.told);
    if (!status.is_ok()) log_error("reading back the spool's last frames: {}", status.message());
  }
  const auto text = spool.previous_mark();
  const auto mark = text.is_ok() ? decode_mark(*text) : Result<LedgerMark>(text.status());
  if (mark.is_ok()) found.mark = *mark;
  return found;
}

uint64_t recover(Predecessor& predecessor, const ReadRing& ring, uint64_t ours, bool sockets_kept,
                 Pipeline& pipeline, Instant now) {
  const std::optional<SavedState>& state = predecessor.state;
  RingPlayer player{pipeline, now};
  uint64_t recovered = 0;
  if (state && state->ring_id == ring.id() && ring.has(state->ring_position) &&
      state->ring_position <= ours) {
    pipeline.set_told([&told = predecessor.told](const Fact& fact) { return told.take(fact); });
    player.now = state->pipeline.saved;
    pipeline.restore(state->pipeline);
    play(ring, state->ring_position, ours, player);
    recovered = player.records - std::min(player.records, predecessor.told.records());
    if (!sockets_kept) pipeline.gap(player.now);
  } else {
    if (state) {
      log_warning("the run before had read more than was kept; what is missing is counted");
      pipeline.restore_tables(state->pipeline);
    }
    if (predecessor.mark) pipeline.resume_after_gap(*predecessor.mark);
  }
  player.now = now;
  play(ring, ours, ring.position(), player);
  return recovered;
}

}  // namespace spoor::agent
