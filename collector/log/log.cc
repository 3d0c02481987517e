#include "collector/log/log.h"

#include <algorithm>
#include <optional>

#include "collector/log/cursor.h"
#include "collector/log/entry.h"
#include "collector/log/recovery.h"
#include "collector/log/torn_tail.h"
#include "common/clock.h"

namespace spoor::collector {

namespace {
int64_t utc_day(int64_t realtime_ns) { return realtime_ns / (86'400 * kNsPerSecond); }
}  // namespace

Log::Log(Files& files, std::string folder, uint64_t segment_bytes_max)
    : disk_(files), folder_(std::move(folder)), segment_bytes_max_(segment_bytes_max) {}

Result<std::unique_ptr<Log>> Log::open(Files& files, std::string folder,
                                       uint64_t segment_bytes_max) {
  std::unique_ptr<Log> log(new Log(files, std::move(folder), segment_bytes_max));
  RETURN_IF_ERROR(LogRecovery(*log).run().with_context("opening the log in " + log->folder_));
  return log;
}

std::string Log::segment_path(const ClassFiles& files, const Segment& segment) {
  return files.folder + "/" + SegmentName{segment.first, segment.form}.text();
}

Status Log::append(std::span<const NewEntry> entries) {
  if (must_roll_back_) RETURN_IF_ERROR(roll_back());
  RETURN_IF_ERROR(cut_tails());
  std::array<int64_t, kEventClasses> days{};
  for (const NewEntry& entry : entries) {
    ClassFiles& files = of(entry.head.event_class);
    if (files.pending.empty())
      days[static_cast<size_t>(entry.head.event_class) - 1] = utc_day(entry.received_ns);
    append_entry(files.pending, entry, next_number_++, synced_, identity_.salt);
  }
  Status written;
  for (size_t i = 0; i < kEventClasses; ++i) {
    ClassFiles& files = classes_[i];
    if (written.is_ok() && !files.pending.empty()) written = write_pending(files, days[i]);
    files.pending.clear();
  }
  if (written.is_ok()) return ok();
  // Whether it works or not, the failure of the append is what the caller must hear of.
  (void)roll_back();
  return written;
}

std::optional<Log::Segment> Log::last_of(const ClassFiles& files) const {
  const std::lock_guard lock(mutex_);
  return files.segments.empty() ? std::nullopt : std::optional(files.segments.back());
}

// A new segment is begun only where nothing of the class waits for a sync, so that all segments but
// the last are whole on disk.
Status Log::write_pending(ClassFiles& files, int64_t day) {
  const std::optional<Segment> last = last_of(files);
  if (!last) {
    RETURN_IF_ERROR(open_segment(files, day));
  } else {
    const bool has_entries = last->bytes + files.appended > 0;
    const bool too_large =
        last->bytes + files.appended + files.pending.size() > segment_bytes_max_;
    const bool is_done = last->form != SegmentForm::plain ||
                         (has_entries && (too_large || day != last->day));
    if (is_done && files.appended == 0) {
      RETURN_IF_ERROR(open_segment(files, day));
    } else if (!has_entries) {
      const std::lock_guard lock(mutex_);
      files.segments.back().day = day;
    }
  }
  files.appended += files.pending.size();
  return files.file->append(files.pending);
}

Status Log::open_segment(ClassFiles& files, int64_t day) {
  const std::optional<EntryHeader> first = decode_entry(as_bytes(files.pending), identity_.salt);
  CHECK(first.has_value());
  Segment segment;
  segment.first = first->number;
  segment.day = day;
  auto file = disk_.open_append(segment_path(files, segment));
  if (!file.is_ok()) return file.status();
  files.file = std::move(file).value();
  files.new_file = true;
  const std::lock_guard lock(mutex_);
  files.segments.push_back(segment);
  return ok();
}

// Forgets what was not synced, for certain: a truncation that a crash undoes would bring back
// entries behind the back of whoever read on from here.
Status Log::roll_back() {
  must_roll_back_ = true;
  for (ClassFiles& files : classes_) {
    if (files.appended == 0) continue;
    RETURN_IF_ERROR(files.file->truncate(last_of(files)->bytes));
    RETURN_IF_ERROR(files.file->sync());
    files.appended = 0;
  }
  must_roll_back_ = false;
  return ok();
}

// Those that recovery found.
Status Log::cut_tails() {
  for (ClassFiles& files : classes_) {
    if (files.tail_goes_to.empty()) continue;
    const Segment last = *last_of(files);
    RETURN_IF_ERROR(cut_aside(disk_, *files.file, segment_path(files, last), last.bytes,
                              files.tail_goes_to));
    files.tail_goes_to.clear();
  }
  return ok();
}

Status Log::sync() {
  if (must_roll_back_) RETURN_IF_ERROR(roll_back());
  for (ClassFiles& files : classes_) {
    if (files.appended == 0) continue;
    Status synced = files.file->sync();
    if (synced.is_ok() && files.new_file) synced = disk_.sync_folder(files.folder);
    if (!synced.is_ok()) {
      // A sync that failed may have dropped the pages and forgotten it: only writing again tells.
      (void)roll_back();
      return synced;
    }
    files.new_file = false;
  }
  {
    const std::lock_guard lock(mutex_);
    for (ClassFiles& files : classes_) {
      if (files.appended == 0) continue;
      files.segments.back().bytes += files.appended;
      bytes_ += files.appended;
      files.appended = 0;
    }
    synced_ = next_number_ - 1;
  }
  grown_.notify_all();
  return ok();
}

Status Log::raise_generation(uint64_t generation) {
  StoredIdentity raised = identity_;
  raised.generation = std::max(generation, identity_.generation);
  RETURN_IF_ERROR(write_identity(disk_, folder_, raised));
  identity_.generation = raised.generation;  // cursors read the rest on their threads
  return ok();
}

Position Log::synced() const {
  const std::lock_guard lock(mutex_);
  return {synced_};
}

uint64_t Log::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

uint64_t Log::bytes_behind(Position position) const {
  const std::lock_guard lock(mutex_);
  if (position.entry >= synced_) return 0;
  uint64_t bytes = 0;
  for (const ClassFiles& files : classes_) {
    for (size_t i = 0; i < files.segments.size(); ++i) {
      const Segment& segment = files.segments[i];
      const bool is_last = i + 1 == files.segments.size();
      const uint64_t end = std::max(is_last ? synced_ + 1 : files.segments[i + 1].first,
                                    segment.first + 1);
      const uint64_t read = std::clamp(position.entry + 1, segment.first, end) - segment.first;
      const double left = 1 - static_cast<double>(read) / static_cast<double>(end - segment.first);
      bytes += static_cast<uint64_t>(left * static_cast<double>(segment.bytes));
    }
  }
  return std::max<uint64_t>(bytes, 1);
}

uint64_t Log::first_kept(EventClass event_class) const {
  const std::lock_guard lock(mutex_);
  const std::vector<Segment>& segments = classes_[static_cast<size_t>(event_class) - 1].segments;
  if (segments.empty() || !segments.front().is_dropped) return 1;
  return segments.size() > 1 ? segments[1].first : synced_ + 1;
}

bool Log::wait_beyond(Position position, std::stop_token stop) const {
  std::unique_lock lock(mutex_);
  grown_.wait(lock, stop, [&] { return synced_ > position.entry; });
  // A follower that is far behind does not catch up first.
  return !stop.stop_requested();
}

LogCursor Log::read_after(Position after) const { return LogCursor(*this, after); }

}  // namespace spoor::collector
