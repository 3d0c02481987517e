#include "collector/log/recovery.h"

#include <algorithm>

#include "collector/log/seal_limits.h"
#include "common/clock.h"
#include "common/crc32c.h"
#include "common/log.h"

namespace spoor::collector {

namespace {

// What stood behind the last entry that can be believed: torn by a crash; once synced.
constexpr const char* kCutSuffix = ".cut";
constexpr const char* kDamagedSuffix = ".damaged";

// A disk that fails now and then is asked again; one that fails each time is damaged.
constexpr int kOpenTries = 8;
// Numbers that a lost segment at the end of its class may have used, and nothing tells of.
constexpr uint64_t kNumbersLostMax = 1ull << 32;

bool is_last_plain(const auto& files) {
  return !files.segments.empty() && files.segments.back().form == SegmentForm::plain;
}

}  // namespace

Status LogRecovery::run() {
  RETURN_IF_ERROR(log_.disk_.make_folder(log_.folder_));
  bool has_segments = false;
  for (size_t i = 0; i < kEventClasses; ++i) {
    Log::ClassFiles& files = log_.classes_[i];
    files.folder = log_.folder_ + "/" + event_class_name(static_cast<EventClass>(i + 1));
    RETURN_IF_ERROR(log_.disk_.make_folder(files.folder));
    RETURN_IF_ERROR(list_segments(files));
    has_segments = has_segments || !files.segments.empty();
  }
  RETURN_IF_ERROR(log_.disk_.sync_folder(log_.folder_));
  ASSIGN_OR_RETURN(OpenedIdentity identity,
                   open_identity(log_.disk_, log_.folder_, has_segments));
  log_.identity_ = identity.stored;
  log_.key_ = std::move(identity.key);

  for (Log::ClassFiles& files : log_.classes_) RETURN_IF_ERROR(read_closed_segments(files));
  for (Log::ClassFiles& files : log_.classes_) RETURN_IF_ERROR(read_numbers_of_last(files));
  for (Log::ClassFiles& files : log_.classes_) RETURN_IF_ERROR(recover_last(files));

  log_.next_number_ = std::max(number_max_, synced_through_) + 1;
  for (const Log::ClassFiles& files : log_.classes_) {
    for (const Log::Segment& segment : files.segments) log_.bytes_ += segment.bytes;
    // A segment's name must stay at or below the numbers in it, and no two have the same.
    if (files.segments.empty()) continue;
    const Log::Segment& last = files.segments.back();
    const uint64_t used = last.is_lost ? kNumbersLostMax : last.bytes > 0 ? 1 : 0;
    log_.next_number_ = std::max(log_.next_number_, last.first + used);
  }
  log_.synced_ = log_.next_number_ - 1;
  for (auto& [stream, known] : streams_) {
    // What is damaged may have held epochs that would then seem to have been passed over, and
    // points at which the stream would seem never to have stood.
    if (damaged_.contains(&log_.of(known.head.event_class))) {
      known.past = {};
      known.points.doubt_before(known.head);
    }
    log_.opened_with_.push_back(std::move(known));
  }
  return ok();
}

Status LogRecovery::list_segments(Log::ClassFiles& files) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, log_.disk_.list(files.folder));
  for (const std::string& text : names) {
    if (const auto name = SegmentName::parse(text)) {
      RETURN_IF_ERROR(add_segment(files, *name));
    } else if (text.ends_with(kDamagedSuffix)) {
      damaged_.insert(&files);
    } else if (!text.ends_with(kCutSuffix)) {
      log_warning("{}/{} is not a segment of the log; it is left alone", files.folder, text);
    }
  }
  return ok();
}

// Names come in order, of one number first the plain segment, then the sealed one.
Status LogRecovery::add_segment(Log::ClassFiles& files, const SegmentName& name) {
  Log::Segment segment;
  segment.first = name.first;
  segment.form = name.form;
  if (name.form == SegmentForm::being_sealed) {
    const Status removed = log_.disk_.remove(Log::segment_path(files, segment));
    if (!removed.is_ok()) log_warning("{}", removed.message());
  } else if (!files.segments.empty() && files.segments.back().first == name.first) {
    return settle(files, files.segments.back(), segment);
  } else {
    files.segments.push_back(segment);
  }
  return ok();
}

// A crash between two steps of the log's keeper leaves both. What stays of them is certain before
// anything else happens: one that is here again later would be another truth.
Status LogRecovery::settle(const Log::ClassFiles& files, Log::Segment& plain,
                           const Log::Segment& sealed) {
  const std::string path = Log::segment_path(files, sealed);
  auto opened = open_sealed(files, sealed);
  const auto at_once = [](uint64_t) { return ok(); };
  const Status whole = opened.is_ok() ? opened->verify(at_once) : opened.status();
  RETURN_IF_ERROR(log_.disk_.sync_folder(files.folder));
  if (!whole.is_ok()) {
    log_warning("{}: {}; the segment of which it was made is still there and stays", path,
                whole.message());
    RETURN_IF_ERROR(log_.disk_.remove(path));
  } else {
    RETURN_IF_ERROR(log_.disk_.remove(Log::segment_path(files, plain)));
    plain = sealed;
  }
  return log_.disk_.sync_folder(files.folder);
}

EventClass LogRecovery::class_of(const Log::ClassFiles& files) const {
  return static_cast<EventClass>(&files - log_.classes_.data() + 1);
}

Result<SealedSegment> LogRecovery::open_sealed(const Log::ClassFiles& files,
                                               const Log::Segment& segment) {
  const EventClass event_class = class_of(files);
  const auto open = [&]() -> Result<SealedSegment> {
    ASSIGN_OR_RETURN(auto file, log_.disk_.open_read(Log::segment_path(files, segment)));
    return SealedSegment::open(std::move(file), event_class);
  };
  Result<SealedSegment> opened = open();
  for (int i = 1; i < kOpenTries && opened.code() == Code::unavailable; ++i) opened = open();
  return opened;
}

// Also learns the file's size.
Result<SegmentReader> LogRecovery::open_reader(const Log::ClassFiles& files,
                                               Log::Segment& segment) {
  ASSIGN_OR_RETURN(auto file, log_.disk_.open_read(Log::segment_path(files, segment)));
  ASSIGN_OR_RETURN(segment.bytes, file->size());
  return SegmentReader(std::move(file), log_.identity_.salt);
}

// No number is used twice, not even that of an entry that is then cut.
void LogRecovery::count(const EntryHeader& header) {
  synced_through_ = std::max(synced_through_, header.synced_through);
  number_max_ = std::max(number_max_, header.number);
}

void LogRecovery::remember(const EntryHeader& header) {
  KnownStream& known = streams_[header.head.stream];
  known.past.moved(known.head, header.head);
  known.points.moved(known.head, header.head);
  known.agent = header.agent;
  known.head = header.head;
}

Status LogRecovery::read_closed_segments(Log::ClassFiles& files) {
  for (size_t i = 0; i < files.segments.size(); ++i) {
    Log::Segment& segment = files.segments[i];
    if (segment.form == SegmentForm::sealed) read_sealed(files, segment);
    else if (i + 1 < files.segments.size()) RETURN_IF_ERROR(read_closed(files, segment));
  }
  forget_dropped(files);
  // A closed segment was synced whole before the next one was begun.
  synced_through_ = std::max(synced_through_, number_max_);
  return ok();
}

Status LogRecovery::read_closed(Log::ClassFiles& files, Log::Segment& segment) {
  ASSIGN_OR_RETURN(SegmentReader reader, open_reader(files, segment));
  while (true) {
    ASSIGN_OR_RETURN(const auto found, reader.next(segment.bytes));
    if (!found) break;
    count(found->header);
    remember(found->header);
  }
  const uint64_t damaged = reader.skipped() + (segment.bytes - reader.offset());
  if (damaged == 0) return ok();
  damaged_.insert(&files);
  log_error("{}: {} bytes are damaged; what they held is missing from trails",
            Log::segment_path(files, segment), damaged);
  return ok();
}

// What it holds stands in its index. Nothing else of it is looked at.
void LogRecovery::read_sealed(Log::ClassFiles& files, Log::Segment& segment) {
  const auto sealed = open_sealed(files, segment);
  if (!sealed.is_ok()) {
    segment.is_lost = true;
    damaged_.insert(&files);
    log_error("{}: {}; what it held is missing from trails", Log::segment_path(files, segment),
              sealed.status().message());
    return;
  }
  segment.bytes = sealed->size();
  const SealIndex& index = sealed->index();
  segment.is_dropped = index.dropped > 0;
  dropped_through_ = std::max(dropped_through_, index.dropped_through);
  number_max_ = std::max(number_max_, index.dropped_through);
  if (!index.groups.empty()) number_max_ = std::max(number_max_, index.groups.back().last);
  for (const SealedStream& stream : index.streams) {
    if (segment.is_dropped) streams_.erase(stream.stream);  // it stands for all before it
    remember(stream, index.agents[stream.agent], class_of(files), segment.is_dropped);
  }
}

// What a crash left of before it.
void LogRecovery::forget_dropped(Log::ClassFiles& files) {
  const auto& segments = files.segments;
  const auto last = std::find_if(segments.rbegin(), segments.rend(),
                                 [](const Log::Segment& s) { return s.is_dropped; });
  const auto before = static_cast<size_t>(segments.rend() - last);
  for (size_t i = 0; i + 1 < before; ++i) {
    const Status gone = log_.disk_.remove(Log::segment_path(files, segments[i]));
    if (!gone.is_ok()) log_warning("{}", gone.message());
  }
  if (before > 1)
    files.segments.erase(segments.begin(), segments.begin() + static_cast<ptrdiff_t>(before) - 1);
}

void LogRecovery::remember(const SealedStream& stream, const std::string& agent, EventClass c,
                           bool is_dropped) {
  KnownStream& known = streams_[stream.stream];
  StreamHead head;
  head.stream = stream.stream;
  head.event_class = c;
  // It names all points only where it could name more.
  bool is_certain = stream.points.size() < kSealedPointsMax && !is_dropped;
  StreamHead before = known.head;
  for (const SealedStream::Point& point : stream.points) {
    head.epoch = point.epoch;
    head.sequence = point.sequence;
    head.chain = {};
    std::copy(point.mark.begin(), point.mark.end(), head.chain.begin());
    known.points.moved(before, head);
    if (!std::exchange(is_certain, true)) known.points.doubt_before(head);
    before = head;
  }
  for (const SealedStream::Epoch& epoch : stream.epochs) {
    head.epoch = epoch.epoch;
    head.epoch_nonce = epoch.nonce;
    head.sequence = epoch.sequence;
    known.past.moved(known.head, head);
    known.head = head;
  }
  known.head.chain = stream.chain;
  known.agent = agent;
}

Status LogRecovery::read_numbers_of_last(Log::ClassFiles& files) {
  if (!is_last_plain(files)) return ok();
  ASSIGN_OR_RETURN(SegmentReader reader, open_reader(files, files.segments.back()));
  while (true) {
    ASSIGN_OR_RETURN(const auto found, reader.next(files.segments.back().bytes));
    if (!found) return ok();
    count(found->header);
  }
}

Status LogRecovery::recover_last(Log::ClassFiles& files) {
  if (!is_last_plain(files)) return ok();
  Log::Segment& segment = files.segments.back();
  const std::string path = Log::segment_path(files, segment);
  ASSIGN_OR_RETURN(SegmentReader reader, open_reader(files, segment));
  Tail tail{.begin = 0, .end = segment.bytes, .after = std::max<uint64_t>(segment.first, 1) - 1};
  uint64_t damaged = 0;
  std::string block;
  while (true) {
    ASSIGN_OR_RETURN(const auto found, reader.next(tail.end));
    if (!found) break;
    // Damage before an entry of a group that was never synced is a power cut's work: pages reach
    // the disk in any order. Nothing of that group was committed, and the agents send it all again.
    if (found->offset > tail.begin && found->header.number > synced_through_ + 1) break;
    if (found->header.number > synced_through_) {
      RETURN_IF_ERROR(reader.read_block(*found, block));
      if (crc32c(as_bytes(block)) != found->header.block_crc) continue;
    }
    damaged += found->offset - tail.begin;
    if (segment.day < 0) segment.day = found->header.received_ns / (86'400 * kNsPerSecond);
    tail.begin = found->end();
    tail.after = found->header.number;
    remember(found->header);
  }
  if (damaged > 0) {
    damaged_.insert(&files);
    log_error("{}: {} bytes are damaged; what they held is missing from trails", path, damaged);
  }
  ASSIGN_OR_RETURN(files.file, log_.disk_.open_append(path));
  if (tail.begin < tail.end) RETURN_IF_ERROR(end_at(files, tail));
  // What is kept may have been in memory only; from here on agents may be told that it is safe.
  RETURN_IF_ERROR(files.file->sync());
  return log_.disk_.sync_folder(files.folder);
}

// Where the tail cannot be cut now, the log tries again before it appends anything.
Status LogRecovery::end_at(Log::ClassFiles& files, const Tail& tail) {
  Log::Segment& segment = files.segments.back();
  const std::string path = Log::segment_path(files, segment);
  ASSIGN_OR_RETURN(const bool was_synced, is_entry_missing(tail.after, synced_through_));
  const uint64_t size = tail.end - tail.begin;
  files.tail_goes_to = path + (was_synced ? kDamagedSuffix : kCutSuffix);
  if (was_synced) {
    damaged_.insert(&files);
    log_error("{}: the last {} bytes had been synced and are damaged; what they held is missing "
              "from trails; they go to {}", path, size, files.tail_goes_to);
  } else {
    log_warning("{}: the last {} bytes are no whole entry and nothing shows that they were ever "
                "synced; they go to {}", path, size, files.tail_goes_to);
  }
  segment.bytes = tail.begin;
  const Status cut = log_.cut_tails();
  if (!cut.is_ok()) log_error("{}; nothing is written to the log before", cut.message());
  return ok();
}

// Whether a number behind `after`, up to `last`, has no entry in any file. No number is there
// twice, so that it is enough to count.
Result<bool> LogRecovery::is_entry_missing(uint64_t after, uint64_t last) {
  after = std::max(after, dropped_through_);  // of what was dropped nobody knows
  if (after >= last) return false;
  uint64_t seen = 0;
  for (Log::ClassFiles& files : log_.classes_) {
    for (size_t i = 0; i < files.segments.size(); ++i) {
      if (i + 1 < files.segments.size() && files.segments[i + 1].first <= after) continue;
      Log::Segment copy = files.segments[i];
      if (copy.form == SegmentForm::sealed) {
        seen += count_sealed(files, copy, after, last);
        continue;
      }
      ASSIGN_OR_RETURN(SegmentReader reader, open_reader(files, copy));
      while (true) {
        ASSIGN_OR_RETURN(const auto found, reader.next(copy.bytes));
        if (!found) break;
        seen += found->header.number > after && found->header.number <= last;
      }
    }
  }
  return seen < last - after;
}

// Of its entries, those behind `after` up to `last`. What is damaged has none.
uint64_t LogRecovery::count_sealed(const Log::ClassFiles& files, const Log::Segment& segment,
                                   uint64_t after, uint64_t last) {
  const auto sealed = open_sealed(files, segment);
  if (!sealed.is_ok()) return 0;
  uint64_t count = 0;
  for (size_t g = 0; g < sealed->index().groups.size(); ++g) {
    const SealedGroup& place = sealed->index().groups[g];
    if (place.last <= after || place.first > last) continue;
    if (place.first > after && place.last <= last) {
      count += place.entries;
      continue;
    }
    const auto group = sealed->open_group(g);
    if (!group.is_ok()) continue;
    for (const SealedEntry& entry : group->table().entries)
      count += entry.number > after && entry.number <= last;
  }
  return count;
}

}  // namespace spoor::collector
