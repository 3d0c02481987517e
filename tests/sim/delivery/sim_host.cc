#include "tests/sim/delivery/sim_host.h"

#include <algorithm>

#include "agent/spool/forked_segments.h"
#include "common/agent_status.h"
#include "common/frame/checkpoint.h"
#include "common/frame/segment.h"
#include "common/log.h"
#include "tests/sim/delivery/agent_memory.h"

namespace spoor::sim {
namespace {

// Small, so that a short run fills them.
constexpr uint64_t kSpoolBytes = 64u << 10;
constexpr uint64_t kSegmentBytes = 4u << 10;
constexpr size_t kQueueBytes = 12u << 10;
constexpr int64_t kDrainNs = 20 * kNsPerMs;
constexpr int64_t kNotesNs = kNsPerSecond;
constexpr int64_t kGrowthSeenNs = kNsPerMs;  // inotify
constexpr uint64_t kCheckpointOneIn = 6;     // times that events come
constexpr uint64_t kSmallDamageOneIn = 4;    // of what is damaged

std::array<EventClass, kEventClasses> classes() {
  return {EventClass::access, EventClass::command, EventClass::activity, EventClass::input};
}
size_t index_of(EventClass c) { return static_cast<size_t>(c) - 1; }

}  // namespace

Id machine_id_of(size_t number) {
  Id id;
  id.fill(0xbb);
  id.back() = static_cast<uint8_t>(number);
  return id;
}

SimHost::SimHost(size_t number, Timeline& timeline, Dice dice, Network& network, Ledger& ledger,
                 TrustOf trust, News news)
    : number_(number),
      name_("web" + std::to_string(number)),
      trust_(std::move(trust)),
      news_(news),
      timeline_(timeline),
      dice_(dice),
      ledger_(ledger),
      clock_(timeline),
      transport_(network, number) {
  files_.set_torn_pages(true);
  files_.on_change = [this](const std::string& path, bool is_new) { note_growth(path, is_new); };
  files_.put("/etc/machine-id", to_hex(machine_id_of(number)));
  boot();
  for (const char* folder : {"/commit", "/state"}) CHECK(files_.make_folder(folder).is_ok());
}

// ------------------------------------------------------------------ life and death

bool SimHost::start_agent() {
  act();
  std::vector<FrameHead> on_disk;
  each_frame("/spool/", [&on_disk](const FrameHead& frame) { on_disk.push_back(frame); });
  auto spool =
      agent::Spool::open(files_, clock_, {.folder = "/spool", .bytes_max = kSpoolBytes,
                                          .segment_bytes = kSegmentBytes});
  const bool is_first_try = !std::exchange(has_failed_, !spool.is_ok()) && !is_damaged_;
  if (files_.is_without_power()) {
    has_failed_ = true;
    cut_power();
    return false;
  }
  if (!spool.is_ok()) {
    if (spool.code() == Code::corrupt && !is_damaged_)
      ledger_.fail("the spool does not open: " + spool.status().message());
    log_warning("{}", spool.status().message());
    return false;
  }
  spool_ = std::move(spool).value();
  holdings_.started(on_disk);
  // What the agent before had failed to sync is not written anew where there is no room for it.
  if (files_.is_bounded()) holdings_.doubt();
  for (const EventClass c : classes()) {
    const agent::Spool::Stream& stream = spool_->stream(c);
    sealed_[index_of(c)] = stream.head;
    streams_.insert(stream.id);
    auto& synced = synced_[index_of(c)];
    if (is_damaged_) synced.reset();
    const Id left = std::exchange(written_[index_of(c)], stream.id);
    if (left != Id{} && left != stream.id) leave(left, on_disk, synced);
    if (synced && synced->first != stream.id) synced.reset();
    ledger_.reopened(stream.id, stream.head,
                     synced ? std::optional(synced->second) : std::nullopt);
    ledger_.new_epoch(stream.id, spool_->epoch());
  }
  is_damaged_ = false;
  notes_due_ns_ = 0;
  run_agent();
  tell_losses(is_first_try);
  return true;
}

// It writes another stream from here on: one that the log asked for, or where nothing was left of
// the one before, and no file said any more which it was.
void SimHost::leave(const Id& stream, const std::vector<FrameHead>& on_disk, const Synced& synced) {
  const bool is_gone = std::none_of(on_disk.begin(), on_disk.end(), [&](const FrameHead& frame) {
    return frame.header.stream == stream;
  });
  if (is_gone)
    ledger_.reopened(stream, ChainHead{}, synced ? std::optional(synced->second) : std::nullopt);
}

void SimHost::run_agent() {
  const uint64_t life = ++agent_life_;
  const auto again = [this, life](auto&& self, int64_t ns, void (SimHost::*what)()) -> void {
    timeline_.in(ns, [this, life, self, what] {
      if (life != agent_life_) return;
      (this->*what)();
      const int64_t mean_ns = what == &SimHost::produce ? pace_ns_ : kDrainNs;
      self(self, dice_.between(mean_ns / 4, mean_ns * 7 / 4), what);
    });
  };
  again(again, dice_.between(0, pace_ns_), &SimHost::produce);
  again(again, kDrainNs, &SimHost::drain);
}

void SimHost::start_uplink() {
  uplink::Config config;
  config.host = name_;
  config.spool_folder = "/spool";
  config.commit_folder = "/commit";
  config.state_folder = "/state";
  shipper_ = std::make_unique<uplink::Shipper>(files_, clock_, transport_, config, dice_.next());
  ++uplink_life_;
  is_pausing_ = false;
  ship(timeline_.now_ns());
}

void SimHost::kill_agent() {
  ++agent_life_;
  spool_.reset();
  queue_.clear();
  queue_bytes_ = 0;
}

void SimHost::kill_uplink() {
  ++uplink_life_;
  shipper_.reset();
}

void SimHost::cut_power() {
  kill_agent();
  kill_uplink();
  // Pages reach a disk in any order.
  for (const Id& stream : streams_) ledger_.unsynced(stream);
  files_.crash(dice_.next());
  stalled_until_ns_ = 0;
  boot();
}

void SimHost::boot() {
  boot_id_ = random_id();
  files_.put("/proc/sys/kernel/random/boot_id", to_hex(boot_id_));
}

void SimHost::become_copy_of(const SimHost& original) {
  name_ = original.name_;
  streams_ = original.streams_;
  untold_forks_ = original.untold_forks_;
  told_events_ = original.told_events_;
  holdings_.copy_told(original.holdings_);
  roll_back(original.files_.picture());
}

void SimHost::become_running_copy_of(const SimHost& original) {
  files_.become_copy_of(original.files_);
  spool_ = AgentMemory::copy(*original.spool_, files_, clock_);
  name_ = original.name_;
  streams_ = original.streams_;
  untold_forks_ = original.untold_forks_;
  told_events_ = original.told_events_;
  queue_ = original.queue_;
  queue_bytes_ = original.queue_bytes_;
  sealed_ = original.sealed_;
  synced_ = original.synced_;
  holdings_ = original.holdings_;
  order_ = original.order_;
  pace_ns_ = original.pace_ns_;
  notes_due_ns_ = original.notes_due_ns_;
  boot_id_ = original.boot_id_;
  status_counter_ = original.status_counter_;
  is_damaged_ = original.is_damaged_;
  clock_.jump(original.clock_.now().realtime_ns - clock_.now().realtime_ns);
  contest();
  run_agent();
  start_uplink();
}

void SimHost::fail_syncs(Status status, int times) {
  files_.fail_next(FakeFiles::Operation::sync, std::move(status), times);
  for (const Id& stream : streams_) ledger_.unsynced(stream);
  holdings_.doubt();
}

void SimHost::roll_back(const FakeFiles::Picture& picture) {
  kill_agent();
  kill_uplink();
  files_.restore(picture);
  stalled_until_ns_ = 0;
  synced_.fill(std::nullopt);
  holdings_.doubt();
  contest();
  boot();
}

void SimHost::contest() {
  // Streams that a start which failed has begun, too.
  const std::string text = files_.content("/spool/streams");
  for (size_t space = text.find(' '); space != std::string::npos;
       space = text.find(' ', space + 1)) {
    const auto id = array_from_hex<16>(std::string_view(text).substr(space + 1, 32));
    if (id.is_ok()) streams_.insert(*id);
  }
  for (const Id& stream : streams_) ledger_.contested(stream);
}

// ------------------------------------------------------------------ the agent

// A frame of each stream that was set aside says so, first of all.
void SimHost::tell_losses(bool is_first_try) {
  for (const auto& [c, lost] : spool_->untold_losses()) {
    const auto fork =
        agent::decode_fork(files_.content(std::string("/spool/") + event_class_name(c) + "/fork"));
    CHECK(fork.is_ok());
    // What was to be told of an earlier fork, and was not, is told with this one.
    std::vector<agent::Fork>& forks = untold_forks_[index_of(c)];
    const bool is_new = forks.empty() || encode_fork(forks.back()) != encode_fork(*fork);
    if (is_new) {
      told_events_ += lost.events - (forks.empty() ? 0 : forks.back().lost.events);
      forks.push_back(*fork);
    } else {
      ledger_.told_again();
    }
    std::map<Hash, FrameHead> held;
    uint64_t events = 0;
    for (const agent::Fork& told : forks) {
      for (const FrameHead& frame : set_aside(c, told)) {
        if (!held.emplace(frame.chain, frame).second) continue;
        const FrameHeader& h = frame.header;
        const bool in_part = h.epoch == told.committed_epoch;
        const uint64_t first = in_part ? std::max(h.first_sequence, told.committed_sequence + 1)
                                       : h.first_sequence;
        events += h.last_sequence + 1 - std::min(first, h.last_sequence + 1);
      }
    }
    // Later some may have been evicted, or have been gone with the power before they were synced.
    // What is behind a flipped bit is counted, and nobody can read it.
    // A hole that a power cut left between frames is counted, and is no frame.
    const bool has_holes = std::any_of(streams_.begin(), streams_.end(), [this](const Id& id) {
      return ledger_.may_have_holes(id);
    });
    const bool is_exact =
        forks.size() == 1 && !has_holes ? events == lost.events : events <= lost.events;
    if (is_new && is_first_try && !was_damaged() && !is_exact)
      ledger_.fail(who() + " tells of " + std::to_string(lost.events) + " events of " +
                   event_class_name(c) + " set aside, and there are " + std::to_string(events));
    std::vector<FrameHead> frames;
    for (const auto& [chain, frame] : held) frames.push_back(frame);
    holdings_.told(seal(c), frames);
  }
  // It may be killed before it knows that it was told.
  if (spool_->untold_losses().empty() || !dice_.one_in(4)) return;
  timeline_.in(dice_.between(0, 500) * kNsPerMs, [this, life = agent_life_] {
    if (life == agent_life_) kill_agent();
  });
}

void SimHost::confirm_told() {
  (void)spool_->losses_told();
  std::set<EventClass> untold;
  for (const auto& [c, lost] : spool_->untold_losses()) untold.insert(c);
  for (const EventClass c : classes()) {
    if (!untold.contains(c)) untold_forks_[index_of(c)].clear();
  }
}

bool SimHost::was_damaged() const {
  return std::any_of(streams_.begin(), streams_.end(),
                     [this](const Id& stream) { return ledger_.was_damaged(stream); });
}

// What lies there of it and was not committed.
std::vector<FrameHead> SimHost::set_aside(EventClass c, const agent::Fork& fork) const {
  std::vector<FrameHead> held;
  const std::string name = agent::forked_name(fork.lowest_epoch, event_class_name(c), false, "");
  each_frame("/spool/forked/" + name, [&](const FrameHead& frame) { held.push_back(frame); });
  const std::string committed =
      agent::forked_name(fork.lowest_epoch, event_class_name(c), true, "");
  std::set<Hash> not_these;
  each_frame("/spool/forked/" + committed,
             [&](const FrameHead& frame) { not_these.insert(frame.chain); });
  std::erase_if(held, [&](const FrameHead& frame) { return not_these.contains(frame.chain); });
  return held;
}

void SimHost::produce() {
  if (!is_producing_) return;
  for (int64_t i = dice_.between(1, 3); i > 0; --i)
    seal(classes()[dice_.below(kEventClasses)]);
  if (news_.has_checkpoints && dice_.one_in(kCheckpointOneIn)) seal_checkpoint();
}

void SimHost::say_last_word() {
  if (!spool_) return;
  for (const EventClass c : classes()) seal(c);
}

FrameWriter::Place SimHost::place_of(EventClass c) const {
  const ChainHead& head = sealed_[index_of(c)];
  FrameWriter::Place place;
  place.event_class = c;
  place.stream = spool_->stream(c).id;
  place.epoch = spool_->epoch();
  place.epoch_nonce = spool_->nonce();
  place.first_sequence = head.epoch == place.epoch ? head.sequence + 1 : 1;
  place.previous = head;
  place.zstd_level = 0;
  return place;
}

// As the encoder does: of `access` alone, whose epochs begin with an event, and the queue takes it
// always. Neither spool nor log looks at what it says.
void SimHost::seal_checkpoint() {
  ChainHead& head = sealed_[index_of(EventClass::access)];
  if (head.epoch != spool_->epoch()) return;
  FrameWriter writer(FrameKind::checkpoint);
  writer.add(std::string(kCheckpointSize, 'c'), "", 0, clock_.now().realtime_ns, 0);
  FrameWriter::Place place = place_of(EventClass::access);
  place.last_sequence = head.sequence;
  SealedFrame frame = writer.seal(place);
  ledger_.sealed(frame);
  head.chain = frame.chain;
  queue_bytes_ += frame.block.size();
  queue_.push_back(std::move(frame));
}

// Capture seals; where the queue before the spool is full, the bytes go and the place stays.
FrameHead SimHost::seal(EventClass c) {
  FrameWriter writer;
  const auto events = static_cast<size_t>(dice_.between(1, 4));
  for (size_t i = 0; i < events; ++i) {
    const std::string text(static_cast<size_t>(dice_.between(10, 200)), 't');
    writer.add("fields", text, ++order_, clock_.now().realtime_ns, 1);
  }
  ChainHead& head = sealed_[index_of(c)];
  const FrameWriter::Place place = place_of(c);
  SealedFrame frame = writer.seal(place);
  ledger_.sealed(frame);
  const FrameHead sealed{frame.header, frame.previous_chain, frame.chain};
  holdings_.sealed(sealed);
  head = {place.epoch, frame.header.last_sequence, frame.chain};
  if (queue_bytes_ + frame.block.size() > kQueueBytes) frame.block.clear();
  queue_bytes_ += frame.block.size();
  queue_.push_back(std::move(frame));
  return sealed;
}

// The spool's thread: writes what waits, syncs what is due, reads the notes.
void SimHost::drain() {
  if (stalled_until_ns_ > timeline_.now_ns()) return;
  act();
  while (!queue_.empty() && !files_.is_without_power()) {
    const SealedFrame frame = std::move(queue_.front());
    queue_.pop_front();
    queue_bytes_ -= frame.block.size();
    (void)spool_->append(frame);  // it takes the frame's place in any case
  }
  const bool all = dice_.one_in(20);
  const bool synced = spool_->sync(all).is_ok();
  if (all && synced) confirm_told();  // or once more, by the next start
  if (timeline_.now_ns() >= notes_due_ns_) read_notes();
  stalled_until_ns_ = timeline_.now_ns() + files_.take_spent_ns();
  if (files_.is_without_power()) return cut_power();
  for (const EventClass c : classes()) {
    if (synced && (all || c == EventClass::access))
      synced_[index_of(c)] = {spool_->stream(c).id, spool_->stream(c).head};
  }
  if (growths_ != uplink::Growths()) wake_uplink();
  check_bounds();
  // The agent executes itself anew: what was written is synced first.
  if (!spool_->wants_restart() || !spool_->sync(true).is_ok() || spool_->has_missing()) return;
  confirm_told();
  kill_agent();
}

void SimHost::read_notes() {
  notes_due_ns_ = timeline_.now_ns() + kNotesNs;
  std::optional<agent::Trust> trust = trust_();
  if (trust) trust->machine_id = *array_from_hex<16>(files_.content("/etc/machine-id"));
  for (const EventClass c : classes()) {
    const auto note = decode_commit_note(
        files_.content(std::string("/commit/") + event_class_name(c)));
    if (!note.is_ok()) continue;
    // What it does not believe it leaves.
    const Status taken = spool_->commit(c, *note, trust);
    if (note->wish != CommitWish::none)
      log_debug("{}: wish {} at {}/{}: {}{}", event_class_name(c),
                static_cast<int>(note->wish), note->epoch, note->sequence,
                taken.is_ok() ? "taken" : taken.message(),
                spool_->wants_restart() ? ", to be followed" : "");
  }
  spool_->reclaim();
  write_status();
}

void SimHost::write_status() {
  if (!spool_->has_begun()) return;
  AgentStatus status;
  status.counter = ++status_counter_;
  status.boot_id = boot_id_;
  status.written = clock_.now();
  (void)write_file(files_, "/spool/status", encode_agent_status(status));  // the next one will do
}

void SimHost::check_bounds() {
  // The last frame and tombstones may go beyond it.
  if (spool_->bytes() > kSpoolBytes + kSegmentBytes)
    ledger_.fail("the spool holds " + std::to_string(spool_->bytes()) + " bytes");
  if (shipper_ && shipper_->window_bytes() > uplink::kWindowBytesMax)
    ledger_.fail("the uplink's window is beyond its bound");
}

// ------------------------------------------------------------------ the uplink

void SimHost::ship(int64_t due_ns) {
  ship_due_ns_ = due_ns;
  timeline_.at(due_ns, [this, due_ns, life = uplink_life_] {
    if (life != uplink_life_ || due_ns != ship_due_ns_) return;
    act();
    const uplink::Shipper::Next next = shipper_->step(std::exchange(growths_, {}));
    if (files_.is_without_power()) return cut_power();
    is_pausing_ = next.is_pause;
    ship(timeline_.now_ns() + std::max<int64_t>(next.wait_ms * kNsPerMs, kNsPerMs / 10));
  });
}

void SimHost::wake_uplink() {
  const int64_t due_ns = timeline_.now_ns() + kGrowthSeenNs;
  if (shipper_ && !is_pausing_ && due_ns < ship_due_ns_) ship(due_ns);
}

// As SpoolWatch has it.
void SimHost::note_growth(const std::string& path, bool is_new) {
  for (const EventClass c : classes()) {
    if (!path.starts_with(std::string("/spool/") + event_class_name(c) + "/")) continue;
    uplink::Growth& growth = growths_[index_of(c)];
    growth = std::max(growth, is_new ? uplink::Growth::any : uplink::Growth::tail);
  }
}

// ------------------------------------------------------------------ what the world asks

bool SimHost::flip_bit() {
  std::vector<std::string> paths = files_.paths();
  const bool is_small = news_.has_small_damage && dice_.one_in(kSmallDamageOneIn);
  std::erase_if(paths, [&](const std::string& path) {
    return !path.ends_with(is_small ? "/streams" : ".seg") || files_.content(path).empty();
  });
  if (paths.empty()) return false;
  const std::string& path = paths[dice_.below(paths.size())];
  files_.flip_bit(path, dice_.below(files_.content(path).size()),
                  static_cast<unsigned>(dice_.below(8)));
  is_damaged_ = true;
  holdings_.doubt();
  for (const Id& stream : streams_) ledger_.damaged(stream);
  return true;
}

bool SimHost::is_settled() const {
  if (!spool_ || !queue_.empty() || spool_->has_missing()) return false;
  for (const EventClass c : classes()) {
    if (!ledger_.log_has(spool_->stream(c).id, spool_->stream(c).head)) return false;
  }
  return true;
}

// Past all failures of the disk.
void SimHost::each_frame(const std::string& under, const SeeFrame& see) const {
  for (const std::string& path : files_.paths()) {
    if (!path.starts_with(under) || !path.ends_with(".seg")) continue;
    FakeFiles copy;
    copy.put(path, files_.content(path));
    const auto file = copy.open_read(path);
    SegmentScanner scanner(**file);
    while (true) {
      const SegmentScanner::State state = scanner.next();
      if (state == SegmentScanner::State::corrupt) continue;
      if (state != SegmentScanner::State::block) break;
      see(scanner.outside().frames.back());
    }
  }
}

bool SimHost::holds(const v1::Skip& skip) const {
  bool is_held = false;
  for (const EventClass c : classes()) {
    each_frame(std::string("/spool/") + event_class_name(c) + "/", [&](const FrameHead& frame) {
      const FrameHeader& h = frame.header;
      if (h.kind == FrameKind::checkpoint) return;  // takes no sequence
      is_held = is_held || (as_text(h.stream) == skip.stream() && h.epoch == skip.epoch() &&
                            h.first_sequence >= skip.first_sequence() &&
                            h.last_sequence <= skip.last_sequence());
    });
  }
  return is_held;
}

void SimHost::account() {
  for (const EventClass c : classes()) {
    each_frame(std::string("/spool/") + event_class_name(c) + "/", [&](const FrameHead& frame) {
      if (frame.header.kind != FrameKind::data || ledger_.log_tells(frame)) return;
      ledger_.fail(who() + " has in the spool and not in the log: " +
                   to_hex(frame.header.stream).substr(0, 8) + "/" +
                   std::to_string(frame.header.epoch) + "/" +
                   std::to_string(frame.header.first_sequence));
    });
  }
  const uint64_t missing = holdings_.missing(ledger_);
  // Which frames were behind a flipped bit and set aside is not known, only how many events.
  if (missing > (was_damaged() ? told_events_ : 0) && !ledger_.was_restored())
    ledger_.fail(std::to_string(missing) + " events of " + who() +
                 " are not in the log, nor told as set aside");
}

std::string SimHost::describe() const {
  std::string text = who() + (spool_ ? "" : " no agent") +
                     (shipper_ ? "" : " no uplink");
  if (!spool_) return text;
  for (const EventClass c : classes()) {
    const ChainHead& head = spool_->stream(c).head;
    text += std::string(" ") + event_class_name(c) + " " +
            to_hex(spool_->stream(c).id).substr(0, 8) + " " + std::to_string(head.epoch) + "/" +
            std::to_string(head.sequence) +
            (ledger_.log_has(spool_->stream(c).id, head) ? "" : " (not in the log)");
    for (const std::string& path : files_.paths()) {
      const std::string folder = std::string("/spool/") + event_class_name(c) + "/";
      if (path.starts_with(folder))
        log_debug("{} {}: {} bytes", number_, path, files_.content(path).size());
    }
  }
  return text;
}

}  // namespace spoor::sim
