// How the chain stays whole: whatever happens to a frame, its place in the chain is taken. Written:
// by itself. Not written (disk full, I/O error, or the queue before us dropped its bytes): by a
// tombstone, which spans all frames missed in a row, says why, and ends with the chain value that
// the next frame follows.
//
//   … ─ frame 41 ─ frame 42 ─ [tombstone 43..57, disk_full, ends with chain(57)] ─ frame 58 ─ …
#include "agent/spool/spool.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "common/frame/reader.h"
#include "common/frame/segment.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr int64_t kSyncNs = kNsPerSecond;
constexpr uint64_t kSyncBytes = 1u << 20;
constexpr size_t kMarkFileBytesMax = 64u << 10;
constexpr size_t kSmallFileMax = 4096;
// Frames whose chain value is remembered, a lane: a minute at twenty frames a second. Commits come
// within seconds; one of an older frame is looked up in its segment.
constexpr size_t kRecentHeadsMax = 1200;

bool reached(uint64_t epoch, uint64_t sequence, uint64_t by_epoch, uint64_t by_sequence) {
  return epoch < by_epoch || (epoch == by_epoch && sequence <= by_sequence);
}

std::string segment_name(uint64_t epoch, uint64_t first_sequence) {
  char name[64];
  std::snprintf(name, sizeof name, "%020llu-%020llu.seg", static_cast<unsigned long long>(epoch),
                static_cast<unsigned long long>(first_sequence));
  return name;
}

// Where a stream stands after this frame: a tombstone hands over to what it stands for.
Result<ChainHead> head_after(const FrameHead& frame, const std::string& block) {
  ChainHead head{frame.header.epoch, frame.header.last_sequence, frame.chain};
  if (frame.header.kind != FrameKind::tombstone) return head;
  ASSIGN_OR_RETURN(const OpenBlock open, OpenBlock::open(as_bytes(block)));
  const auto& entry = open.frames()[0].entries[0];
  if (!entry.fields) return corrupt("an erased tombstone");
  ASSIGN_OR_RETURN(const Tombstone tombstone, decode_tombstone(*entry.fields));
  head.chain = tombstone.end_chain;
  return head;
}

}  // namespace

struct Spool::Missing {
  ChainHead before;
  FrameHeader span;  // first and last fields of all frames missed; identity of the stream
  Tombstone tombstone;
  uint64_t records = 0;
};

Spool::Lane::Lane() = default;
Spool::Lane::Lane(Lane&&) noexcept = default;
Spool::Lane::~Lane() = default;

Spool::Spool(Files& files, const Clock& clock, SpoolConfig config)
    : files_(files), clock_(clock), config_(std::move(config)) {}
Spool::~Spool() = default;

// ------------------------------------------------------------------ opening

Result<std::unique_ptr<Spool>> Spool::open(Files& files, const Clock& clock, SpoolConfig config,
                                           std::optional<FolderLock> lock) {
  std::unique_ptr<Spool> spool(new Spool(files, clock, std::move(config)));
  spool->lock_ = std::move(lock);
  RETURN_IF_ERROR(files.make_folder(spool->config_.folder));
  RETURN_IF_ERROR(spool->recover_streams());
  for (Lane& lane : spool->lanes_) RETURN_IF_ERROR(spool->recover_lane(lane));
  RETURN_IF_ERROR(spool->recover_epoch());
  return spool;
}

Status Spool::recover_streams() {
  const std::string path = config_.folder + "/streams";
  const auto text = read_file(files_, path, kSmallFileMax);
  if (!text.is_ok() && text.code() != Code::not_found) return text.status();
  std::string fresh;
  for (size_t i = 0; i < kEventClasses; ++i) {
    Lane& lane = lanes_[i];
    lane.event_class = static_cast<EventClass>(i + 1);
    const std::string name = event_class_name(lane.event_class);
    lane.folder = config_.folder + "/" + name;
    if (text.is_ok()) {
      const size_t at = text->find(name + " ");
      if (at == std::string::npos) return corrupt(path + ": no stream id for " + name);
      ASSIGN_OR_RETURN(lane.stream.id, array_from_hex<16>(
          std::string_view(*text).substr(at + name.size() + 1, 32)));
    } else {
      lane.stream.id = random_id();
      fresh += name + " " + to_hex(lane.stream.id) + "\n";
    }
    RETURN_IF_ERROR(files_.make_folder(lane.folder));
  }
  return text.is_ok() ? ok() : write_file(files_, path, fresh);
}

Status Spool::recover_epoch() {
  const std::string path = config_.folder + "/epoch";
  uint64_t last = 0;
  const auto text = read_file(files_, path, kSmallFileMax);
  if (text.is_ok()) {
    std::from_chars(text->data(), text->data() + text->size(), last);
  } else if (text.code() != Code::not_found) {
    return text.status();
  }
  // The frames themselves are the second witness: an epoch is never used twice.
  for (const Lane& lane : lanes_) last = std::max(last, lane.stream.head.epoch);
  epoch_ = last + 1;
  nonce_ = random_id();
  return write_file(files_, path, std::to_string(epoch_) + " " + to_hex(nonce_) + "\n");
}

Status Spool::recover_lane(Lane& lane) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.list(lane.folder));
  for (const std::string& name : names) {
    if (!name.ends_with(".seg")) continue;
    Segment segment;
    segment.name = name;
    segment.closed_ns = clock_.now().realtime_ns;
    ASSIGN_OR_RETURN(const bool holds_frames, recover_segment(lane, segment));
    if (holds_frames) {
      lane.segments.push_back(std::move(segment));
    } else if (const Status status = files_.remove(lane.folder + "/" + name);
               !status.is_ok() && status.code() != Code::not_found) {
      return status;
    }
  }
  return ok();
}

// Reads the segment through, moves the stream's head to its last good frame and cuts what is torn
// behind it. False when no frame is left in it.
Result<bool> Spool::recover_segment(Lane& lane, Segment& segment) {
  const std::string path = lane.folder + "/" + segment.name;
  ASSIGN_OR_RETURN(const auto file, files_.open_append(path));
  SegmentScanner scanner(*file);
  bool holds_frames = false;
  while (true) {
    const SegmentScanner::State state = scanner.next();
    if (state == SegmentScanner::State::corrupt) continue;
    if (state == SegmentScanner::State::error) {
      if (scanner.status().code() != Code::corrupt) return scanner.status().with_context(path);
      // Set aside for people to look at; the collector learns of the hole by the uplink's Skip.
      log_error("{}: {}; what follows is set aside in {}.bad", path, scanner.status().message(),
                segment.name);
      if (!holds_frames) {
        RETURN_IF_ERROR(files_.rename(path, path + ".bad"));
        return false;
      }
      std::string rest;
      RETURN_IF_ERROR(file->read_at(scanner.offset(), kBlockBytesMax, rest));
      RETURN_IF_ERROR(write_file(files_, path + ".bad", rest));
      break;
    }
    if (state != SegmentScanner::State::block) break;
    const auto head = head_after(scanner.outside().frames.back(), scanner.block());
    if (!head.is_ok()) continue;
    lane.stream.head = *head;
    segment.last_epoch = head->epoch;
    segment.last_sequence = head->sequence;
    holds_frames = true;
  }
  segment.bytes = scanner.offset();
  ASSIGN_OR_RETURN(const uint64_t size, file->size());
  if (size > segment.bytes) {
    RETURN_IF_ERROR(file->truncate(segment.bytes));
    RETURN_IF_ERROR(file->sync());
  }
  return holds_frames;
}

Status Spool::read_after(EventClass c, uint64_t epoch, uint64_t sequence,
                         const std::function<void(ByteView block)>& visit) const {
  const Lane& lane = lanes_[static_cast<size_t>(c) - 1];
  for (const Segment& segment : lane.segments) {
    if (reached(segment.last_epoch, segment.last_sequence, epoch, sequence)) continue;
    ASSIGN_OR_RETURN(const auto file, files_.open_read(lane.folder + "/" + segment.name));
    SegmentScanner scanner(*file);
    while (true) {
      const SegmentScanner::State state = scanner.next();
      if (state == SegmentScanner::State::corrupt) continue;
      if (state == SegmentScanner::State::error) return scanner.status();
      if (state != SegmentScanner::State::block) break;
      const FrameHeader& last = scanner.outside().frames.back().header;
      if (reached(last.epoch, last.last_sequence, epoch, sequence)) continue;
      visit(as_bytes(scanner.block()));
    }
  }
  return ok();
}

Result<std::string> Spool::previous_mark() {
  ASSIGN_OR_RETURN(const std::string text,
                   read_file(files_, config_.folder + "/mark", 2 * kMarkFileBytesMax));
  const size_t end = text.rfind('\n');
  if (end == std::string::npos) return corrupt("the mark file has no whole line");
  const size_t before = text.rfind('\n', end == 0 ? 0 : end - 1);
  const size_t start = before == std::string::npos || before == end ? 0 : before + 1;
  return text.substr(start, end + 1 - start);
}

uint64_t Spool::bytes() const {
  uint64_t total = 0;
  for (const Lane& lane : lanes_) {
    for (const Segment& segment : lane.segments) total += segment.bytes;
  }
  return total;
}

// ------------------------------------------------------------------ writing

Status Spool::append(const SealedFrame& frame) {
  Lane& lane = lanes_[static_cast<size_t>(frame.header.event_class) - 1];
  if (frame.block.empty()) {
    note_missing(lane, frame, Tombstone::Cause::queue_full);
    return full("the queue before the spool was full");
  }
  if (!make_room(lane, frame.block.size())) {
    note_missing(lane, frame, Tombstone::Cause::spool_full);
    return full("the spool is full of what is not committed");
  }
  Status status = write_missing(lane);
  if (status.is_ok()) {
    CHECK(frame.previous_chain == lane.stream.head.chain);
    status = write_block(lane, frame.block, frame.header.first_sequence);
  }
  if (!status.is_ok()) {
    note_missing(lane, frame, status.code() == Code::full ? Tombstone::Cause::disk_full
                                                          : Tombstone::Cause::io_error);
    return status;
  }
  advance(lane, {frame.header.epoch, frame.header.last_sequence, frame.chain});
  return ok();
}

// A block that ends with `head` was written.
void Spool::advance(Lane& lane, const ChainHead& head) {
  lane.stream.head = head;
  lane.segments.back().last_epoch = head.epoch;
  lane.segments.back().last_sequence = head.sequence;
  lane.recent.push_back(head);
  if (lane.recent.size() > kRecentHeadsMax) lane.recent.pop_front();
}

void Spool::note_missing(Lane& lane, const SealedFrame& frame, Tombstone::Cause cause) {
  if (!lane.missing) {
    lane.missing = std::make_unique<Missing>();
    lane.missing->before = lane.stream.head;
    lane.missing->span = frame.header;
    lane.missing->tombstone.cause = cause;
  }
  Missing& m = *lane.missing;
  m.span.last_sequence = frame.header.last_sequence;
  m.span.last_order = frame.header.last_order;
  m.span.time_min_ns = std::min(m.span.time_min_ns, frame.header.time_min_ns);
  m.span.time_max_ns = std::max(m.span.time_max_ns, frame.header.time_max_ns);
  m.records += frame.header.records;
  m.tombstone.events += frame.header.entries;
  m.tombstone.end_chain = frame.chain;
}

Status Spool::write_missing(Lane& lane) {
  if (!lane.missing) return ok();
  const Missing& m = *lane.missing;
  FrameWriter::Place place;
  place.event_class = lane.event_class;
  place.stream = lane.stream.id;
  place.epoch = m.span.epoch;
  place.epoch_nonce = m.span.epoch_nonce;
  place.first_sequence = m.span.first_sequence;
  place.last_sequence = m.span.last_sequence;
  place.previous = m.before;
  const FrameRange range{m.span.first_order, m.span.last_order, m.span.time_min_ns,
                         m.span.time_max_ns, static_cast<uint32_t>(m.records)};
  const SealedFrame tombstone = FrameWriter::seal_tombstone(place, m.tombstone, range);
  RETURN_IF_ERROR(write_block(lane, tombstone.block, m.span.first_sequence));
  advance(lane, {m.span.epoch, m.span.last_sequence, m.tombstone.end_chain});
  lane.missing.reset();
  return ok();
}

// The last quarter of the spool is not for what was touched, the last tenth only for who logged in:
// where something must go, it goes in the order activity, input, command, access.
bool Spool::make_room(const Lane& lane, uint64_t bytes_wanted) {
  const uint64_t bound = lane.event_class == EventClass::access ? config_.bytes_max
                         : lane.event_class == EventClass::command
                             ? config_.bytes_max / 10 * 9
                             : config_.bytes_max / 4 * 3;
  if (bytes() + bytes_wanted <= bound) return true;
  reclaim();
  return bytes() + bytes_wanted <= bound;
}

Status Spool::write_block(Lane& lane, const std::string& block, uint64_t first_sequence) {
  if (lane.file && lane.segments.back().bytes >= config_.segment_bytes) close_segment(lane);
  if (!lane.file) RETURN_IF_ERROR(open_segment(lane, first_sequence));
  Segment& segment = lane.segments.back();
  if (Status status = lane.file->append(block); !status.is_ok()) {
    // What was written of the block must go, or it would stand in the way of the next one; where
    // even that fails, the next frame begins a new segment.
    if (!lane.file->truncate(segment.bytes).is_ok()) close_segment(lane);
    return status;
  }
  if (lane.unsynced == 0) lane.unsynced_since_ns = clock_.now().boottime_ns;
  lane.unsynced += block.size();
  segment.bytes += block.size();
  return ok();
}

Status Spool::open_segment(Lane& lane, uint64_t first_sequence) {
  Segment segment;
  segment.name = segment_name(epoch_, first_sequence);
  const std::string path = lane.folder + "/" + segment.name;
  ASSIGN_OR_RETURN(lane.file, files_.open_append(path));
  const std::string header = encode_segment_header();
  Status status = lane.file->truncate(0);
  if (status.is_ok()) status = lane.file->append(header);
  if (status.is_ok()) status = files_.sync_folder(lane.folder);
  if (!status.is_ok()) {
    lane.file.reset();
    (void)files_.remove(path);
    return status;
  }
  segment.bytes = header.size();
  segment.last_epoch = lane.stream.head.epoch;
  segment.last_sequence = lane.stream.head.sequence;
  lane.segments.push_back(std::move(segment));
  return ok();
}

void Spool::close_segment(Lane& lane) {
  if (lane.unsynced > 0) (void)lane.file->sync();
  lane.unsynced = 0;
  lane.file.reset();
  lane.segments.back().closed_ns = clock_.now().realtime_ns;
}

Status Spool::write_mark(std::string_view mark) {
  if (mark_) {
    ASSIGN_OR_RETURN(const uint64_t size, mark_->size());
    if (size + mark.size() <= kMarkFileBytesMax) return mark_->append(mark);
  }
  const std::string path = config_.folder + "/mark";
  RETURN_IF_ERROR(write_file(files_, path, mark));
  ASSIGN_OR_RETURN(mark_, files_.open_append(path));
  return ok();
}

bool Spool::has_missing() const {
  return std::any_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return lane.missing != nullptr; });
}

Status Spool::sync(bool all) {
  Status result;
  const int64_t now_ns = clock_.now().boottime_ns;
  for (Lane& lane : lanes_) {
    if (Status status = write_missing(lane); !status.is_ok()) result = status;
    if (lane.unsynced == 0 || !lane.file) continue;
    const bool due = all || lane.event_class == EventClass::access ||
                     lane.unsynced >= kSyncBytes || now_ns - lane.unsynced_since_ns >= kSyncNs;
    if (!due) continue;
    if (Status status = lane.file->sync(); !status.is_ok()) {
      result = status;
      continue;
    }
    lane.unsynced = 0;
  }
  return result;
}

// ------------------------------------------------------------------ commits

Status Spool::commit(EventClass c, const CommitNote& note) {
  Lane& lane = lanes_[static_cast<size_t>(c) - 1];
  if (note.stream != lane.stream.id) return denied("a commit for another stream");
  if (reached(note.epoch, note.sequence, lane.committed_epoch, lane.committed_sequence))
    return ok();
  const ChainHead& head = lane.stream.head;
  if (!reached(note.epoch, note.sequence, head.epoch, head.sequence)) {
    return denied("a commit ahead of what the spool holds");
  }
  ASSIGN_OR_RETURN(const bool ours, own_chain_has(lane, note));
  if (!ours) return denied("a commit whose chain value is not ours");
  lane.committed_epoch = note.epoch;
  lane.committed_sequence = note.sequence;
  while (!lane.recent.empty() &&
         reached(lane.recent.front().epoch, lane.recent.front().sequence, note.epoch,
                 note.sequence)) {
    lane.recent.pop_front();
  }
  return ok();
}

Result<bool> Spool::own_chain_has(const Lane& lane, const CommitNote& note) {
  for (const ChainHead& head : lane.recent) {
    if (note.epoch == head.epoch && note.sequence == head.sequence) return note.chain == head.chain;
  }
  const ChainHead& head = lane.stream.head;
  if (note.epoch == head.epoch && note.sequence == head.sequence) return note.chain == head.chain;
  for (const Segment& segment : lane.segments) {
    if (!reached(note.epoch, note.sequence, segment.last_epoch, segment.last_sequence)) continue;
    ASSIGN_OR_RETURN(const auto file, files_.open_read(lane.folder + "/" + segment.name));
    SegmentScanner scanner(*file);
    while (true) {
      const SegmentScanner::State state = scanner.next();
      if (state == SegmentScanner::State::corrupt) continue;
      if (state != SegmentScanner::State::block) return false;
      const FrameHead& frame = scanner.outside().frames.back();
      if (frame.header.epoch != note.epoch || frame.header.last_sequence != note.sequence) continue;
      ASSIGN_OR_RETURN(const ChainHead there, head_after(frame, scanner.block()));
      return there.chain == note.chain;
    }
  }
  return false;
}

void Spool::reclaim() {
  const int64_t now_ns = clock_.now().realtime_ns;
  for (Lane& lane : lanes_) {
    // The last segment always stays: it holds the head of the chain.
    while (lane.segments.size() > 1) {
      const Segment& oldest = lane.segments.front();
      if (!reached(oldest.last_epoch, oldest.last_sequence, lane.committed_epoch,
                   lane.committed_sequence)) {
        break;
      }
      const bool crowded = bytes() > config_.bytes_max / 2;
      if (!crowded && now_ns - oldest.closed_ns < config_.keep_committed_ns) break;
      if (!files_.remove(lane.folder + "/" + oldest.name).is_ok()) break;
      lane.segments.pop_front();
    }
  }
}

}  // namespace spoor::agent
