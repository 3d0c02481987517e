#include "collector/log/log_retention.h"

#include <algorithm>

#include "collector/log/seal_limits.h"
#include "collector/log/sealed_streams.h"
#include "collector/log/segment_reader.h"
#include "common/log.h"
#include "common/sha256.h"

namespace spoor::collector {

namespace {

void add(TimeRange& to, const TimeRange& range) {
  to.least_ns = std::min(to.least_ns, range.least_ns);
  to.greatest_ns = std::max(to.greatest_ns, range.greatest_ns);
}

void add(SealIndex& to, SealedStreams& streams, const SealIndex& from) {
  for (const SealedStream& stream : from.streams) streams.add(from.agents[stream.agent], stream);
  to.events += from.events;
  to.records += from.records;
  to.dropped += from.entries + from.dropped;
  add(to.received, from.received);
  add(to.events_time, from.events_time);
}

}  // namespace

std::optional<LogRetention::Oldest> LogRetention::oldest(EventClass event_class) const {
  const std::lock_guard lock(log_.mutex_);
  const auto& segments = log_.of(event_class).segments;
  Oldest out;
  out.event_class = event_class;
  size_t at = 0;
  if (!segments.empty() && segments[0].is_dropped) out.dropped = segments[at++];
  if (at + 1 >= segments.size()) return std::nullopt;  // the last one is written to
  out.segment = segments[at];
  out.end = segments[at + 1].first;
  if (at + 2 < segments.size()) out.next = segments[at + 1];
  for (const Log::Segment& segment : segments) out.class_bytes += segment.bytes;
  return out;
}

// Of one that is lost, nothing.
Result<SealIndex> LogRetention::contents(EventClass event_class,
                                         const Log::Segment& segment) const {
  SealIndex out;
  if (segment.is_lost) return out;
  const std::string path = Log::segment_path(log_.of(event_class), segment);
  ASSIGN_OR_RETURN(auto file, log_.disk_.open_read(path));
  if (segment.form == SegmentForm::sealed) {
    ASSIGN_OR_RETURN(const auto sealed, SealedSegment::open(std::move(file), event_class));
    return sealed.index();
  }
  SealedStreams streams(out);
  SegmentReader reader(std::move(file), log_.identity_.salt);
  while (true) {
    ASSIGN_OR_RETURN(const auto found, reader.next(segment.bytes));
    if (!found) return out;
    ++out.entries;
    out.received.add(found->header.received_ns);
    streams.add(found->header.agent, found->header.head);
  }
}

// What tells no times is as old as what came behind it.
Result<bool> LogRetention::is_old(const Oldest& oldest, const SealIndex& held,
                                  int64_t now_ns) const {
  const int64_t age_ns = limits_[static_cast<size_t>(oldest.event_class) - 1].age_ns;
  if (age_ns == 0) return false;
  if (held.entries > 0) return held.received.greatest_ns < now_ns - age_ns;
  if (!oldest.next) return false;
  ASSIGN_OR_RETURN(const SealIndex next, contents(oldest.event_class, *oldest.next));
  return next.entries > 0 && next.received.greatest_ns < now_ns - age_ns;
}

Result<std::optional<DroppedSegment>> LogRetention::step(Position followed, int64_t now_ns) {
  for (size_t i = 0; i < kEventClasses; ++i) {
    const RetentionLimits& limits = limits_[i];
    if (limits.age_ns == 0 && limits.bytes == 0) continue;
    const std::optional<Oldest> at = oldest(static_cast<EventClass>(i + 1));
    if (!at || followed.entry + 1 < at->end) continue;
    ASSIGN_OR_RETURN(const SealIndex held, contents(at->event_class, at->segment));
    ASSIGN_OR_RETURN(const bool is_due, is_old(*at, held, now_ns));
    const bool is_too_much = limits.bytes > 0 && at->class_bytes > limits.bytes;
    if (!is_due && !is_too_much) continue;
    RETURN_IF_ERROR(drop(*at, held));
    DroppedSegment out;
    out.event_class = at->event_class;
    out.first = at->segment.first;
    out.last = at->end - 1;
    out.entries = held.entries;
    out.events = held.events;
    out.bytes = at->segment.bytes;
    out.received = held.received;
    out.events_time = held.events_time;
    out.why = is_due ? DroppedSegment::Why::age : DroppedSegment::Why::bytes;
    return std::optional(out);
  }
  return std::optional<DroppedSegment>();
}

Status LogRetention::drop(const Oldest& oldest, const SealIndex& held) {
  SealIndex index;
  SealedStreams streams(index);
  if (oldest.dropped) {
    ASSIGN_OR_RETURN(const SealIndex before, contents(oldest.event_class, *oldest.dropped));
    add(index, streams, before);
  }
  add(index, streams, held);
  index.dropped = std::max<uint64_t>(index.dropped, 1);  // of a lost one nothing was known
  index.dropped_through = oldest.end - 1;
  index.headers = Sha256().finish();
  ASSIGN_OR_RETURN(const uint64_t bytes, write_dropped(oldest, index));
  auto& files = log_.of(oldest.event_class);
  {
    const std::lock_guard lock(log_.mutex_);
    if (oldest.dropped) files.segments.erase(files.segments.begin());
    Log::Segment& segment = files.segments.front();
    log_.bytes_ -= segment.bytes + (oldest.dropped ? oldest.dropped->bytes : 0);
    log_.bytes_ += bytes;
    if (segment.form == SegmentForm::plain) segment.plain_bytes = segment.bytes;
    segment.form = SegmentForm::sealed;
    segment.bytes = bytes;
    segment.is_dropped = true;
    segment.is_lost = false;
  }
  // Where these cannot go, the next start of the collector takes them away.
  const auto remove = [&](const Log::Segment& segment) {
    const Status gone = log_.disk_.remove(Log::segment_path(files, segment));
    if (!gone.is_ok()) log_error("{}", gone.message());
  };
  if (oldest.dropped) remove(*oldest.dropped);
  if (oldest.segment.form == SegmentForm::plain) remove(oldest.segment);
  return ok();
}

// In the segment's place, durably. Its size.
Result<uint64_t> LogRetention::write_dropped(const Oldest& oldest, const SealIndex& index) {
  Files& disk = log_.disk_;
  const auto& files = log_.of(oldest.event_class);
  Log::Segment segment = oldest.segment;
  segment.form = SegmentForm::sealed;
  const std::string sealed = Log::segment_path(files, segment);
  segment.form = SegmentForm::being_sealed;
  const std::string path = Log::segment_path(files, segment);
  std::string bytes = encode_sealed_header(oldest.event_class);
  const std::string encoded = encode_seal_index(index);
  if (encoded.size() > kSealIndexBytesMax)
    return full("too many streams were dropped: nothing more is, so that all are known");
  bytes += encoded + encode_sealed_trailer(kSealedHeaderSize, encoded);
  const auto write = [&]() -> Status {
    ASSIGN_OR_RETURN(const auto file, disk.open_append(path));
    RETURN_IF_ERROR(file->truncate(0));
    RETURN_IF_ERROR(file->append(bytes));
    return file->sync();
  };
  Status written = write();
  if (written.is_ok()) written = disk.rename(path, sealed);
  if (!written.is_ok()) (void)disk.remove(path);
  RETURN_IF_ERROR(written.with_context("dropping what " + path + " stands for"));
  RETURN_IF_ERROR(disk.sync_folder(files.folder));
  return bytes.size();
}

}  // namespace spoor::collector
