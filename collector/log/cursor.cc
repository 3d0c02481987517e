#include "collector/log/cursor.h"

#include <algorithm>
#include <utility>

namespace spoor::collector {

// Where a lane stands among its class's segments, seen at one moment.
struct SegmentView {
  uint64_t first = 0;
  uint64_t bytes = 0;
  bool is_last = true;
};

Result<LogBatch> LogCursor::read(size_t bytes_max) {
  LogBatch batch;
  const uint64_t synced = log_->synced().entry;
  size_t block_bytes = 0;
  while (position_.entry < synced && block_bytes < bytes_max) {
    Lane* least = nullptr;
    Status advanced;
    for (size_t i = 0; i < kEventClasses && advanced.is_ok(); ++i) {
      if (!lanes_[i].next) advanced = advance(i);
      const auto& next = lanes_[i].next;
      if (next && (!least || next->header.number < least->next->header.number)) least = &lanes_[i];
    }
    // What was read before a failure is handed on first.
    if (!advanced.is_ok() && batch.entries.empty()) return advanced;
    if (!advanced.is_ok()) break;
    if (!least || least->next->header.number > synced) {
      position_.entry = synced;  // the numbers up to there that are left were never used
      break;
    }

    LogEntry entry;
    const Status read = least->reader->read_block(*least->next, entry.block);
    if (!read.is_ok() && batch.entries.empty()) return read;
    if (!read.is_ok()) break;
    pass(*least, least->next->end());  // while the header is whole: its size is the entry's
    EntryHeader& header = least->next->header;
    entry.number = header.number;
    entry.agent = std::move(header.agent);
    entry.received_ns = header.received_ns;
    entry.head = header.head;
    position_.entry = entry.number;
    block_bytes += entry.block.size();
    batch.entries.push_back(std::move(entry));
    least->next.reset();
  }
  batch.to = position_;
  batch.bytes = std::exchange(passed_bytes_, 0);
  return batch;
}

Status LogCursor::advance(size_t index) {
  Lane& lane = lanes_[index];
  while (true) {
    SegmentView view;
    bool found_segment = false;
    {
      const std::lock_guard lock(log_->mutex_);
      const auto& segments = log_->classes_[index].segments;
      // The first segment, the one at hand, or the one behind it when that is done.
      auto at = std::upper_bound(segments.begin(), segments.end(), lane.segment_first,
                                 [](uint64_t n, const Log::Segment& s) { return n < s.first; });
      if (lane.reader) --at;
      if (at != segments.end()) {
        found_segment = true;
        view = {at->first, at->bytes, at + 1 == segments.end()};
      }
    }
    if (!found_segment) return ok();
    if (!lane.reader) {
      RETURN_IF_ERROR(open_segment(index, view.first));
    }
    ASSIGN_OR_RETURN(auto found, lane.reader->next(view.bytes));
    if (found) {
      if (found->header.number <= position_.entry) {
        pass(lane, found->end());
        continue;
      }
      lane.next = std::move(found);
      return ok();
    }
    if (view.is_last) return ok();
    pass(lane, view.bytes);
    lane.reader.reset();
  }
}

void LogCursor::pass(Lane& lane, uint64_t end) {
  passed_bytes_ += end - lane.passed;
  lane.passed = end;
}

// The lane moves on to a segment only once that is open: a failure must not step over it.
Status LogCursor::open_segment(size_t index, uint64_t first) {
  auto file = log_->disk_.open_read(Log::segment_path(log_->classes_[index], first));
  if (!file.is_ok()) return file.status();
  Lane& lane = lanes_[index];
  lane.reader.emplace(std::move(file).value(), log_->identity_.salt);
  lane.segment_first = first;
  lane.passed = 0;
  return ok();
}

}  // namespace spoor::collector
