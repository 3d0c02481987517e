#include "agent/spool/forked_segments.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <vector>

#include "agent/spool/lane_recovery.h"
#include "common/frame/segment.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr std::string_view kCommitted = "committed-";
constexpr size_t kSinceDigits = 20;

struct ForkedName {
  EventClass event_class{};
  bool is_committed = false;
};

std::optional<ForkedName> parse(std::string_view name) {
  if (!name.ends_with(".seg") || name.find_first_not_of("0123456789") != kSinceDigits) {
    return std::nullopt;
  }
  name.remove_prefix(kSinceDigits);
  for (size_t i = 1; i <= kEventClasses; ++i) {
    const auto c = static_cast<EventClass>(i);
    const std::string before = "-" + std::string(event_class_name(c)) + "-";
    if (name.starts_with(before)) {
      return ForkedName{c, name.substr(before.size()).starts_with(kCommitted)};
    }
  }
  return std::nullopt;
}

}  // namespace

std::string forked_name(uint64_t since, const std::string& lane_name, bool is_committed,
                        const std::string& segment_name) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%020llu", static_cast<unsigned long long>(since));
  return std::string(digits) + "-" + lane_name + "-" +
         std::string(is_committed ? kCommitted : "") + segment_name;
}

Status ForkedSegments::find(Instant now) {
  uncommitted_.clear();
  committed_.clear();
  bytes_ = 0;
  const auto names = files_.list(folder_);
  if (names.code() == Code::not_found) return ok();
  if (!names.is_ok()) return names.status();
  for (const std::string& name : *names) {
    const std::optional<ForkedName> parsed = parse(name);
    if (!parsed) continue;
    Segment segment;
    segment.name = name;
    segment.event_class = parsed->event_class;
    const Status seen = look_at(segment, now);
    if (seen.code() == Code::not_found) continue;  // removed since it was listed
    RETURN_IF_ERROR(seen);
    if (!parsed->is_committed) bytes_ += segment.bytes;
    (parsed->is_committed ? committed_ : uncommitted_).push_back(std::move(segment));
  }
  return ok();
}

// What is damaged in it holds no event that anybody could read.
Status ForkedSegments::look_at(Segment& segment, Instant now) {
  ASSIGN_OR_RETURN(const auto file, files_.open_read(folder_ + "/" + segment.name));
  ASSIGN_OR_RETURN(segment.bytes, file->size());
  SegmentScanner scanner(*file);
  FrameRun run;
  while (true) {
    const SegmentScanner::State state = scanner.next();
    if (state == SegmentScanner::State::corrupt) continue;
    if (state != SegmentScanner::State::block) break;
    for (const FrameHead& frame : scanner.outside().frames) {
      const FrameHeader& header = frame.header;
      run.add(header, frame.previous_chain, frame.chain);
      if (header.kind != FrameKind::data) continue;
      segment.events += header.last_sequence + 1 - header.first_sequence;
    }
  }
  segment.written_ns = written_ns(run, now);
  return ok();
}

Status ForkedSegments::remove(Segments& from, Segments::iterator at) {
  const Status removed = files_.remove(folder_ + "/" + at->name);
  if (!removed.is_ok() && removed.code() != Code::not_found) return removed;
  if (&from == &uncommitted_) bytes_ -= at->bytes;
  from.erase(at);
  return ok();
}

Status ForkedSegments::keep_committed_within(uint64_t bytes_max) {
  uint64_t total = 0;
  for (const Segment& segment : committed_) total += segment.bytes;
  while (total > bytes_max) {
    total -= committed_.front().bytes;
    RETURN_IF_ERROR(remove(committed_, committed_.begin()));
  }
  return ok();
}

bool ForkedSegments::drop_committed() {
  return !committed_.empty() && remove(committed_, committed_.begin()).is_ok();
}

Result<uint64_t> ForkedSegments::evict(Segments::iterator at) {
  if (at == uncommitted_.end()) return not_found("nothing that was set aside is left to evict");
  const Segment goes = *at;
  RETURN_IF_ERROR(remove(uncommitted_, at));
  log_warning("{}/{}: there is no more room for what was set aside: {} events are gone", folder_,
              goes.name, goes.events);
  return goes.events;
}

Result<uint64_t> ForkedSegments::evict_oldest(EventClass event_class) {
  return evict(std::find_if(
      uncommitted_.begin(), uncommitted_.end(),
      [event_class](const Segment& segment) { return segment.event_class == event_class; }));
}

Result<uint64_t> ForkedSegments::evict_older(int64_t age_ns, Instant now) {
  return evict(std::find_if(uncommitted_.begin(), uncommitted_.end(), [&](const Segment& segment) {
    return now.boottime_ns - segment.written_ns > age_ns;
  }));
}

}  // namespace spoor::agent
