#include "agent/spool/fork.h"

#include <algorithm>
#include <tuple>

#include "agent/spool/forked_segments.h"
#include "agent/spool/spool_text.h"
#include "common/key_lines.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr size_t kFileBytesMax = 1024;

void add(std::string& text, std::string_view key, const std::string& value) {
  text.append(key).append(" ").append(value).append("\n");
}
template <typename Number>
void add_number(std::string& text, std::string_view key, Number value) {
  add(text, key, std::to_string(value));
}

bool was_committed(const Fork& fork, const Segment& segment) {
  return is_behind(segment.run.end, {fork.committed_epoch, fork.committed_sequence, {}});
}

// What the log does not have of a segment, by sequences.
void lose(ForkLoss& lost, const Fork& fork, const Segment& segment) {
  const FrameRun& run = segment.run;
  if (run.events() == 0 || was_committed(fork, segment)) return;
  const bool in_part =
      run.end.epoch == fork.committed_epoch && run.first_sequence <= fork.committed_sequence;
  const uint64_t first = in_part ? fork.committed_sequence + 1 : run.first_sequence;
  const uint64_t events = run.end.sequence + 1 - first;
  if (events == 0) return;
  const bool goes_on = lost.events == 0 || (lost.last + 1 == first && first > 1);
  lost.first = lost.events == 0 ? first : goes_on ? lost.first : 0;
  lost.last = goes_on && lost.first != 0 ? run.end.sequence : 0;
  if (lost.events == 0) lost.from_ns = run.range.time_min_ns;
  lost.from_ns = std::min(lost.from_ns, run.range.time_min_ns);
  lost.until_ns = std::max(lost.until_ns, run.range.time_max_ns);
  lost.events += events;
}

// Of two losses with one number.
ForkLoss sum_of(const ForkLoss& a, const ForkLoss& b) {
  if (a.events == 0 || b.events == 0) return a.events == 0 ? b : a;
  return {a.events + b.events, 0, 0, std::min(a.from_ns, b.from_ns),
          std::max(a.until_ns, b.until_ns)};
}

template <typename T>
std::optional<T> read(Files& files, const std::string& path,
                      Result<T> (*decode)(std::string_view)) {
  const auto text = read_spool_text(files, path, kFileBytesMax);
  if (!text) return std::nullopt;
  auto value = decode(*text);
  if (value.is_ok()) return std::move(value).value();
  // No reason not to record: what the log asked for it asks again, as long as it has to.
  log_error("{}: {}; it counts as not there", path, value.status().message());
  return std::nullopt;
}

}  // namespace

std::string encode_wish(const Wish& wish) {
  std::string text = "spoor-wish 1\n";
  add_number(text, "committed_epoch", wish.committed_epoch);
  add_number(text, "committed_sequence", wish.committed_sequence);
  return text + encode_commit_note(wish.note);
}

Result<Wish> decode_wish(std::string_view text) {
  Wish wish;
  KeyLines lines(text, "a wish");
  ASSIGN_OR_RETURN(const std::string_view version, lines.take("spoor-wish"));
  if (version != "1") return invalid("a wish of another version");
  RETURN_IF_ERROR(lines.take_number("committed_epoch", wish.committed_epoch));
  RETURN_IF_ERROR(lines.take_number("committed_sequence", wish.committed_sequence));
  const size_t note = text.find("spoor-commit ");
  if (note == std::string_view::npos) return invalid("a wish without its note");
  ASSIGN_OR_RETURN(wish.note, decode_commit_note(text.substr(note)));
  if (text != encode_wish(wish)) return invalid("a wish with something else between");
  return wish;
}

std::string encode_fork(const Fork& f) {
  std::string text = "spoor-fork 1\n";
  add(text, "log", to_hex(f.log_id));
  add_number(text, "generation", f.generation);
  add_number(text, "epoch", f.epoch);
  add_number(text, "sequence", f.sequence);
  add(text, "stream", to_hex(f.stream));
  add_number(text, "base_epoch", f.base.epoch);
  add_number(text, "base_sequence", f.base.sequence);
  add(text, "base_chain", to_hex(f.base.chain));
  add_number(text, "lowest_epoch", f.lowest_epoch);
  add_number(text, "committed_epoch", f.committed_epoch);
  add_number(text, "committed_sequence", f.committed_sequence);
  add_number(text, "lost_events", f.lost.events);
  add_number(text, "lost_first", f.lost.first);
  add_number(text, "lost_last", f.lost.last);
  add_number(text, "lost_from", f.lost.from_ns);
  add_number(text, "lost_until", f.lost.until_ns);
  add(text, "told", f.told ? "yes" : "no");
  return text;
}

Result<Fork> decode_fork(std::string_view text) {
  Fork f;
  KeyLines lines(text, "a fork");
  ASSIGN_OR_RETURN(const std::string_view version, lines.take("spoor-fork"));
  if (version != "1") return invalid("a fork of another version");
  RETURN_IF_ERROR(lines.take_hex("log", f.log_id));
  RETURN_IF_ERROR(lines.take_number("generation", f.generation));
  RETURN_IF_ERROR(lines.take_number("epoch", f.epoch));
  RETURN_IF_ERROR(lines.take_number("sequence", f.sequence));
  RETURN_IF_ERROR(lines.take_hex("stream", f.stream));
  RETURN_IF_ERROR(lines.take_number("base_epoch", f.base.epoch));
  RETURN_IF_ERROR(lines.take_number("base_sequence", f.base.sequence));
  RETURN_IF_ERROR(lines.take_hex("base_chain", f.base.chain));
  RETURN_IF_ERROR(lines.take_number("lowest_epoch", f.lowest_epoch));
  RETURN_IF_ERROR(lines.take_number("committed_epoch", f.committed_epoch));
  RETURN_IF_ERROR(lines.take_number("committed_sequence", f.committed_sequence));
  RETURN_IF_ERROR(lines.take_number("lost_events", f.lost.events));
  RETURN_IF_ERROR(lines.take_number("lost_first", f.lost.first));
  RETURN_IF_ERROR(lines.take_number("lost_last", f.lost.last));
  RETURN_IF_ERROR(lines.take_number("lost_from", f.lost.from_ns));
  RETURN_IF_ERROR(lines.take_number("lost_until", f.lost.until_ns));
  ASSIGN_OR_RETURN(const std::string_view told, lines.take("told"));
  if (told != "yes" && told != "no") return lines.bad("told");
  f.told = told == "yes";
  RETURN_IF_ERROR(lines.end());
  return f;
}

bool Fork::has_followed(const CommitNote& note) const {
  // Whoever followed that has other streams since.
  if (note.wish == CommitWish::new_streams) return false;
  // One that waits for room is of the stream that is to be.
  return note.stream == stream && note.log_id == log_id &&
         std::tie(note.log_generation, note.epoch, note.sequence) <=
             std::tie(generation, epoch, sequence);
}

std::optional<Wish> read_wish(Files& files, const std::string& folder) {
  return read<Wish>(files, folder + "/wish", decode_wish);
}

std::optional<Fork> read_fork(Files& files, const std::string& folder) {
  return read<Fork>(files, folder + "/fork", decode_fork);
}

Fork plan_fork(const Wish& wish, const LaneFound& found, PointPlace place, const Id& stream,
               bool anew, const std::optional<Fork>& before) {
  Fork fork;
  fork.log_id = wish.note.log_id;
  fork.generation = wish.note.log_generation;
  fork.epoch = wish.note.epoch;
  fork.sequence = wish.note.sequence;
  fork.stream = stream;
  fork.committed_epoch = wish.committed_epoch;
  fork.committed_sequence = wish.committed_sequence;
  // Of a point that is gone we cannot tell. But the log wishes nothing of what it has committed.
  const ChainHead point{wish.note.epoch, wish.note.sequence, {}};
  const bool is_old = is_behind(point, {wish.committed_epoch, wish.committed_sequence, {}});
  const bool apart = place == PointPlace::gone ? !is_old : place != PointPlace::ours;
  if (anew || apart) {
    // Later epochs of ours follow a history that the log never had.
    fork.lowest_epoch = std::max(found.head.epoch, wish.note.epoch) + 1;
    if (!anew) fork.base = {wish.note.epoch, wish.note.sequence, wish.note.chain};
    for (const Segment& segment : found.segments) lose(fork.lost, fork, segment);
  } else if (before && before->stream == stream && before->base.epoch > 0 &&
             before->generation < fork.generation) {
    fork.lowest_epoch = before->lowest_epoch;
    fork.base = before->base;
    fork.committed_epoch = fork.committed_sequence = 0;
    for (const Segment& segment : found.segments) {
      if (segment.run.end.epoch < fork.lowest_epoch) lose(fork.lost, fork, segment);
    }
  }
  if (before && !before->told) fork.lost = sum_of(fork.lost, before->lost);
  fork.told = fork.lost.events == 0;
  return fork;
}

Status follow_fork(Files& files, const Fork& fork, const std::string& lane_name,
                   const std::string& folder, const std::string& forked, LaneFound& found) {
  if (fork.lowest_epoch == 0) return ok();
  const bool anew = fork.base.epoch == 0;
  std::deque<Segment> stay;
  bool moved = false;
  for (Segment& segment : found.segments) {
    const bool is_new = segment.run.end.epoch >= fork.lowest_epoch;
    const bool is_committed = was_committed(fork, segment);
    if (is_new || (!anew && is_committed)) {
      stay.push_back(std::move(segment));
      continue;
    }
    moved = true;
    const std::string name =
        forked_name(fork.lowest_epoch, lane_name, is_committed, segment.name);
    RETURN_IF_ERROR(files.rename(folder + "/" + segment.name, forked + "/" + name));
  }
  found.segments = std::move(stay);
  if (found.head.epoch < fork.lowest_epoch) found.head = fork.base;
  if (!moved) return ok();
  log_warning("{}: the log has other frames in place of ours, from epoch {}, sequence {} on; ours "
              "are set aside in {}, {} events", lane_name, fork.epoch, fork.sequence, forked,
              fork.lost.events);
  RETURN_IF_ERROR(files.sync_folder(forked));
  return files.sync_folder(folder);
}

}  // namespace spoor::agent
