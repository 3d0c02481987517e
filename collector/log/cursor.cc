#include "collector/log/cursor.h"

#include <algorithm>
#include <utility>

#include "common/log.h"

namespace spoor::collector {

Result<LogBatch> LogCursor::read(size_t bytes_max) {
  LogBatch batch;
  const uint64_t synced = log_->synced().entry;
  size_t block_bytes = 0;
  while (position_.entry < synced && block_bytes < bytes_max) {
    Lane* least = nullptr;
    Status advanced;
    for (size_t i = 0; i < kEventClasses && advanced.is_ok(); ++i) {
      Lane& lane = lanes_[i];
      if (lane.next == 0) advanced = advance(i);
      if (lane.next != 0 && (!least || lane.next < least->next)) least = &lane;
    }
    // What was read before a failure is handed on first.
    if (!advanced.is_ok() && batch.entries.empty()) return advanced;
    if (!advanced.is_ok()) break;
    if (!least || least->next > synced) {
      position_.entry = synced;  // the numbers up to there that are left were never used
      break;
    }

    auto entry = take(*least);
    if (!entry.is_ok() && batch.entries.empty()) return entry.status();
    if (!entry.is_ok()) break;
    position_.entry = std::exchange(least->next, 0);
    if (!*entry) continue;
    block_bytes += (*entry)->block.size();
    batch.entries.push_back(*std::move(*entry));
  }
  batch.to = position_;
  batch.bytes = std::exchange(passed_bytes_, 0);
  return batch;
}

Result<std::optional<LogEntry>> LogCursor::take(Lane& lane) {
  if (lane.sealed) {
    ASSIGN_OR_RETURN(std::optional<LogEntry> sealed, lane.sealed->take());
    pass(lane, lane.sealed->passed());
    return sealed;
  }
  LogEntry entry;
  RETURN_IF_ERROR(lane.plain->read_block(*lane.found, entry.block));
  pass(lane, lane.found->end());  // while the header is whole: its size is the entry's
  EntryHeader& header = lane.found->header;
  entry.number = header.number;
  entry.agent = std::move(header.agent);
  entry.received_ns = header.received_ns;
  entry.head = header.head;
  lane.found.reset();
  return std::optional(std::move(entry));
}

std::optional<LogCursor::View> LogCursor::look(size_t index) {
  Lane& lane = lanes_[index];
  const std::lock_guard lock(log_->mutex_);
  const auto& segments = log_->classes_[index].segments;
  const auto behind = [&segments](uint64_t number) {
    return std::upper_bound(segments.begin(), segments.end(), number,
                            [](uint64_t n, const Log::Segment& s) { return n < s.first; });
  };
  auto at = behind(lane.segment_first);
  if (lane.is_open()) {
    if (at != segments.begin() && (at - 1)->first == lane.segment_first) {
      --at;
    } else {  // it was dropped
      lane.plain.reset();
      lane.sealed.reset();
    }
  }
  if (lane.segment_first == 0) {
    // All before the last one that begins at or before the next entry hold earlier ones.
    const auto last = behind(position_.entry + 1);
    for (; at != last && at + 1 != last; ++at) {
      lane.segment_first = at->first;
      passed_bytes_ += at->bytes;
    }
  }
  if (at == segments.end()) return std::nullopt;
  return View{*at, at + 1 == segments.end()};
}

Status LogCursor::advance(size_t index) {
  Lane& lane = lanes_[index];
  while (true) {
    std::optional<View> view = look(index);
    if (!view) return ok();
    const Log::Segment& segment = view->segment;
    if (!lane.is_open()) {
      const Status opened = open_segment(index, segment);
      if (opened.code() == Code::not_found) {
        // It was sealed in between, or dropped.
        const std::optional<View> now = look(index);
        const bool is_same = now && now->segment.form == segment.form &&
                             now->segment.first == segment.first;
        if (!is_same) continue;
      }
      RETURN_IF_ERROR(opened);
    }
    const bool was_plain = lane.plain && segment.form == SegmentForm::sealed;
    const uint64_t end = was_plain ? segment.plain_bytes : segment.bytes;
    if (lane.is_open()) {
      ASSIGN_OR_RETURN(lane.next, next_in(lane, end));
      if (lane.next != 0 || view->is_last) return ok();
    }
    pass(lane, end);
    lane.plain.reset();
    lane.sealed.reset();
  }
}

// 0: there is none.
Result<uint64_t> LogCursor::next_in(Lane& lane, uint64_t end) {
  if (lane.sealed) {
    ASSIGN_OR_RETURN(const std::optional<uint64_t> next, lane.sealed->next(position_.entry));
    return next.value_or(0);
  }
  while (true) {
    ASSIGN_OR_RETURN(lane.found, lane.plain->next(end));
    if (!lane.found) return uint64_t{0};
    const uint64_t number = lane.found->header.number;
    if (number > position_.entry) return uint64_t{number};
    pass(lane, lane.found->end());
  }
}

void LogCursor::pass(Lane& lane, uint64_t end) {
  // One that was dropped meanwhile is smaller than what was read of it.
  if (end > lane.passed) passed_bytes_ += end - lane.passed;
  lane.passed = end;
}

// The lane moves on to a segment only once that is open: a failure must not step over it. One that
// is lost it steps over, with nothing open.
Status LogCursor::open_segment(size_t index, const Log::Segment& segment) {
  Lane& lane = lanes_[index];
  const std::string path = Log::segment_path(log_->classes_[index], segment);
  if (!segment.is_lost) {
    ASSIGN_OR_RETURN(auto file, log_->disk_.open_read(path));
    if (segment.form == SegmentForm::plain) {
      lane.plain.emplace(std::move(file), log_->identity_.salt);
    } else {
      auto sealed = SealedSegment::open(std::move(file), static_cast<EventClass>(index + 1));
      if (!sealed.is_ok() && sealed.code() != Code::corrupt) return sealed.status();
      if (sealed.is_ok())
        lane.sealed.emplace(std::move(sealed).value(), path);
      else
        log_error("{}: {}; what it held is missing from trails", path,
                  sealed.status().message());
    }
  }
  lane.segment_first = segment.first;
  lane.passed = 0;
  return ok();
}

}  // namespace spoor::collector
