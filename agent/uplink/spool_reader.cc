#include "agent/uplink/spool_reader.h"

#include <algorithm>
#include <charconv>

namespace spoor::uplink {
namespace {

constexpr size_t kSmallFileMax = 4096;

// The first frame of a segment file that verifies, if there is one yet.
Result<std::optional<FrameHead>> first_frame(Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(const auto file, files.open_read(path));
  SegmentScanner scanner(*file);
  while (true) {
    const SegmentScanner::State state = scanner.next();
    if (state == SegmentScanner::State::block) {
      return std::optional<FrameHead>(scanner.outside().frames.front());
    }
    if (state != SegmentScanner::State::corrupt) return std::optional<FrameHead>();
  }
}

// The last frame of a segment file that verifies.
Result<std::optional<FrameHead>> last_frame(Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(const auto file, files.open_read(path));
  SegmentScanner scanner(*file);
  std::optional<FrameHead> last;
  while (true) {
    const SegmentScanner::State state = scanner.next();
    if (state == SegmentScanner::State::block) last = scanner.outside().frames.back();
    else if (state != SegmentScanner::State::corrupt) return last;
  }
}

void note_end(std::vector<SpoolReader::Held::Range>& ranges, StreamPoint end) {
  for (auto& range : ranges) {
    if (range.epoch == end.epoch) range.last_sequence = std::max(range.last_sequence, end.sequence);
  }
}

// A segment whose name says that the one after it begins no later than just behind `point`.
bool is_passed(const std::string& next_name, StreamPoint point) {
  uint64_t epoch = 0;
  uint64_t first = 0;
  const size_t dash = next_name.find('-');
  if (dash == std::string::npos) return false;
  std::from_chars(next_name.data(), next_name.data() + dash, epoch);
  std::from_chars(next_name.data() + dash + 1, next_name.data() + next_name.size(), first);
  return StreamPoint{epoch, first} <= StreamPoint{point.epoch, point.sequence + 1};
}

}  // namespace

Result<std::unique_ptr<SpoolReader>> SpoolReader::open(Files& files, std::string folder) {
  ASSIGN_OR_RETURN(const std::string streams, read_file(files, folder + "/streams", kSmallFileMax));
  std::unique_ptr<SpoolReader> reader(new SpoolReader(files, folder));
  for (size_t i = 0; i < kEventClasses; ++i) {
    Lane& lane = reader->lanes_[i];
    lane.event_class = static_cast<EventClass>(i + 1);
    const std::string name = event_class_name(lane.event_class);
    lane.folder = folder + "/" + name;
    const size_t at = streams.find(name + " ");
    if (at == std::string::npos) return corrupt(folder + "/streams has no id for " + name);
    ASSIGN_OR_RETURN(lane.stream, array_from_hex<16>(
        std::string_view(streams).substr(at + name.size() + 1, 32)));
  }
  return reader;
}

std::vector<std::string> SpoolReader::folders() const {
  std::vector<std::string> all;
  for (const Lane& lane : lanes_) all.push_back(lane.folder);
  return all;
}

Result<std::vector<std::string>> SpoolReader::segments(const Lane& lane) {
  ASSIGN_OR_RETURN(std::vector<std::string> names, files_.list(lane.folder));
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(".seg"); });
  return names;
}

Result<SpoolReader::Held> SpoolReader::held(EventClass c) {
  const Lane& lane = this->lane(c);
  Held held;
  held.stream = lane.stream;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, segments(lane));
  for (const std::string& name : names) {
    const auto first = first_frame(files_, lane.folder + "/" + name);
    if (first.code() == Code::not_found) continue;  // removed since it was listed
    if (!first.is_ok()) return first.status();
    if (!*first) continue;
    const FrameHeader& header = (*first)->header;
    const StreamPoint before{header.previous_epoch, header.previous_sequence};
    if (held.ranges.empty()) {
      held.chain_before = (*first)->previous_chain;
      held.before = before;
    }
    note_end(held.ranges, before);
    if (held.ranges.empty() || held.ranges.back().epoch != header.epoch) {
      held.ranges.push_back({header.epoch, header.epoch_nonce, header.first_sequence,
                             header.last_sequence});
    }
    if (name != names.back()) continue;
    ASSIGN_OR_RETURN(const auto last, last_frame(files_, lane.folder + "/" + name));
    if (last) note_end(held.ranges, {last->header.epoch, last->header.last_sequence});
  }
  // Of an epoch of which only a checkpoint is left there is no frame to speak of.
  while (!held.ranges.empty() &&
         held.ranges.back().last_sequence < held.ranges.back().first_sequence) {
    held.ranges.pop_back();
  }
  return held;
}

// A checkpoint takes no sequence: it ends where the frame before it ended, and moves the chain.
bool SpoolReader::Lane::is_due(const FrameHead& head) const {
  const StreamPoint end{head.header.epoch, head.header.last_sequence};
  if (head.header.kind != FrameKind::checkpoint || end != after) return end > after;
  return !chain || *chain == head.previous_chain;
}

void SpoolReader::seek(EventClass c, StreamPoint point, std::optional<Hash> chain) {
  Lane& lane = this->lane(c);
  close(lane);
  lane.segment.clear();
  lane.after = point;
  lane.chain = chain;
  // Segments that lie wholly behind the point need not be read.
  const auto names = segments(lane);
  if (!names.is_ok()) return;
  for (size_t i = 0; i + 1 < names->size(); ++i) {
    if (is_passed((*names)[i + 1], point)) lane.segment = (*names)[i];
  }
}

void SpoolReader::close(Lane& lane) {
  lane.scanner.reset();
  lane.file.reset();
}

// Opens the oldest segment behind the current one; false when there is none.
Result<bool> SpoolReader::open_next_segment(Lane& lane) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, segments(lane));
  const auto next = std::upper_bound(names.begin(), names.end(), lane.segment);
  if (next == names.end()) return false;
  auto file = files_.open_read(lane.folder + "/" + *next);
  if (file.code() == Code::not_found) return false;  // removed since it was listed
  if (!file.is_ok()) return file.status();
  close(lane);
  lane.segment = *next;
  lane.file = std::move(file).value();
  lane.scanner = std::make_unique<SegmentScanner>(*lane.file);
  return true;
}

Result<std::optional<SpooledFrame>> SpoolReader::next(EventClass c) {
  Lane& lane = this->lane(c);
  bool last_look = false;
  while (true) {
    if (!lane.scanner) {
      ASSIGN_OR_RETURN(const bool opened, open_next_segment(lane));
      if (!opened) return std::optional<SpooledFrame>();
      last_look = false;
    }
    const SegmentScanner::State state = lane.scanner->next();
    if (state == SegmentScanner::State::corrupt) continue;  // the chain will show the hole
    if (state == SegmentScanner::State::error) {
      if (lane.scanner->status().code() != Code::corrupt) return lane.scanner->status();
      close(lane);  // nothing more can be read of it; the chain will show the hole
      continue;
    }
    if (state == SegmentScanner::State::block) {
      const FrameHead& head = lane.scanner->outside().frames.back();
      if (!lane.is_due(head)) continue;
      lane.after = {head.header.epoch, head.header.last_sequence};
      const bool hands_over = head.header.kind == FrameKind::tombstone;
      lane.chain = hands_over ? std::nullopt : std::optional<Hash>(head.chain);
      return std::optional<SpooledFrame>(
          SpooledFrame{c, head, std::move(lane.scanner->block())});
    }
    // End, or a tail that is still being written. Once a newer segment is there this one grows no
    // more; what came between our last look and the listing is read first.
    if (last_look) {
      close(lane);
      continue;
    }
    ASSIGN_OR_RETURN(const std::vector<std::string> names, segments(lane));
    if (names.empty() || names.back() <= lane.segment) return std::optional<SpooledFrame>();
    last_look = true;
  }
}

}  // namespace spoor::uplink
