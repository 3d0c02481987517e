#include "collector/log/log_keeper.h"

#include <sys/resource.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "collector/log/seal_limits.h"
#include "common/log.h"
#include "common/thread_name.h"

namespace spoor::collector {

namespace {

constexpr int kKeeperNice = 15;  // behind the index
constexpr std::chrono::seconds kLookEvery{1};
constexpr std::chrono::seconds kTryAgainAfter{60};

// False: it is to stop.
bool wait_for(const std::stop_token& stop, std::chrono::nanoseconds time) {
  std::mutex mutex;
  std::unique_lock guard(mutex);
  std::condition_variable_any().wait_for(guard, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace

// Closed is all but the last of its class.
std::optional<LogKeeper::Closed> LogKeeper::oldest() {
  std::optional<Closed> oldest;
  const std::lock_guard lock(log_.mutex_);
  for (size_t i = 0; i < kEventClasses; ++i) {
    const auto event_class = static_cast<EventClass>(i + 1);
    const auto& segments = log_.classes_[i].segments;
    for (size_t at = 0; at + 1 < segments.size(); ++at) {
      const Log::Segment& segment = segments[at];
      if (segment.form != SegmentForm::plain || left_.contains({event_class, segment.first}))
        continue;
      if (!oldest || segment.first < oldest->segment.first) oldest = {event_class, segment};
      break;
    }
  }
  return oldest;
}

Result<bool> LogKeeper::step(const SealPace& pace) {
  const std::optional<Closed> closed = oldest();
  if (!closed) return false;
  const Status sealed = seal(*closed, pace);
  if (sealed.code() == Code::corrupt || sealed.code() == Code::invalid) {
    log_error("{}; it stays as it is", sealed.message());
    left_.insert({closed->event_class, closed->segment.first});
    return true;
  }
  RETURN_IF_ERROR(sealed);
  return true;
}

Status LogKeeper::seal(const Closed& closed, const SealPace& pace) {
  const auto& files = log_.of(closed.event_class);
  const auto path_of = [&](SegmentForm form) {
    Log::Segment segment = closed.segment;
    segment.form = form;
    return Log::segment_path(files, segment);
  };
  const std::string plain = path_of(SegmentForm::plain);
  const std::string unfinished = path_of(SegmentForm::being_sealed);
  const auto size = make(closed, plain, unfinished, pace);
  Status made = size.status();
  if (made.is_ok()) made = log_.disk_.rename(unfinished, path_of(SegmentForm::sealed));
  if (!made.is_ok()) (void)log_.disk_.remove(unfinished);
  RETURN_IF_ERROR(made.with_context("sealing " + plain));
  RETURN_IF_ERROR(log_.disk_.sync_folder(files.folder));
  replace(closed, *size);
  // Where it cannot go, the next start of the collector takes it away.
  if (const Status gone = log_.disk_.remove(plain); !gone.is_ok()) log_error("{}", gone.message());
  return ok();
}

// For a copy and about as much again: where the log's writer finds no room, no frame is taken.
Status LogKeeper::find_room(const std::string& path, uint64_t bytes) {
  ASSIGN_OR_RETURN(const auto file, log_.disk_.open_append(path));
  RETURN_IF_ERROR(file->allocate(bytes));
  return file->truncate(0);
}

// Its size.
Result<uint64_t> LogKeeper::make(const Closed& closed, const std::string& plain,
                                 const std::string& unfinished, const SealPace& pace) {
  Files& disk = log_.disk_;
  ASSIGN_OR_RETURN(auto from, disk.open_read(plain));
  RETURN_IF_ERROR(find_room(unfinished, closed.segment.bytes));
  SegmentReader reader(std::move(from), log_.identity_.salt);
  RETURN_IF_ERROR(seal_segment(disk, reader, closed.segment.bytes, closed.event_class, unfinished,
                               pace));
  ASSIGN_OR_RETURN(auto written, disk.open_read(unfinished));
  ASSIGN_OR_RETURN(const auto sealed, SealedSegment::open(std::move(written), closed.event_class));
  RETURN_IF_ERROR(sealed.verify(pace));
  return sealed.size();
}

void LogKeeper::replace(const Closed& closed, uint64_t bytes) {
  const std::lock_guard lock(log_.mutex_);
  for (Log::Segment& segment : log_.of(closed.event_class).segments) {
    if (segment.first != closed.segment.first) continue;
    segment.form = SegmentForm::sealed;
    segment.plain_bytes = std::exchange(segment.bytes, bytes);
    log_.bytes_ = log_.bytes_ - segment.plain_bytes + bytes;
  }
}

void LogKeeper::run(const std::stop_token& stop) {
  name_this_thread("log-keeper");
  ::setpriority(PRIO_PROCESS, 0, kKeeperNice);  // of this thread alone, as Linux has it
  const auto pace = [&stop](uint64_t bytes) {
    const std::chrono::nanoseconds due(bytes * 1'000'000'000 / kSealBytesPerS);
    return wait_for(stop, due) ? ok() : unavailable("the collector stops");
  };
  std::string told;
  while (!stop.stop_requested()) {
    const Result<bool> stepped = step(pace);
    if (stepped.is_ok() && *stepped) continue;
    const std::string problem = stepped.status().message();
    if (!problem.empty() && problem != told && !stop.stop_requested())
      log_warning("{}; it is tried again", problem);
    told = problem;
    wait_for(stop, stepped.is_ok() ? kLookEvery : kTryAgainAfter);
  }
}

}  // namespace spoor::collector
