#include "agent/spool/spool.h"

#include <algorithm>
#include <charconv>

#include "agent/spool/lane_recovery.h"
#include "agent/spool/spool_text.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr size_t kMarkFileBytesMax = 64u << 10;
constexpr size_t kSmallFileMax = 4096;
// What comes with a frame: a segment's header, the tombstone of what was missing before it.
constexpr size_t kBesideBytes = 1024;

SpoolState state_of(const Status& failure) {
  return failure.code() == Code::full ? SpoolState::disk_full : SpoolState::io_error;
}

std::string streams_text(const std::array<Id, kEventClasses>& ids) {
  std::string text;
  for (size_t i = 0; i < kEventClasses; ++i) {
    text += std::string(event_class_name(static_cast<EventClass>(i + 1))) + " " + to_hex(ids[i]) +
            "\n";
  }
  return text;
}

}  // namespace

Spool::Spool(Files& files, const Clock& clock, SpoolConfig config)
    : files_(files),
      clock_(clock),
      config_(std::move(config)),
      lanes_([this]<size_t... I>(std::index_sequence<I...>) {
        const auto lane_of = [this](size_t i) {
          const auto c = static_cast<EventClass>(i + 1);
          return Lane(files_, clock_, c, config_.folder + "/" + event_class_name(c),
                      config_.segment_bytes);
        };
        return std::array<Lane, kEventClasses>{lane_of(I)...};
      }(std::make_index_sequence<kEventClasses>())),
      forked_(files_, config_.folder + "/forked"),
      room_(files_, config_.folder + "/room"),
      eviction_({config_.bytes_max, config_.age_max_ns, config_.keep_committed_ns},
                {&lanes_[0], &lanes_[1], &lanes_[2], &lanes_[3]}, forked_) {}

// ------------------------------------------------------------------ opening

Result<std::unique_ptr<Spool>> Spool::open(Files& files, const Clock& clock, SpoolConfig config,
                                           std::optional<FolderLock> lock) {
  std::unique_ptr<Spool> spool(new Spool(files, clock, std::move(config)));
  spool->lock_ = std::move(lock);
  RETURN_IF_ERROR(files.make_folder(spool->config_.folder));
  spool->belief_ = CommitBelief::open(files, spool->config_.folder);
  Status recovered = spool->recover_lanes();
  // What a fork sets aside may need a block more in its folder.
  if (recovered.code() == Code::full && spool->room_.give_all()) recovered = spool->recover_lanes();
  RETURN_IF_ERROR(recovered);
  RETURN_IF_ERROR(spool->recover_epoch());
  return spool;
}

// A stream is that of its frames, whatever became of the file. Where there is no frame and the file
// does not say, a fork does, or it begins anew: nothing is left of it.
Spool::Ids Spool::recover_ids(const Found& found) {
  const auto text = read_spool_text(files_, config_.folder + "/streams", kSmallFileMax);
  Ids ids;
  for (size_t i = 0; i < kEventClasses; ++i) {
    const bool is_shown = found[i].stream != Id{};
    ids[i] = is_shown ? found[i].stream : forks_[i] ? forks_[i]->stream : random_id();
    if (!text || is_shown) continue;
    const std::string name = event_class_name(lanes_[i].event_class());
    const size_t at = text->find(name + " ");
    if (at == std::string::npos) continue;
    const auto id = array_from_hex<16>(std::string_view(*text).substr(at + name.size() + 1, 32));
    if (id.is_ok()) ids[i] = *id;
  }
  return ids;
}

// Also while we run: an uplink that is started anew could ship nothing.
Status Spool::keep_ids() {
  const std::string path = config_.folder + "/streams";
  Ids ids;
  for (size_t i = 0; i < kEventClasses; ++i) ids[i] = lanes_[i].stream();
  const auto text = read_spool_text(files_, path, kSmallFileMax);
  if (text && *text == streams_text(ids)) return ok();
  RETURN_IF_ERROR(write_file(files_, path, streams_text(ids)));
  const bool is_first = std::all_of(lanes_.begin(), lanes_.end(),
                                    [](const Lane& lane) { return lane.head().epoch == 0; });
  if (!text && is_first) return ok();
  log_error("{} was damaged or gone: it is written anew", path);
  state_ = SpoolState::io_error;
  return ok();
}

Status Spool::recover_lanes() {
  Found found;
  for (size_t i = 0; i < kEventClasses; ++i) {
    RETURN_IF_ERROR(files_.make_folder(lanes_[i].folder()));
    ASSIGN_OR_RETURN(found[i], recover_lane(files_, lanes_[i].folder(), clock_.now()));
    forks_[i] = read_fork(files_, lanes_[i].folder());
  }
  Ids ids = recover_ids(found);
  for (size_t i = 0; i < kEventClasses; ++i) {
    lanes_[i].begin(ids[i], found[i].segments, found[i].head);
  }
  RETURN_IF_ERROR(follow_wishes(ids, found));
  RETURN_IF_ERROR(forked_.find(clock_.now()));
  RETURN_IF_ERROR(forked_.keep_committed_within(config_.bytes_max / 8));
  for (size_t i = 0; i < kEventClasses; ++i) {
    lanes_[i].begin(ids[i], std::move(found[i].segments), found[i].head);
  }
  const Status kept = keep_ids();
  if (kept.code() != Code::full) return kept;
  log_error("{}; it is written when there is room", kept.message());
  return ok();
}

// Writes down what is to be done for each wish, before anything is. Where the disk has no room for
// that, the lane's wish waits: nothing was done for it. All streams begin anew together, or wait.
Result<Spool::Plan> Spool::plan_forks(const Ids& ids, const Found& found) {
  std::array<std::optional<Wish>, kEventClasses> wishes;
  std::optional<Wish> anew;
  for (size_t i = 0; i < kEventClasses; ++i) {
    wishes[i] = read_wish(files_, lanes_[i].folder());
    if (!wishes[i] || wishes[i]->note.stream != ids[i]) continue;
    if (wishes[i]->note.wish == CommitWish::new_streams) anew = wishes[i];
  }
  Plan plan{anew.has_value(), {}};
  for (size_t i = 0; i < kEventClasses; ++i) {
    std::optional<Wish>& wish = wishes[i];
    const bool is_planned = forks_[i] && forks_[i]->stream != ids[i];  // by a start before us
    if (anew && is_planned) continue;
    if (anew) {
      if (!wish) wish = Wish{0, 0, anew->note};
    } else if (!wish || wish->note.stream != ids[i] ||
               (forks_[i] && forks_[i]->has_followed(wish->note))) {
      continue;
    }
    const CommitNote& note = wish->note;
    ASSIGN_OR_RETURN(const PointPlace place,
                     lanes_[i].find({note.epoch, note.sequence, note.chain}));
    const Fork fork =
        plan_fork(*wish, found[i], place, anew ? random_id() : ids[i], anew.has_value(), forks_[i]);
    Status written = files_.make_folder(config_.folder + "/forked");
    if (written.is_ok())
      written = write_file(files_, lanes_[i].folder() + "/fork", encode_fork(fork));
    if (written.code() != Code::full) {
      RETURN_IF_ERROR(written);
      forks_[i] = fork;
      continue;
    }
    log_error("{}; what the log asks for waits", written.message());
    if (!anew) {
      plan.waits[i] = true;
      continue;
    }
    plan.is_anew = false;
    plan.waits.fill(true);
    break;
  }
  return plan;
}

Status Spool::follow_wishes(Ids& ids, Found& found) {
  ASSIGN_OR_RETURN(const Plan plan, plan_forks(ids, found));
  const Ids before = ids;
  for (size_t i = 0; i < kEventClasses; ++i) {
    const std::optional<Fork>& fork = forks_[i];
    if (fork && plan.is_anew) ids[i] = fork->stream;
    // Of streams that were there before somebody removed them, or that are to be there.
    if (!fork || fork->stream != ids[i]) continue;
    RETURN_IF_ERROR(follow_fork(files_, *fork, event_class_name(lanes_[i].event_class()),
                                lanes_[i].folder(), config_.folder + "/forked", found[i]));
  }
  if (ids != before) {
    RETURN_IF_ERROR(write_file(files_, config_.folder + "/streams", streams_text(ids)));
  }
  for (size_t i = 0; i < kEventClasses; ++i) {
    if (plan.waits[i]) continue;
    const Status removed = files_.remove(lanes_[i].folder() + "/wish");
    if (!removed.is_ok() && removed.code() != Code::not_found) return removed;
  }
  return ok();
}

Status Spool::recover_epoch() {
  const std::string path = config_.folder + "/epoch";
  uint64_t last = 0;
  if (const auto text = read_spool_text(files_, path, kSmallFileMax)) {
    // Damaged it says nothing: digits of the nonce would make a number that no log takes.
    const char* const text_end = text->data() + text->size();
    const auto [end, error] = std::from_chars(text->data(), text_end, last);
    if (error != std::errc() || end == text_end || *end != ' ') last = 0;
    if (last == 0) state_ = SpoolState::io_error;
  }
  // The frames themselves are the second witness: an epoch is never used twice.
  for (const Lane& lane : lanes_) last = std::max(last, lane.head().epoch);
  for (const auto& fork : forks_) {
    if (fork && fork->lowest_epoch > 0) last = std::max(last, fork->lowest_epoch - 1);
  }
  epoch_ = last + 1;
  nonce_ = random_id();
  for (Lane& lane : lanes_) lane.begin_epoch(epoch_);
  const Status written = write_epoch();
  if (written.code() != Code::full) return written;
  log_error("{}; going on, what cannot be written is counted", written.message());
  return ok();
}

// Before any frame: one that was shipped and then lost to a power cut would else be the only
// witness of its epoch, and the next start would use the number again.
Status Spool::write_epoch() {
  if (is_epoch_written_) return ok();
  RETURN_IF_ERROR(write_file(files_, config_.folder + "/epoch",
                             std::to_string(epoch_) + " " + to_hex(nonce_) + "\n"));
  is_epoch_written_ = true;
  return ok();
}

Result<std::string> Spool::previous_mark() {
  ASSIGN_OR_RETURN(const std::string text,
                   read_file(files_, config_.folder + "/mark", 2 * kMarkFileBytesMax));
  const size_t end = text.rfind('\n');
  if (end == std::string::npos) return corrupt("the mark file has no whole line");
  const size_t before = text.rfind('\n', end == 0 ? 0 : end - 1);
  const size_t start = before == std::string::npos || before == end ? 0 : before + 1;
  return text.substr(start, end + 1 - start);
}

// ------------------------------------------------------------------ writing

Status Spool::append(const SealedFrame& frame) {
  Lane& lane = this->lane(frame.header.event_class);
  const uint64_t lost_before = eviction_.events_lost();
  const Status status = write_frame(lane, frame);
  const bool is_ours = bytes() + frame.block.size() > config_.bytes_max;
  if (frame.block.empty()) {
    lane.miss(frame, Tombstone::Cause::queue_full);
  } else if (status.is_ok()) {
    if (eviction_.events_lost() > lost_before) state_ = SpoolState::full;
    return status;
  } else if (status.code() != Code::full) {
    lane.miss(frame, Tombstone::Cause::io_error);
    state_ = SpoolState::io_error;
  } else {
    lane.miss(frame, is_ours ? Tombstone::Cause::spool_full : Tombstone::Cause::disk_full);
    state_ = is_ours ? SpoolState::full : SpoolState::disk_full;
  }
  if (frame.header.kind == FrameKind::data) {
    events_missed_ += frame.header.last_sequence + 1 - frame.header.first_sequence;
  }
  return status;
}

Status Spool::write_frame(Lane& lane, const SealedFrame& frame) {
  if (frame.block.empty()) return full("the queue before the spool was full");
  RETURN_IF_ERROR(
      eviction_.make_room(lane.event_class(), frame.block.size() + kBesideBytes, clock_.now()));
  const auto write = [&] {
    RETURN_IF_ERROR(write_epoch());
    return lane.append(frame);
  };
  Status status = write();
  const bool is_login = lane.event_class() == EventClass::access;
  if (status.code() == Code::full && is_login && room_.give(frame.block.size() + kBesideBytes)) {
    status = write();
  }
  if (status.code() != Code::full) return status;
  // What is evicted needs room for its tombstone, before it leaves any.
  const bool gave = is_login && room_.give_all();
  return eviction_.free_disk(lane.event_class()) || gave ? write() : status;
}

Status Spool::write_mark(std::string_view mark) {
  if (mark_) {
    ASSIGN_OR_RETURN(const uint64_t size, mark_->size());
    if (size + mark.size() <= kMarkFileBytesMax) return mark_->append(mark);
  }
  const std::string path = config_.folder + "/mark";
  RETURN_IF_ERROR(write_file(files_, path, mark));
  ASSIGN_OR_RETURN(mark_, files_.open_append(path));
  return ok();
}

bool Spool::has_missing() const {
  return std::any_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return lane.has_missing(); });
}

bool Spool::is_settled() const {
  return is_epoch_written_ && !has_missing() &&
         std::all_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return lane.is_synced(); });
}

Status Spool::sync(bool all) {
  Status result = write_epoch();
  for (Lane& lane : lanes_) {
    if (!is_epoch_written_) break;
    if (Status status = lane.write_missing(); !status.is_ok()) result = status;
    if (Status status = lane.sync(all); !status.is_ok()) result = status;
  }
  if (!result.is_ok()) state_ = state_of(result);
  return result;
}

// ------------------------------------------------------------------ commits

Status Spool::commit(EventClass c, const CommitNote& note, const std::optional<Trust>& trust) {
  Lane& lane = this->lane(c);
  if (note.stream != lane.stream()) return denied("a commit for another stream");
  RETURN_IF_ERROR(belief_->check(note, trust));
  const std::optional<Fork>& fork = forks_[static_cast<size_t>(c) - 1];
  const bool wishes = note.wish != CommitWish::none && !(fork && fork->has_followed(note));
  const ChainHead point{note.epoch, note.sequence, note.chain};
  ASSIGN_OR_RETURN(const PointPlace place, lane.find(point));
  if (!wishes && place == PointPlace::ahead) {
    return denied("a commit ahead of what the spool holds");
  }
  if (!wishes && place == PointPlace::other) {
    return denied("a commit whose chain value is not ours");
  }
  if (belief_->begins_anew(note)) {
    RETURN_IF_ERROR(belief_->adopt(note));
    for (Lane& uncommitted : lanes_) uncommitted.set_committed({});
  }
  if (wishes) RETURN_IF_ERROR(ask(lane, note));
  if (place != PointPlace::ours) return ok();
  // At one point a checkpoint follows its frame, never the other way round.
  const ChainHead& held = lane.committed();
  const bool is_same = point.epoch == held.epoch && point.sequence == held.sequence;
  if (is_same || !is_behind(point, held)) lane.set_committed(point);
  return ok();
}

// For new streams every lane is asked, each with what is committed of it; the one whose note it is
// at last, since that one counts.
Status Spool::ask(Lane& lane, const CommitNote& note) {
  const auto ask_one = [&](const Lane& of) {
    const Wish wish{of.committed().epoch, of.committed().sequence, note};
    return write_file(files_, of.folder() + "/wish", encode_wish(wish));
  };
  for (const Lane& other : lanes_) {
    if (note.wish == CommitWish::new_streams && &other != &lane) RETURN_IF_ERROR(ask_one(other));
  }
  RETURN_IF_ERROR(ask_one(lane));
  wants_restart_ = true;
  return ok();
}

void Spool::reclaim() {
  Status status = belief_->write_again();
  if (const Status kept = keep_ids(); !kept.is_ok()) status = kept;
  if (const Status evicted = eviction_.upkeep(clock_.now()); !evicted.is_ok()) status = evicted;
  if (!status.is_ok()) state_ = state_of(status);
  room_.fill();
}

SpoolState Spool::take_state() {
  return has_missing() ? state_ : std::exchange(state_, SpoolState::ok);
}

// One that waits for room has another stream, and has set nothing aside.
bool Spool::is_untold(size_t i) const {
  return forks_[i] && forks_[i]->stream == lanes_[i].stream() && !forks_[i]->told;
}

std::vector<std::pair<EventClass, ForkLoss>> Spool::untold_losses() const {
  std::vector<std::pair<EventClass, ForkLoss>> untold;
  for (size_t i = 0; i < kEventClasses; ++i) {
    if (is_untold(i)) {
      untold.emplace_back(lanes_[i].event_class(), forks_[i]->lost);
    }
  }
  return untold;
}

Status Spool::losses_told() {
  for (size_t i = 0; i < kEventClasses; ++i) {
    if (!is_untold(i)) continue;
    Fork told = *forks_[i];
    told.told = true;
    RETURN_IF_ERROR(write_file(files_, lanes_[i].folder() + "/fork", encode_fork(told)));
    forks_[i] = told;
  }
  return ok();
}

}  // namespace spoor::agent
