#include "agent/recovery.h"

#include <algorithm>

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

bool fits(const SavedState& state, const ReadRing& ring, bool is_reload) {
  // What another version wrote, whose ring we cannot read, is all there is when it handed over.
  if (is_reload && state.is_last) return true;
  return state.ring_id == ring.id() && ring.has(state.ring_position);
}

}  // namespace

Predecessor find_predecessor(Files& files, const std::string& state_path, Spool& spool,
                             const ReadRing& ring, bool is_reload, const Host& host) {
  Predecessor found{read_state(files, state_path, host.boot_id), false, std::nullopt,
                    ToldEvents(host)};
  found.fits = found.state && fits(*found.state, ring, is_reload);
  if (found.fits) {
    const Status status = read_told(spool, *found.state, found.told);
    if (!status.is_ok()) log_error("reading back the spool's last frames: {}", status.message());
  }
  const auto text = spool.previous_mark();
  const auto mark = text.is_ok() ? decode_mark(*text) : Result<LedgerMark>(text.status());
  if (mark.is_ok()) found.mark = *mark;
  return found;
}

void recover(Predecessor& before, const Beginning& ours, Feed& feed) {
  ReadRing& ring = feed.ring();
  Pipeline& pipeline = feed.pipeline();
  const Feed::Drops drops = before.state ? before.state->drops : Feed::Drops();
  if (before.fits) {
    const SavedState& state = *before.state;
    const uint64_t from = state.ring_id == ring.id() ? state.ring_position : ours.position;
    // What this run read of an old socket may have been more than there was room for.
    if (!ring.has(from)) before.gave_up();
    else pipeline.restore(state.pipeline);
    if (before.fits) return feed.play(from, ring.position(), state.pipeline.saved, drops);
  }
  if (before.state) {
    log_warning("the run before had read more than was kept; what is missing is counted");
    pipeline.restore_tables(before.state->pipeline);
  }
  if (before.mark) pipeline.resume_after_gap(*before.mark);
  feed.play(std::max(ours.position, ring.first()), ring.position(), ours.at, drops);
}

}  // namespace spoor::agent
