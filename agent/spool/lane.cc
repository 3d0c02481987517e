// How the chain stays whole: whatever happens to a frame, its place in the chain is taken. Written:
// by itself. Not written (disk full, I/O error, or the queue before us dropped its bytes): by a
// tombstone, which spans all frames missed in a row, says why, and ends with the chain value that
// the next frame follows. Evicted: by the same, which takes the place of a whole segment by a
// rename, so that a reader finds either; one who has the segment open reads it to its end.
//
//   … ─ frame 41 ─ frame 42 ─ [tombstone 43..57, disk_full, ends with chain(57)] ─ frame 58 ─ …
//
// Where a sync failed, the segment is written anew (segment_copy.h), and what follows begins one
// more. A block that memory has lost by then fails its CRC there, and the uplink tells the hole.
#include "agent/spool/lane.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "agent/spool/segment_copy.h"
#include "common/frame/given_up.h"
#include "common/frame/segment.h"

namespace spoor::agent {
namespace {

constexpr int64_t kSyncNs = kNsPerSecond;
constexpr uint64_t kSyncBytes = 1u << 20;
// Frames whose chain value is remembered: a minute at twenty frames a second. Commits come within
// seconds; one of an older frame is looked up in its segment.
constexpr size_t kRecentHeadsMax = 1200;

bool is_same_point(const ChainHead& a, const ChainHead& b) {
  return a.epoch == b.epoch && a.sequence == b.sequence;
}

std::string segment_name(uint64_t epoch, uint64_t first_sequence) {
  char name[64];
  std::snprintf(name, sizeof name, "%020llu-%020llu.seg", static_cast<unsigned long long>(epoch),
                static_cast<unsigned long long>(first_sequence));
  return name;
}

}  // namespace

struct Lane::Missing {
  FrameRun run;
  Tombstone::Cause cause = Tombstone::Cause::io_error;
  // Checkpoints, while nothing else is missing: they are written, not mourned.
  std::deque<SealedFrame> checkpoints;
};

Lane::Lane(Files& files, const Clock& clock, EventClass event_class, std::string folder,
           uint64_t segment_bytes)
    : files_(files),
      clock_(clock),
      event_class_(event_class),
      folder_(std::move(folder)),
      segment_bytes_(segment_bytes) {}

Lane::Lane(Lane&&) noexcept = default;
Lane::~Lane() = default;

void Lane::begin(const Id& stream, std::deque<Segment> segments, const ChainHead& head) {
  stream_ = stream;
  head_ = head;
  segments_ = std::move(segments);
  bytes_ = 0;
  for (const Segment& segment : segments_) bytes_ += segment.bytes;
}

// ------------------------------------------------------------------ writing

Status Lane::append(const SealedFrame& frame) {
  RETURN_IF_ERROR(write_missing());
  CHECK(frame.previous_chain == head_.chain);
  return write(frame.block, frame.header, frame.previous_chain, frame.chain, std::nullopt);
}

void Lane::miss(const SealedFrame& frame, Tombstone::Cause cause) {
  if (!missing_) missing_ = std::make_unique<Missing>();
  Missing& m = *missing_;
  if (m.run.events() == 0) m.cause = cause;
  m.run.add(frame.header, frame.previous_chain, frame.chain);
  if (m.run.events() > 0) m.checkpoints.clear();
  else m.checkpoints.push_back(frame);
}

Status Lane::write_missing() {
  if (!missing_) return ok();
  Missing& m = *missing_;
  while (!m.checkpoints.empty()) {
    const SealedFrame& frame = m.checkpoints.front();
    RETURN_IF_ERROR(
        write(frame.block, frame.header, frame.previous_chain, frame.chain, std::nullopt));
    m.checkpoints.pop_front();
    m.run = {};
    for (const SealedFrame& f : m.checkpoints) m.run.add(f.header, f.previous_chain, f.chain);
  }
  if (m.run.events() > 0) {
    const SealedFrame tombstone = m.run.tombstone(event_class_, stream_, m.cause);
    RETURN_IF_ERROR(write(tombstone.block, tombstone.header, tombstone.previous_chain,
                          m.run.end.chain, m.cause));
  }
  missing_.reset();
  return ok();
}

Status Lane::write(const std::string& block, const FrameHeader& header, const Hash& previous_chain,
                   const Hash& chain_after, std::optional<Tombstone::Cause> tombstone) {
  // Where it cannot be synced, it grows on: once it is closed nobody would sync it any more.
  const bool is_full = file_ && segments_.back().bytes >= segment_bytes_;
  if (is_full && may_sync() && sync(true).is_ok()) close_segment();
  if (!file_) RETURN_IF_ERROR(open_segment(header.first_sequence));
  Segment& segment = segments_.back();
  if (Status status = file_->append(block); !status.is_ok()) {
    // What was written of the block must go, or it would stand in the way of the next one; where
    // even that fails, the next frame begins a new segment.
    if (!file_->truncate(segment.bytes).is_ok()) close_segment();
    return status;
  }
  const int64_t now_ns = clock_.now().boottime_ns;
  if (unsynced_ == 0) unsynced_since_ns_ = now_ns;
  unsynced_ += block.size();
  bytes_ += block.size();
  segment.bytes += block.size();
  segment.written_ns = now_ns;
  segment.committed_ns.reset();
  segment.tombstone = segment.run.is_empty() ? tombstone : std::nullopt;
  if (tombstone) segment.missed += header.last_sequence + 1 - header.first_sequence;
  segment.run.add(header, previous_chain, chain_after);
  head_ = segment.run.end;
  recent_.push_back(head_);
  if (recent_.size() > kRecentHeadsMax) recent_.pop_front();
  return ok();
}

Status Lane::open_segment(uint64_t first_sequence) {
  Segment segment;
  segment.name = segment_name(epoch_, first_sequence);
  // A checkpoint takes no sequence: what follows one may have the name that its segment has.
  const auto taken = [&segment](const Segment& other) { return other.name == segment.name; };
  while (std::any_of(segments_.begin(), segments_.end(), taken)) {
    segment.name.insert(segment.name.size() - 4, 1, '_');
  }
  ASSIGN_OR_RETURN(file_, files_.open_append(path_of(segment)));
  const std::string header = encode_segment_header();
  Status status = file_->truncate(0);
  if (status.is_ok()) status = file_->append(header);
  if (status.is_ok()) status = files_.sync_folder(folder_);
  if (!status.is_ok()) {
    file_.reset();
    (void)files_.remove(path_of(segment));
    return status;
  }
  must_sync_folder_ = false;
  segment.bytes = header.size();
  segment.written_ns = clock_.now().boottime_ns;
  bytes_ += segment.bytes;
  segments_.push_back(std::move(segment));
  return ok();
}

void Lane::close_segment() {
  if (!sync(true).is_ok()) (void)sync(true);
  unsynced_ = 0;
  sync_failure_ = ok();
  file_.reset();
  if (!segments_.back().run.is_empty()) return;
  // Not even its first frame could be written, or cut away.
  bytes_ -= segments_.back().bytes;
  (void)files_.remove(path_of(segments_.back()));
  segments_.pop_back();
}

Status Lane::sync(bool all) {
  if (must_sync_folder_) {
    RETURN_IF_ERROR(files_.sync_folder(folder_));
    must_sync_folder_ = false;
  }
  if (unsynced_ == 0 || !file_) return ok();
  if (!all && !may_sync()) return sync_failure_;
  const bool due = all || event_class_ == EventClass::access || unsynced_ >= kSyncBytes ||
                   clock_.now().boottime_ns - unsynced_since_ns_ >= kSyncNs;
  if (!due) return ok();
  const Status synced = sync_failure_.is_ok() ? file_->sync() : rewrite_segment();
  if (synced.is_ok()) {
    unsynced_ = 0;
  } else {
    sync_failure_ = synced;
    sync_failed_ns_ = clock_.now().boottime_ns;
  }
  return synced;
}

// A whole segment is written for it.
bool Lane::may_sync() const {
  return sync_failure_.is_ok() || clock_.now().boottime_ns - sync_failed_ns_ >= kSyncNs;
}

// Nothing is appended to it any more: who has the old file open reads that to its end, and would
// not see what the new one gets.
Status Lane::rewrite_segment() {
  const Segment& segment = segments_.back();
  RETURN_IF_ERROR(write_anew(files_, *file_, path_of(segment), segment.bytes));
  file_.reset();
  unsynced_ = 0;
  sync_failure_ = ok();
  must_sync_folder_ = true;
  return sync(true);
}

// ------------------------------------------------------------------ commits

void Lane::set_committed(const ChainHead& point) {
  committed_ = point;
  for (Segment& segment : segments_) {
    if (!is_committed(segment)) segment.committed_ns.reset();
    else if (!segment.committed_ns) segment.committed_ns = clock_.now().boottime_ns;
  }
  while (!recent_.empty() && is_behind(recent_.front(), point) &&
         !is_same_point(recent_.front(), point)) {
    recent_.pop_front();
  }
}

bool Lane::is_committed(const Segment& segment) const {
  const ChainHead& end = segment.run.end;
  if (is_same_point(end, committed_)) return end.chain == committed_.chain;
  return is_behind(end, committed_);
}

Result<PointPlace> Lane::find(const ChainHead& point) const {
  const auto verdict = [&point](const Hash& chain) {
    return chain == point.chain ? PointPlace::ours : PointPlace::other;
  };
  if (is_same_point(point, head_) && point.chain == head_.chain) return PointPlace::ours;
  if (!is_behind(point, head_)) return PointPlace::ahead;
  bool was_recent = false;
  for (const ChainHead& there : recent_) {
    if (!is_same_point(point, there)) continue;
    if (point.chain == there.chain) return PointPlace::ours;
    was_recent = true;
  }
  if (was_recent) return PointPlace::other;
  if (segments_.empty()) return is_same_point(point, head_) ? PointPlace::other : PointPlace::gone;
  const ChainHead& before = segments_.front().run.before;
  if (is_same_point(point, before)) return verdict(before.chain);
  if (is_behind(point, before)) return PointPlace::gone;
  for (const Segment& segment : segments_) {
    // Behind a fork a segment follows what none of ours holds.
    if (is_same_point(point, segment.run.before) && point.chain == segment.run.before.chain) {
      return PointPlace::ours;
    }
    if (!is_behind(point, segment.run.end)) continue;
    if (is_same_point(point, segment.run.end) && point.chain == segment.run.end.chain) {
      return PointPlace::ours;
    }
    if (segment.tombstone) {
      return is_same_point(point, segment.run.end) ? PointPlace::other : PointPlace::gone;
    }
    ASSIGN_OR_RETURN(const auto file, files_.open_read(path_of(segment)));
    SegmentScanner scanner(*file);
    while (true) {
      const SegmentScanner::State state = scanner.next();
      if (state == SegmentScanner::State::corrupt) continue;
      if (state == SegmentScanner::State::error) return scanner.status();
      if (state != SegmentScanner::State::block) break;
      const FrameHead& frame = scanner.outside().frames.back();
      const ChainHead there{frame.header.epoch, frame.header.last_sequence, frame.chain};
      if (!is_same_point(point, there)) continue;
      ASSIGN_OR_RETURN(const Hash chain, chain_after(frame, as_bytes(scanner.block())));
      if (chain == point.chain) return PointPlace::ours;
    }
    // A checkpoint at that very point may begin the next segment.
    if (!is_same_point(point, segment.run.end)) break;
  }
  return PointPlace::other;
}

// ------------------------------------------------------------------ going

bool Lane::drop_committed() {
  if (segments_.size() < 2 || !is_committed(segments_.front())) return false;
  if (!files_.remove(path_of(segments_.front())).is_ok()) return false;
  bytes_ -= segments_.front().bytes;
  segments_.pop_front();
  return true;
}

// Nothing is gained where a tombstone is all there is, and no agent gives up checkpoints alone.
bool Lane::is_evictable(const Segment& segment) {
  return !segment.tombstone && segment.run.events() > 0;
}

const Segment* Lane::oldest_evictable() const {
  const auto found = std::find_if(segments_.begin(), segments_.end(),
                                  is_evictable);
  return found == segments_.end() ? nullptr : &*found;
}

// What is committed is not lost, nor is once more what was missing before.
uint64_t Lane::events_lost_with(const Segment& segment) const {
  const FrameRun& run = segment.run;
  if (is_behind(run.end, committed_)) return 0;
  const bool in_part = committed_.epoch == run.end.epoch &&
                       committed_.sequence >= run.first_sequence;
  const uint64_t committed = in_part ? committed_.sequence + 1 - run.first_sequence : 0;
  const uint64_t open = run.events() - committed;
  return open - std::min(open, segment.missed);
}

Status Lane::note_given_up(size_t at) {
  const Segment& goes = segments_[at];
  const std::string path = folder_ + "/given-up";
  GivenUp marks;
  // What was given up before it, and is open still, stays.
  const bool goes_on = std::any_of(
      segments_.begin(), segments_.begin() + static_cast<ptrdiff_t>(at),
      [this](const Segment& s) { return s.tombstone.has_value() && !is_committed(s); });
  if (goes_on) {
    const auto file = read_file(files_, path, GivenUp::kFileBytesMax);
    if (file.is_ok()) marks = GivenUp::decode(*file, stream_);
  }
  ASSIGN_OR_RETURN(const auto file, files_.open_read(path_of(goes)));
  SegmentScanner scanner(*file);
  while (true) {
    const SegmentScanner::State state = scanner.next();
    if (state == SegmentScanner::State::corrupt) continue;
    if (state != SegmentScanner::State::block) break;
    const FrameHead& frame = scanner.outside().frames.back();
    // The point that was committed may be where the log ends, and checkpoints there be behind it.
    const ChainHead end{frame.header.epoch, frame.header.last_sequence, {}};
    if (is_behind(end, committed_) && !is_same_point(end, committed_)) continue;
    ASSIGN_OR_RETURN(const Hash chain, chain_after(frame, as_bytes(scanner.block())));
    marks.add(chain);
  }
  return write_file(files_, path, marks.encode(stream_));
}

Result<uint64_t> Lane::evict_oldest(Tombstone::Cause cause) {
  const auto found = std::find_if(segments_.begin(), segments_.end(),
                                  is_evictable);
  if (found == segments_.end()) return not_found("nothing is left to evict");
  const auto at = static_cast<size_t>(found - segments_.begin());
  Segment& goes = segments_[at];
  const ChainHead& end = goes.run.end;
  const uint64_t lost = events_lost_with(goes);

  // What was evicted just before it and for the same reason is one run with it.
  Segment* const before = at > 0 ? &segments_[at - 1] : nullptr;
  const bool joins = before != nullptr && before->tombstone == cause &&
                     before->run.end.epoch == end.epoch &&
                     before->run.end.chain == goes.run.before.chain;
  Segment stays = joins ? *before : goes;
  if (joins) stays.run.add(goes.run);
  // Without it the uplink may take a point of ours for another's: more is told as lost, not less.
  (void)note_given_up(at);
  const SealedFrame tombstone = stays.run.tombstone(event_class_, stream_, cause);
  const std::string content = encode_segment_header() + tombstone.block;
  RETURN_IF_ERROR(write_file(files_, path_of(stays), content));
  stays.bytes = content.size();
  stays.tombstone = cause;
  stays.missed = stays.run.events();
  // The open one is not written to any more; what it has not synced is no longer asked for.
  if (at + 1 == segments_.size() && file_) {
    file_.reset();
    unsynced_ = 0;
    sync_failure_ = ok();
  }
  bytes_ -= goes.bytes;
  if (!joins) {
    bytes_ += stays.bytes;
    goes = std::move(stays);
    return lost;
  }
  // If it stays there, the next start removes what a tombstone covers.
  (void)files_.remove(path_of(goes));
  bytes_ = bytes_ - before->bytes + stays.bytes;
  *before = std::move(stays);
  segments_.erase(segments_.begin() + static_cast<ptrdiff_t>(at));
  return lost;
}

Status Lane::read_after(uint64_t epoch, uint64_t sequence,
                        const std::function<void(ByteView block)>& visit) const {
  const ChainHead after{epoch, sequence, {}};
  for (const Segment& segment : segments_) {
    if (is_behind(segment.run.end, after)) continue;
    ASSIGN_OR_RETURN(const auto file, files_.open_read(path_of(segment)));
    SegmentScanner scanner(*file);
    while (true) {
      const SegmentScanner::State state = scanner.next();
      if (state == SegmentScanner::State::corrupt) continue;
      if (state == SegmentScanner::State::error) return scanner.status();
      if (state != SegmentScanner::State::block) break;
      const FrameHeader& last = scanner.outside().frames.back().header;
      if (is_behind({last.epoch, last.last_sequence, {}}, after)) continue;
      visit(as_bytes(scanner.block()));
    }
  }
  return ok();
}

}  // namespace spoor::agent
