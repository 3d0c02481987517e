#include "collector/receive/log_writer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "collector/identity/own_events.h"
#include "common/log.h"

namespace spoor::collector {

namespace {

Refusal come_back(std::string text) {
  return {v1::Refuse::CODE_UNAVAILABLE, std::move(text), kRetryAfterMs};
}

// Whether its certificate names another agent than the stream's.
bool is_foreign(const Speaker& speaker, const std::string& agent) {
  return !speaker.agent.empty() && speaker.agent != agent;
}

// Whether nothing tells the two apart.
bool is_same(const Speaker& a, const Speaker& b) {
  return a.machine_id == b.machine_id && a.boot_id == b.boot_id && a.address == b.address;
}

}  // namespace

LogWriter::LogWriter(Intake& intake, WriteDurably write, const Clock& clock,
                     std::vector<Known> known, LogDoor door, Journal* journal)
    : intake_(intake),
      write_(std::move(write)),
      clock_(clock),
      door_(std::move(door)),
      journal_(journal) {
  for (Known& k : known) {
    Stream& stream = streams_[k.head.stream];
    stream.agent = std::move(k.agent);
    stream.head = k.head;
    stream.past = std::move(k.past);
    stream.points = std::move(k.points);
    stream.recent.add({k.head.epoch, k.head.sequence, k.head.chain});
    intake_.bind(k.head.stream, stream.agent);
  }
  const Instant now = clock_.now();
  clock_offset_ns_ = now.realtime_ns - now.boottime_ns;
}

bool LogWriter::step() {
  watch_clock();
  try_disk();
  const bool told = tell_due();
  std::vector<QueuedItem> items = intake_.take();
  if (items.empty()) return write_own() || told;
  DoneBytes done;
  std::vector<QueuedItem> blocks;
  for (QueuedItem& item : items) {
    if (const auto* block = std::get_if<QueuedBlock>(&item.what)) {
      done[item.peer] += block->entry.block.size();
      blocks.push_back(std::move(item));
      continue;
    }
    // A Hello sees all that was handed over before it.
    write(std::exchange(blocks, {}));
    if (auto* hello = std::get_if<QueuedHello>(&item.what)) {
      answer(item.peer, std::move(*hello));
      continue;
    }
    auto& [conflict, newest_epoch] = std::get<QueuedConflict>(item.what);
    Id id{};
    std::memcpy(id.data(), conflict.stream().data(), std::min(id.size(), conflict.stream().size()));
    const auto stream = streams_.find(id);
    if (stream == streams_.end() || !item.peer->speaker_) continue;
    tell(stream->second, *item.peer->speaker_, newest_epoch, std::move(conflict));
  }
  write(std::move(blocks));
  write_own();
  for (const std::shared_ptr<Peer>& peer : intake_.release(done)) peer->on_room();
  return true;
}

int64_t LogWriter::patience_ns() const {
  const bool waits = disk_ != Disk::writable || (journal_ && !journal_->is_empty());
  const int64_t most_ns = waits ? kDiskRetryNs : kWriterPatienceNs;
  if (waiting_.empty()) return most_ns;
  return std::clamp(waiting_.front().first - clock_.now().boottime_ns, int64_t{0}, most_ns);
}

bool LogWriter::tell_due() {
  const int64_t now_ns = waiting_.empty() ? 0 : clock_.now().boottime_ns;
  bool told = false;
  for (; !waiting_.empty() && waiting_.front().first <= now_ns; waiting_.pop_front()) {
    if (const std::shared_ptr<Peer> peer = waiting_.front().second.lock()) peer->on_commits_due();
    told = true;
  }
  return told;
}

StreamHead LogWriter::head_of(const Id& stream) const {
  const auto known = streams_.find(stream);
  if (known != streams_.end()) return known->second.head;
  StreamHead nothing;
  nothing.stream = stream;
  return nothing;
}

void LogWriter::write(std::vector<QueuedItem> blocks) {
  std::vector<NewEntry> entries;
  std::map<Id, StreamHead> heads;           // behind what is in `entries`
  std::vector<std::pair<QueuedItem*, RecentFrame>> taken;
  for (QueuedItem& item : blocks) {
    QueuedBlock& block = std::get<QueuedBlock>(item.what);
    if (item.peer->given_up_) continue;
    if (disk_ == Disk::full) {
      give_up(item.peer, come_back("the collector's disk is full"));
      continue;
    }
    const Id& stream = block.entry.head.stream;
    const auto head = heads.try_emplace(stream, head_of(stream)).first;
    if (head->second != block.before) {
      // Something before it was given up, in another connection's hands.
      give_up(item.peer, {v1::Refuse::CODE_UNAVAILABLE, "the stream has moved; connect again", 0});
      continue;
    }
    head->second = block.entry.head;
    taken.emplace_back(&item, block.frame);
    entries.push_back(std::move(block.entry));
  }
  if (entries.empty()) return;

  const Status written = write_(entries);
  if (!written.is_ok()) {
    note_failure(written);
    for (const auto& [item, frame] : taken)
      give_up(item->peer,
              come_back("the collector cannot write its log: " + written.message()));
    return;
  }
  if (disk_ == Disk::failing) {
    set_disk(Disk::writable);
    tell(v1::CollectorState::CHANGE_WRITABLE, "the log can be written again");
  }
  take(taken, entries);
}

// What is on disk is where the streams stand, and is told.
void LogWriter::take(std::span<const std::pair<QueuedItem*, RecentFrame>> taken,
                     std::span<const NewEntry> entries) {
  const Instant now = clock_.now();
  // A stream's last word is enough.
  std::map<std::pair<std::shared_ptr<Peer>, Id>, StreamHead> news;
  for (size_t i = 0; i < taken.size(); ++i) {
    const NewEntry& entry = entries[i];
    const std::shared_ptr<Peer>& peer = taken[i].first->peer;
    Stream& stream = streams_[entry.head.stream];
    if (stream.head.epoch == 0) {
      allowance_.begun(entry.agent, now.boottime_ns);
      stream.agent = entry.agent;
      intake_.bind(entry.head.stream, entry.agent);
    }
    if (peer->speaker_) stream.boots.wrote(peer->speaker_->boot_id);
    stream.past.moved(stream.head, entry.head);
    stream.points.moved(stream.head, entry.head);
    stream.head = entry.head;
    stream.recent.add(taken[i].second);
    stream.speaker = peer->speaker_;
    news[{peer, entry.head.stream}] = entry.head;
  }
  const int64_t wait_ns = door_.join_commits_ns;
  for (const auto& [key, head] : news) {
    if (key.first->on_commit(head, now.realtime_ns, wait_ns > 0))
      waiting_.emplace_back(now.boottime_ns + wait_ns, key.first);
  }
}

bool LogWriter::write_own() {
  if (!journal_) return false;
  const std::optional<NewEntry> entry = journal_->seal();
  if (!entry) return false;
  Status written = write_(std::span(&*entry, 1));
  if (!written.is_ok()) {
    const bool had_room = disk_ != Disk::full;
    note_failure(written);
    // The ballast has just made room for this.
    if (had_room && disk_ == Disk::full) written = write_(std::span(&*entry, 1));
    if (!written.is_ok()) return false;
  }
  journal_->written();
  if (disk_ == Disk::failing) {
    set_disk(Disk::writable);
    tell(v1::CollectorState::CHANGE_WRITABLE, "the log can be written again");
  }
  return true;
}

void LogWriter::set_disk(Disk disk) {
  disk_ = disk;
  if (door_.on_writable) door_.on_writable(disk == Disk::writable);
}

void LogWriter::note_failure(const Status& why) {
  const bool is_full = why.code() == Code::full && door_.restore_ballast;
  const Disk next = is_full ? Disk::full : Disk::failing;
  if (disk_ == next || disk_ == Disk::full) return;
  set_disk(next);
  disk_tried_ns_ = clock_.now().boottime_ns;
  log_error("cannot write the log: {}; agents keep their frames", why.message());
  if (is_full && door_.give_up_ballast) door_.give_up_ballast();
  const bool no_space = why.code() == Code::full;
  tell(no_space ? v1::CollectorState::CHANGE_DISK_FULL : v1::CollectorState::CHANGE_IO_ERROR,
       why.message());
}

// A full disk takes agents' frames again when there is room for the ballast again.
void LogWriter::try_disk() {
  if (disk_ != Disk::full) return;
  const int64_t now_ns = clock_.now().boottime_ns;
  if (now_ns - disk_tried_ns_ < kDiskRetryNs) return;
  disk_tried_ns_ = now_ns;
  if (!door_.restore_ballast().is_ok()) return;
  set_disk(Disk::writable);
  tell(v1::CollectorState::CHANGE_WRITABLE, "there is space for the log again");
}

// Event times are corrected by this clock, and files are cut by it.
void LogWriter::watch_clock() {
  const Instant now = clock_.now();
  const int64_t offset_ns = now.realtime_ns - now.boottime_ns;
  const int64_t step_ns = offset_ns - std::exchange(clock_offset_ns_, offset_ns);
  if (std::abs(step_ns) > kClockStepNs)
    tell(v1::CollectorState::CHANGE_CLOCK_STEPPED, "the collector's clock was set", step_ns);
}

void LogWriter::tell(v1::CollectorState::Change change, std::string detail, int64_t count) {
  log_warning("{}: {}", v1::CollectorState::Change_Name(change), detail);
  if (!journal_) return;
  v1::Event event;
  v1::CollectorState& state = *event.mutable_collector_state();
  state.set_change(change);
  state.set_detail(std::move(detail));
  state.set_count(count);
  state.set_generation(door_.identity.generation);
  journal_->add(std::move(event));
}

void LogWriter::answer(const std::shared_ptr<Peer>& peer, QueuedHello hello) {
  for (const std::shared_ptr<Peer>& old : hello.displaced)
    give_up(old, come_back("a newer connection of this agent has taken over"));
  if (disk_ == Disk::full) return give_up(peer, come_back("the collector's disk is full"));
  ResumeAnswer out;
  Refusal refusal;
  if (const Status followed = follow_name(hello); !followed.is_ok())
    return give_up(peer, come_back("the collector cannot write: " + followed.message()));
  for (const std::shared_ptr<Peer>& old : intake_.settle(peer, hello))
    give_up(old, come_back("a newer connection of this agent has taken over"));
  if (!bind(hello, out.agent, refusal)) return give_up(peer, refusal);
  if (!catch_up_generation(peer, hello)) return;
  out.generation = door_.identity.generation;
  for (StreamOffer& offer : hello.offers) {
    StreamState state;
    state.head = state.durable = head_of(offer.stream);
    if (const auto known = streams_.find(offer.stream); known != streams_.end()) {
      state.recent = known->second.recent;
      state.points = known->second.points;
      state.wish = judge(known->second, hello.speaker, offer);
      // Where another agent's stream stands is nobody else's to know; the wish does without.
      if (is_foreign(hello.speaker, known->second.agent)) {
        state.head = state.durable = {};
        state.head.stream = state.durable.stream = offer.stream;
        state.recent = {};
        state.points = {};
      }
    }
    if (state.wish == CommitWish::new_streams)
      out.refusal = come_back("another host uses this identity; go on with streams of your own");
    state.offer = std::move(offer);
    if (!state.offer.epochs.empty()) state.offer.epochs = {state.offer.epochs.back()};
    out.streams.push_back(std::move(state));
  }
  // Once a second at most, or a certificate's owner could fill the log with it.
  const int64_t now_ns = clock_.now().boottime_ns;
  if (hello.speaker.left_log && now_ns >= came_due_ns_) {
    came_due_ns_ = now_ns + kNsPerSecond;
    tell(v1::CollectorState::CHANGE_AGENT_CAME,
         out.agent + " comes from the log " + to_hex(*hello.speaker.left_log));
  }
  peer->speaker_ = std::make_shared<const Speaker>(std::move(hello.speaker));
  peer->given_up_ = out.refusal.has_value();
  peer->on_resume(std::move(out));
}

// A host that was enrolled anew under another name goes on with the streams that it has. The log
// learns the name with the next frame only, and may be opened anew before.
Status LogWriter::follow_name(const QueuedHello& hello) {
  const Speaker& speaker = hello.speaker;
  if (speaker.agent.empty() || !door_.was_name_of) return ok();
  std::vector<StreamHead> heads;
  for (const StreamOffer& offer : hello.offers) {
    const auto known = streams_.find(offer.stream);
    if (known == streams_.end() || known->second.agent == speaker.agent) continue;
    if (door_.was_name_of(known->second.agent, speaker.machine_id))
      heads.push_back(known->second.head);
  }
  if (heads.empty()) return ok();
  if (door_.keep_name) RETURN_IF_ERROR(door_.keep_name(speaker.agent, heads));
  std::map<std::string, size_t> moved;  // by the former name
  for (const StreamHead& head : heads) {
    ++moved[std::exchange(streams_.at(head.stream).agent, speaker.agent)];
    intake_.bind(head.stream, speaker.agent);
  }
  for (const auto& [former, count] : moved) {
    log_info("{} was {} before: it goes on with {} streams", speaker.agent, former, count);
    if (journal_) journal_->add(renamed_event(speaker.agent, former, count));
  }
  return ok();
}

// By the certificate; without one an agent keeps the name under which its streams first came,
// whatever the host calls itself now.
bool LogWriter::bind(const QueuedHello& hello, std::string& agent, Refusal& refusal) const {
  const bool is_certified = !hello.speaker.agent.empty();
  agent = hello.speaker.agent;
  size_t unknown = 0;
  for (const StreamOffer& offer : hello.offers) {
    const auto known = streams_.find(offer.stream);
    unknown += known == streams_.end();
    if (known == streams_.end()) continue;
    const Stream& stream = known->second;
    if (stream.head.event_class != offer.event_class) {
      refusal = {v1::Refuse::CODE_DENIED, "a stream is of another class in the log", 0};
      return false;
    }
    if (is_certified) continue;  // whose stream it is then is judged with the stream
    if (stream.agent == kOwnAgent) {
      refusal = {v1::Refuse::CODE_DENIED, "this is a stream of the collector's own", 0};
      return false;
    }
    if (!agent.empty() && agent != stream.agent) {
      refusal = {v1::Refuse::CODE_DENIED,
                 "these streams belong to two agents: " + agent + " and " + stream.agent, 0};
      return false;
    }
    agent = stream.agent;
  }
  const std::string& host = hello.speaker.host;
  if (agent.empty()) agent = host == kOwnAgent ? host + ".host" : host;
  const int64_t wait_ms = allowance_.wait_ms(agent, unknown, clock_.now().boottime_ns);
  if (wait_ms > 0) {
    refusal = {v1::Refuse::CODE_LIMIT,
               agent + " has begun too many streams of late: hosts that share one identity, or a "
               "spool that is lost again and again? It is heard again after a while",
               static_cast<uint64_t>(wait_ms)};
    return false;
  }
  if (!is_certified && agent != host)
    log_info("the agent known as {} calls its host {}; it keeps its name", agent, host);
  return true;
}

// A commit of our own that the log does not live up to: it came back older. From here on it speaks
// with a greater generation than it ever did, so that agents believe it although it says less.
bool LogWriter::catch_up_generation(const std::shared_ptr<Peer>& peer, const QueuedHello& hello) {
  LogIdentity& identity = door_.identity;
  if (!identity.key) return true;
  const StreamOffer* witness = nullptr;
  for (const StreamOffer& offer : hello.offers) {
    const std::optional<CommitNote>& note = offer.last_commit;
    const auto known = streams_.find(offer.stream);
    if (!note) continue;
    const bool is_older = known == streams_.end()
                              ? shows_older_log(*note, {}, {}, {}, identity.generation)
                              : shows_older_log(*note, known->second.head, known->second.past,
                                                known->second.points, identity.generation);
    if (!is_older) continue;
    if (witness && witness->last_commit->log_generation >= note->log_generation) continue;
    const std::string signed_bytes = commit_signing_bytes(*note);
    if (is_signed_by(identity.key->public_key(), as_bytes(signed_bytes), as_bytes(note->signature)))
      witness = &offer;
  }
  if (!witness) return true;
  const CommitNote& note = *witness->last_commit;
  const uint64_t generation = std::max(identity.generation, note.log_generation) + 1;
  const Status raised = door_.raise_generation ? door_.raise_generation(generation) : ok();
  if (!raised.is_ok()) {
    log_error("the log is older than a commit that it gave, and this cannot be noted: {}",
              raised.message());
    give_up(peer, come_back("the collector cannot write: " + raised.message()));
    return false;
  }
  identity.generation = generation;
  tell_rollback(hello.speaker, note);
  // A connection lives within one generation.
  for (const std::shared_ptr<Peer>& owner : intake_.owners()) {
    if (owner != peer) give_up(owner, come_back("the log came back older; say Hello again"));
  }
  return true;
}

void LogWriter::tell_rollback(const Speaker& speaker, const CommitNote& note) {
  const StreamHead head = head_of(note.stream);
  log_error("the log came back older than a commit of {}/{} that it gave to {}: it is at {}/{}, "
            "and its generation is {} now. Agents send again what they still have",
            note.epoch, note.sequence, speaker.host, head.epoch, head.sequence,
            door_.identity.generation);
  if (!journal_) return;
  v1::Event event;
  v1::StreamConflict& conflict = *event.mutable_stream_conflict();
  conflict.set_kind(v1::StreamConflict::KIND_COLLECTOR_ROLLED_BACK);
  const auto known = streams_.find(note.stream);
  conflict.set_agent(known == streams_.end() ? speaker.host : known->second.agent);
  conflict.set_stream(std::string(as_text(note.stream)));
  *conflict.mutable_in_log() = point_of(head);
  conflict.mutable_offered()->set_epoch(note.epoch);
  conflict.mutable_offered()->set_sequence(note.sequence);
  conflict.mutable_offered()->set_chain(std::string(as_text(note.chain)));
  *conflict.mutable_side() = side_of(speaker);
  conflict.set_commit_signature(note.signature);
  conflict.set_commit_time_ns(note.time_ns);
  conflict.set_commit_generation(note.log_generation);
  conflict.set_generation(door_.identity.generation);
  journal_->add(std::move(event));
}

// What the host is asked for on this stream, because it and the log went apart.
CommitWish LogWriter::judge(Stream& stream, const Speaker& speaker, const StreamOffer& offer) {
  const bool is_elsewhere = stream.speaker && stream.speaker->machine_id != speaker.machine_id;
  // What frames have shown is told at once, and answered here.
  const bool asks_for_ever =
      stream.conflicts.count_at(stream.head, speaker, clock_.now().boottime_ns) >=
      kConflictsUntilClone;
  const bool is_clone = is_foreign(speaker, stream.agent) || is_elsewhere || asks_for_ever ||
                        stream.boots.is_clone(speaker.boot_id);
  const std::optional<OfferedEpoch> forgotten =
      rolled_back_host(offer, stream.head, stream.past, speaker.agent_has_begun);
  if (!is_clone && !forgotten) return CommitWish::none;
  v1::StreamConflict conflict;
  conflict.set_kind(is_clone ? v1::StreamConflict::KIND_CLONE
                             : v1::StreamConflict::KIND_HOST_ROLLED_BACK);
  if (forgotten || !offer.epochs.empty()) {
    const OfferedEpoch& shown = forgotten ? *forgotten : offer.epochs.back();
    conflict.mutable_offered()->set_epoch(shown.epoch);
    conflict.mutable_offered()->set_epoch_nonce(std::string(as_text(shown.nonce)));
    conflict.mutable_offered()->set_sequence(shown.last_sequence);
  }
  return tell(stream, speaker, offer.newest_epoch(), std::move(conflict));
}

// Once for where the log stands: a host that comes again before it has done what it was asked for
// tells nothing new. One that makes the log move and conflicts again and again is a clone which its
// boots do not show, and is told a bounded number of times. One that has done it in vain would ask
// for ever: streams of its own end that.
CommitWish LogWriter::tell(Stream& stream, const Speaker& speaker, uint64_t newest_epoch,
                           v1::StreamConflict conflict) {
  const bool is_stranger = is_foreign(speaker, stream.agent);
  ConflictCount& conflicts = is_stranger ? stream.strangers : stream.conflicts;
  const auto [count, is_new] =
      conflicts.add(stream.head, speaker, newest_epoch, clock_.now().boottime_ns);
  if (count >= kConflictsUntilClone) conflict.set_kind(v1::StreamConflict::KIND_CLONE);
  const bool is_clone = conflict.kind() == v1::StreamConflict::KIND_CLONE;
  const CommitWish wish = is_clone ? CommitWish::new_streams : CommitWish::new_epoch;
  if (is_clone && door_.on_clone) door_.on_clone(is_stranger ? speaker.agent : stream.agent);
  if (!is_new) return wish;
  conflict.set_agent(stream.agent);
  conflict.set_stream(std::string(as_text(stream.head.stream)));
  conflict.set_stream_class(static_cast<v1::Class>(stream.head.event_class));
  conflict.set_wish(static_cast<uint32_t>(wish));
  *conflict.mutable_in_log() = point_of(stream.head);
  *conflict.mutable_side() = side_of(speaker);
  if (stream.speaker && !is_same(*stream.speaker, speaker))
    *conflict.mutable_other() = side_of(*stream.speaker);
  log_warning("{}: {}: the log is at {}/{}, the host at {}/{}", stream.agent,
              v1::StreamConflict::Kind_Name(conflict.kind()), stream.head.epoch,
              stream.head.sequence, conflict.offered().epoch(), conflict.offered().sequence());
  if (!journal_) return wish;
  v1::Event event;
  *event.mutable_stream_conflict() = std::move(conflict);
  journal_->add(std::move(event));
  return wish;
}

void LogWriter::give_up(const std::shared_ptr<Peer>& peer, const Refusal& refusal) {
  if (std::exchange(peer->given_up_, true)) return;
  peer->on_refused(refusal);
}

}  // namespace spoor::collector
