#include "agent/uplink/spool_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/frame/given_up.h"
#include "common/key_lines.h"

namespace spoor::uplink {
namespace {

constexpr size_t kSmallFileMax = 4096;
// Of a segment: enough to tell whether it is still the same file.
constexpr size_t kStartBytes = 64;

// What ends the reading of a segment: its end, or damage that nothing can be read behind. A disk
// that fails is neither, and must not make the spool seem less than it is.
Status end_of_segment(const SegmentScanner& scanner, SegmentScanner::State state) {
  const Code code = scanner.status().code();
  const bool is_damage = code == Code::corrupt || code == Code::invalid;
  return state == SegmentScanner::State::error && !is_damage ? scanner.status() : ok();
}

// The first frame of a segment file that verifies, if there is one yet.
Result<std::optional<FrameHead>> first_frame(Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(const auto file, files.open_read(path));
  SegmentScanner scanner(*file);
  while (true) {
    const SegmentScanner::State state = scanner.next();
    if (state == SegmentScanner::State::block) {
      return std::optional<FrameHead>(scanner.outside().frames.front());
    }
    if (state == SegmentScanner::State::corrupt) continue;
    RETURN_IF_ERROR(end_of_segment(scanner, state));
    return std::optional<FrameHead>();
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
    if (state == SegmentScanner::State::block || state == SegmentScanner::State::corrupt) continue;
    RETURN_IF_ERROR(end_of_segment(scanner, state));
    return last;
  }
}

Result<Tombstone> read_tombstone(const std::string& block) {
  ASSIGN_OR_RETURN(const OpenBlock open, OpenBlock::open(as_bytes(block)));
  const auto& entry = open.frames().front().entries.front();
  if (!entry.fields) return corrupt("an erased tombstone");
  return decode_tombstone(*entry.fields);
}

// A segment whose name says that the one after it begins no later than at `point`. One that begins
// just behind it says nothing of checkpoints before it.
bool is_passed(const std::string& next_name, StreamPoint point) {
  uint64_t epoch = 0;
  uint64_t first = 0;
  const size_t dash = next_name.find('-');
  if (dash == std::string::npos) return false;
  std::from_chars(next_name.data(), next_name.data() + dash, epoch);
  std::from_chars(next_name.data() + dash + 1, next_name.data() + next_name.size(), first);
  return StreamPoint{epoch, first} <= point;
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

// SPOOL/epoch: `number nonce`. What is no such line says nothing.
void SpoolReader::read_writing(Held& held) {
  const auto text = read_file(files_, folder_ + "/epoch", kSmallFileMax);
  if (!text.is_ok()) return;
  const auto [end, error] =
      std::from_chars(text->data(), text->data() + text->size(), held.writing_epoch);
  const std::string_view rest(end, static_cast<size_t>(text->data() + text->size() - end));
  const auto nonce = array_from_hex<16>(rest.substr(std::min<size_t>(1, rest.size()), 32));
  if (error != std::errc() || !nonce.is_ok()) held.writing_epoch = 0;
  else held.writing_nonce = *nonce;
}

// What the next epoch follows says nothing of it: that was held once, and may be set aside or
// damaged. Told as held it would be a history that the log does not have.
Status SpoolReader::read_end(const Lane& lane, const std::string& segment, Held& held) {
  const auto last = last_frame(files_, lane.folder + "/" + segment);
  if (last.code() == Code::not_found) return ok();  // removed since it was listed
  if (!last.is_ok()) return last.status();
  Held::Range& range = held.ranges.back();
  if (*last) range.last_sequence = std::max(range.last_sequence, (*last)->header.last_sequence);
  return ok();
}

Result<SpoolReader::Held> SpoolReader::held(EventClass c) {
  const Lane& lane = this->lane(c);
  Held held;
  held.stream = lane.stream;
  read_writing(held);
  ASSIGN_OR_RETURN(const std::vector<std::string> names, segments(lane));
  const std::string* newest = nullptr;  // the last one may have no frame yet
  for (const std::string& name : names) {
    const auto first = first_frame(files_, lane.folder + "/" + name);
    if (first.code() == Code::not_found) continue;  // removed since it was listed
    if (!first.is_ok()) return first.status();
    if (!*first) continue;
    const FrameHeader& header = (*first)->header;
    if (held.ranges.empty()) {
      held.chain_before = (*first)->previous_chain;
      held.before = {header.previous_epoch, header.previous_sequence};
    }
    if (held.ranges.empty() || held.ranges.back().epoch != header.epoch) {
      if (newest != nullptr) RETURN_IF_ERROR(read_end(lane, *newest, held));
      held.ranges.push_back({header.epoch, header.epoch_nonce, header.first_sequence,
                             header.last_sequence});
      held.starts.push_back(**first);
    }
    newest = &name;
  }
  if (newest != nullptr) RETURN_IF_ERROR(read_end(lane, *newest, held));
  // Of an epoch of which only a checkpoint is left there is no frame to speak of.
  while (!held.ranges.empty() &&
         held.ranges.back().last_sequence < held.ranges.back().first_sequence) {
    held.ranges.pop_back();
    held.starts.pop_back();
  }
  return held;
}

void SpoolReader::seek(EventClass c, StreamPoint point, std::optional<Hash> chain) {
  Lane& lane = this->lane(c);
  close(lane);
  lane.segment.clear();
  lane.after = point;
  lane.chain = chain;
  lane.is_met = false;
  lane.is_behind = false;
  lane.other.reset();
  lane.given_up.reset();
  // Segments that lie wholly behind the point need not be read.
  const auto names = segments(lane);
  if (!names.is_ok()) return;
  for (size_t i = 0; i + 1 < names->size(); ++i) {
    if (is_passed((*names)[i + 1], point)) lane.segment = (*names)[i];
  }
  lane.is_sought = !lane.segment.empty();
}

bool SpoolReader::gave_up(EventClass c, const Hash& chain) const {
  const Lane& of = lane(c);
  const auto file = read_file(files_, of.folder + "/given-up", GivenUp::kFileBytesMax);
  return file.is_ok() && GivenUp::decode(*file, of.stream).contains(chain);
}

// The beginning of what the agent writes there (agent/spool/fork.h).
bool SpoolReader::has_followed(EventClass c, const Id& log_id, StreamPoint point) const {
  const Lane& of = lane(c);
  const auto text = read_file(files_, of.folder + "/fork", kSmallFileMax);
  if (!text.is_ok()) return false;
  Id log{}, stream{};
  uint64_t generation = 0;
  StreamPoint asked;
  KeyLines lines(*text, "a fork");
  const bool is_readable = lines.take("spoor-fork").is_ok() && lines.take_hex("log", log).is_ok() &&
                           lines.take_number("generation", generation).is_ok() &&
                           lines.take_number("epoch", asked.epoch).is_ok() &&
                           lines.take_number("sequence", asked.sequence).is_ok() &&
                           lines.take_hex("stream", stream).is_ok();
  return is_readable && log == log_id && stream == of.stream && asked == point;
}

bool SpoolReader::is_due(const Lane& lane, const SpooledFrame& frame) const {
  const FrameHeader& header = frame.head.header;
  const StreamPoint end{header.epoch, header.last_sequence};
  if (end != lane.after) return end > lane.after;
  if (header.kind != FrameKind::checkpoint) return false;
  // One whose forerunner was damaged does not follow the point, nor one behind a tombstone that
  // stands for the point, too.
  const Hash& before = frame.head.previous_chain;
  return !lane.chain || lane.is_behind || before == *lane.chain ||
         (lane.given_up && before == lane.given_up->end_chain &&
          gave_up(lane.event_class, *lane.chain));
}

void SpoolReader::look_at_point(Lane& lane, SpooledFrame&& frame) {
  if (!lane.chain) return;
  if (frame.tombstone) lane.given_up = frame.tombstone;
  const bool is_here = frame.chain_after() == *lane.chain;
  lane.is_behind = lane.is_behind || (is_here && !frame.tombstone);
  if (lane.is_met) return;
  lane.is_met = is_here;
  if (lane.is_met) lane.other.reset();
  else if (frame.head.header.kind != FrameKind::checkpoint) lane.other = std::move(frame);
}

std::optional<SpooledFrame> SpoolReader::take_other(Lane& lane) {
  return std::exchange(lane.other, std::nullopt);
}

void SpoolReader::close(Lane& lane) {
  lane.scanner.reset();
  lane.file.reset();
}

// Opens the oldest segment behind the current one; false when there is none. What began behind the
// point when it was sought may have been given up since: the tombstone of one before tells of it.
Result<bool> SpoolReader::open_next_segment(Lane& lane) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, segments(lane));
  auto next = std::upper_bound(names.begin(), names.end(), lane.segment);
  const bool is_given_up = lane.is_sought && next != names.begin() &&
                           (next == names.end() || !is_passed(*next, lane.after));
  if (is_given_up) --next;
  if (next == names.end()) return false;
  const bool is_in_order = !is_given_up && lane.is_behind;
  auto file = files_.open_read(lane.folder + "/" + *next);
  if (file.code() == Code::not_found) return false;  // removed since it was listed
  if (!file.is_ok()) return file.status();
  open(lane, *next, std::move(file).value());
  lane.is_sought = false;
  lane.is_behind = is_in_order;
  return true;
}

void SpoolReader::open(Lane& lane, const std::string& name, std::unique_ptr<File> file) {
  close(lane);
  lane.segment = name;
  lane.file = std::move(file);
  lane.scanner = std::make_unique<SegmentScanner>(*lane.file);
  lane.is_behind = false;
}

Result<std::optional<SpooledFrame>> SpoolReader::next(EventClass c, Growth growth) {
  Lane& lane = this->lane(c);
  bool last_look = false;
  while (true) {
    if (!lane.scanner) {
      ASSIGN_OR_RETURN(const bool opened, open_next_segment(lane));
      if (!opened) return take_other(lane);
      last_look = false;
    }
    const SegmentScanner::State state = lane.scanner->next();
    if (state == SegmentScanner::State::corrupt) continue;  // the chain will show the hole
    RETURN_IF_ERROR(end_of_segment(*lane.scanner, state));
    if (state == SegmentScanner::State::block) {
      const FrameHead& head = lane.scanner->outside().frames.back();
      const FrameHeader& header = head.header;
      if (StreamPoint{header.epoch, header.last_sequence} < lane.after) continue;
      SpooledFrame frame{c, head, std::move(lane.scanner->block()), {}, {}};
      if (head.header.kind == FrameKind::tombstone) {
        const auto tombstone = read_tombstone(frame.block);
        if (!tombstone.is_ok()) continue;  // the chain will show the hole
        frame.tombstone = *tombstone;
      }
      if (!is_due(lane, frame)) {
        look_at_point(lane, std::move(frame));
        continue;
      }
      lane.other.reset();  // what follows it shows as much
      if (lane.given_up && lane.given_up->end_chain == frame.head.previous_chain)
        frame.given_up_before = lane.given_up->cause;
      lane.given_up.reset();
      lane.after = {header.epoch, header.last_sequence};
      lane.chain = frame.chain_after();
      // What a tombstone stands for may still lie behind it, to be removed.
      lane.is_behind = !frame.tombstone;
      return std::optional<SpooledFrame>(std::move(frame));
    }
    // The end, a tail that is still being written, or damage: with what is written behind it, or in
    // place of it, more may be read. To look at the folder is eight system calls.
    if (growth == Growth::tail) return std::optional<SpooledFrame>();
    ASSIGN_OR_RETURN(const std::vector<std::string> names, segments(lane));
    const auto next = std::upper_bound(names.begin(), names.end(), lane.segment);
    ASSIGN_OR_RETURN(const bool moved, follow_eviction(lane, names));
    if (moved) continue;
    if (next == names.end()) return take_other(lane);
    // Once a newer segment is there this one grows no more; what came between our last look and the
    // listing is read first.
    if (last_look) close(lane);
    last_look = !last_look;
  }
}

// A segment that was given up is a tombstone of its own name, or of the name of one before it. What
// stands there now may tell of more than we have read. So does a file that was made anew where not
// even the first block of ours could be written. True when it was opened in place of ours.
Result<bool> SpoolReader::follow_eviction(Lane& lane, const std::vector<std::string>& names) {
  const auto next = std::upper_bound(names.begin(), names.end(), lane.segment);
  if (next == names.begin()) return false;
  const std::string& name = *std::prev(next);
  auto file = files_.open_read(lane.folder + "/" + name);
  if (file.code() == Code::not_found) return false;  // removed since it was listed
  if (!file.is_ok()) return file.status();
  if (name == lane.segment) {
    // A file of ours that only grows is, looked at later, no shorter. The first block's CRC is
    // among the first bytes.
    ASSIGN_OR_RETURN(const uint64_t their_size, (*file)->size());
    ASSIGN_OR_RETURN(const uint64_t our_size, lane.file->size());
    std::string ours, theirs;
    RETURN_IF_ERROR(lane.file->read_at(0, kStartBytes, ours));
    RETURN_IF_ERROR((*file)->read_at(0, ours.size(), theirs));
    if (ours == theirs && their_size <= our_size) return false;
  }
  open(lane, name, std::move(file).value());
  return true;
}

}  // namespace spoor::uplink
