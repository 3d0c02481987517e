#include "agent/spool/lane_recovery.h"

#include <algorithm>

#include "agent/spool/segment_copy.h"
#include "agent/spool/spool_text.h"
#include "common/frame/segment.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

// The next good frame. False when none is left in it.
Status take_frame(SegmentScanner& scanner, Segment& segment) {
  const FrameHead& frame = scanner.outside().frames.back();
  ASSIGN_OR_RETURN(const Hash after, chain_after(frame, as_bytes(scanner.block())));
  const bool is_first = segment.run.is_empty();
  segment.tombstone.reset();
  if (frame.header.kind == FrameKind::tombstone) {
    ASSIGN_OR_RETURN(const OpenBlock open, OpenBlock::open(as_bytes(scanner.block())));
    ASSIGN_OR_RETURN(const Tombstone told,
                     decode_tombstone(*open.frames()[0].entries[0].fields));
    if (is_first) segment.tombstone = told.cause;
    segment.missed += frame.header.last_sequence + 1 - frame.header.first_sequence;
  }
  segment.run.add(frame.header, frame.previous_chain, after);
  return ok();
}

// A file that cannot be read from `good` on is set aside whole, for people to look at, and what was
// read of it takes its place; the collector learns of the hole by the uplink's Skip.
Status set_aside(Files& files, File& file, const std::string& path, uint64_t good) {
  if (good <= kSegmentHeaderSize) return files.rename(path, path + ".bad");
  const std::string copy = path + ".tmp";
  RETURN_IF_ERROR(write_anew(files, file, copy, good));
  RETURN_IF_ERROR(files.rename(path, path + ".bad"));
  return files.rename(copy, path);
}

// What a killed agent had not synced is read from memory: nobody else would sync it any more, and
// what follows it would outlive it. Whether a sync of the newest segment had failed before it was
// killed nobody knows, so that one is written anew; a full disk has no room for that.
Status make_durable(Files& files, File& file, const std::string& path, const Segment& segment,
                    bool is_newest) {
  if (!is_newest || segment.run.is_empty()) return file.sync();
  const Status written = write_anew(files, file, path, segment.bytes);
  return written.code() == Code::full ? file.sync() : written;
}

// Reads the segment through, cuts what is torn behind its last good frame, and syncs the rest. A
// disk that fails for a moment is asked again; what it never gives is damage like any other, and
// no reason not to record.
Status recover_segment(Files& files, const std::string& path, Segment& segment, Id& stream,
                       bool is_newest) {
  ASSIGN_OR_RETURN(const auto file, files.open_append(path));
  SegmentScanner scanner(*file);
  int failures = 0;
  Status unread;
  for (bool more = true; more;) {
    switch (scanner.next()) {
      case SegmentScanner::State::block:
        if (take_frame(scanner, segment).is_ok())
          stream = scanner.outside().frames.back().header.stream;
        break;
      case SegmentScanner::State::corrupt: unread = scanner.status(); break;
      case SegmentScanner::State::error: {
        if (scanner.status().code() == Code::unavailable && ++failures < kReadTries) break;
        log_error("{}: {}; what follows is set aside in {}.bad", path, scanner.status().message(),
                  segment.name);
        const bool whole = segment.run.is_empty();
        RETURN_IF_ERROR(set_aside(files, *file, path, whole ? 0 : scanner.offset()));
        segment.bytes = whole ? 0 : scanner.offset();
        return ok();
      }
      case SegmentScanner::State::end:
      case SegmentScanner::State::torn: more = false; break;
    }
  }
  // No crash leaves that: what has a right CRC was written so.
  if (segment.run.is_empty() && !unread.is_ok()) {
    log_error("{}: {}; it is set aside in {}.bad", path, unread.message(), segment.name);
    return files.rename(path, path + ".bad");
  }
  segment.bytes = scanner.offset();
  ASSIGN_OR_RETURN(const uint64_t size, file->size());
  if (size > segment.bytes) RETURN_IF_ERROR(file->truncate(segment.bytes));
  return make_durable(files, *file, path, segment, is_newest);
}

}  // namespace

// A clock that is wrong makes nothing older than a host that was off: by the boot's clock it lies
// before zero.
int64_t written_ns(const FrameRun& run, Instant now) {
  if (run.range.time_max_ns == 0) return now.boottime_ns;
  return now.boottime_ns - std::max<int64_t>(now.realtime_ns - run.range.time_max_ns, 0);
}

Result<LaneFound> recover_lane(Files& files, const std::string& folder, Instant now) {
  LaneFound found;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(folder));
  std::string newest;
  for (const std::string& name : names) {
    if (name.ends_with(".seg")) newest = name;
  }
  for (const std::string& name : names) {
    if (name.ends_with(".tmp")) (void)files.remove(folder + "/" + name);  // a write that broke off
    if (!name.ends_with(".seg")) continue;
    Segment segment;
    segment.name = name;
    RETURN_IF_ERROR(recover_segment(files, folder + "/" + name, segment, found.stream,
                                    name == newest));
    segment.written_ns = written_ns(segment.run, now);
    // A run that was evicted became one tombstone; the frames behind it were to go next.
    const bool is_covered = !found.segments.empty() && found.segments.back().tombstone &&
                            segment.run.before.chain != found.head.chain &&
                            is_behind(segment.run.end, found.head);
    if (segment.run.is_empty() || is_covered) {
      const Status status = files.remove(folder + "/" + name);
      if (!status.is_ok() && status.code() != Code::not_found) return status;
      continue;
    }
    found.head = segment.run.end;
    found.segments.push_back(std::move(segment));
  }
  RETURN_IF_ERROR(files.sync_folder(folder));
  return found;
}

}  // namespace spoor::agent
