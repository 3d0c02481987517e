// The life of one connection is told in proto/spoor/v1/uplink.proto and docs/uplink.md. What is
// sent after the last commit is sent again after a reconnect: the position to go on from is always
// the collector's, never ours.
#include "agent/uplink/shipper.h"

#include <algorithm>

#include "agent/uplink/id_file.h"
#include "common/agent_status.h"
#include "common/ed25519.h"
#include "common/log.h"
#include "common/quoting.h"

namespace spoor::uplink {
namespace {

constexpr uint32_t kProtocolVersion = 1;
constexpr int64_t kBackoffFirstMs = 100;
constexpr int64_t kBackoffMostMs = 30'000;
constexpr int64_t kResumeTimeoutNs = 10 * kNsPerSecond;
// The link wakes nobody: so late is heard what it brought where nothing is to be sent...
constexpr int64_t kIdleMs = 500;
// ...so late a Resume...
constexpr int64_t kResumeLookMs = 20;
// ...and a commit without which no more may be sent.
constexpr int64_t kFullMs = 5;
// What nobody told of is found after this long.
constexpr int64_t kLookNs = 2 * kNsPerSecond;
constexpr int64_t kStatusNs = 10 * kNsPerSecond;
// The agent looks for notes every second, and then executes itself anew.
constexpr int64_t kNewEpochWaitNs = 5 * kNsPerSecond;
// Frames of one stream before the others and the collector's answers get their turn.
constexpr int kFramesAtOnce = 32;
// Once to twice that before the next address is tried.
constexpr int64_t kNextAddressMs = 100;
// What only a person can mend is not asked for every few seconds.
constexpr int64_t kPersonWaitMs = 60'000;
constexpr size_t kRefuseTextMax = 512;
constexpr size_t kSaidMax = 64;
// One less than a collector takes: one without a frame may come last.
constexpr size_t kEpochsOfferedMax = 4'095;
constexpr size_t kEpochEndsFileMax = 256u << 10;

std::string id_text(const Id& id) { return std::string(as_text(id)); }
size_t index_of(EventClass c) { return static_cast<size_t>(c) - 1; }

bool read_array(const std::string& from, auto& into) {
  if (from.size() != into.size()) return false;
  std::copy(from.begin(), from.end(), into.begin());
  return true;
}

Result<AgentStatus> read_agent_status(Files& files, const std::string& spool_folder) {
  ASSIGN_OR_RETURN(const std::string text,
                   read_file(files, spool_folder + "/status", kAgentStatusBytesMax));
  return decode_agent_status(text);
}

std::array<EventClass, kEventClasses> classes_by_urgency() {
  return {EventClass::access, EventClass::command, EventClass::activity, EventClass::input};
}

struct Refusal {
  bool needs_person = false;
  const char* advice = "";  // what to do on this host
};

Refusal refusal_of(v1::Refuse::Code code) {
  switch (code) {
    case v1::Refuse::CODE_VERSION:
      return {true, " (collectors are upgraded first)"};
    case v1::Refuse::CODE_LOG_ID:
      return {true, " (`switch_log: yes` lets this host leave the log that it is bound to)"};
    case v1::Refuse::CODE_REVOKED:
      return {true, " (with a new token, spoor-uplink enroll --force gives a new identity)"};
    case v1::Refuse::CODE_DENIED:
    case v1::Refuse::CODE_CORRUPT:
    case v1::Refuse::CODE_LIMIT:
      return {true, ""};
    default:
      return {};
  }
}

StreamPoint point_of(const CommitNote& note) { return {note.epoch, note.sequence}; }

v1::CommitPoint to_message(const CommitNote& note) {
  v1::CommitPoint commit;
  commit.set_log_id(id_text(note.log_id));
  commit.set_log_generation(note.log_generation);
  commit.set_stream(id_text(note.stream));
  commit.set_epoch(note.epoch);
  commit.set_sequence(note.sequence);
  commit.set_chain(std::string(as_text(note.chain)));
  commit.set_time_ns(note.time_ns);
  commit.set_algorithm(note.signature.empty() ? v1::CommitPoint::ALGORITHM_NONE
                                              : v1::CommitPoint::ALGORITHM_ED25519);
  commit.set_signature(note.signature);
  commit.set_wish(static_cast<v1::CommitPoint::Wish>(note.wish));
  if (note.wish != CommitWish::none) commit.set_machine_id(id_text(note.machine_id));
  return commit;
}

Result<CommitNote> to_note(const v1::CommitPoint& commit) {
  CommitNote note;
  note.log_generation = commit.log_generation();
  note.epoch = commit.epoch();
  note.sequence = commit.sequence();
  note.time_ns = commit.time_ns();
  const bool is_signed = commit.algorithm() == v1::CommitPoint::ALGORITHM_ED25519;
  if (is_signed) note.signature = commit.signature();
  // A wish that we do not know is none of ours; the agent would refuse the whole note.
  if (v1::CommitPoint::Wish_IsValid(commit.wish()))
    note.wish = static_cast<CommitWish>(commit.wish());
  const bool is_signature = !is_signed || note.signature.size() == std::tuple_size_v<Signature>;
  if (!is_signature || !read_array(commit.log_id(), note.log_id) ||
      !read_array(commit.stream(), note.stream) || !read_array(commit.chain(), note.chain) ||
      (note.wish != CommitWish::none && !read_array(commit.machine_id(), note.machine_id))) {
    return unavailable("the collector sent a commit that is not one");
  }
  return note;
}

v1::Loss::Cause loss_cause(Tombstone::Cause cause) {
  switch (cause) {
    case Tombstone::Cause::spool_full: return v1::Loss::CAUSE_SPOOL_FULL;
    case Tombstone::Cause::disk_full: return v1::Loss::CAUSE_DISK_FULL;
    case Tombstone::Cause::io_error: return v1::Loss::CAUSE_IO_ERROR;
    case Tombstone::Cause::spool_missing: return v1::Loss::CAUSE_SPOOL_MISSING;
    case Tombstone::Cause::collector_rollback: return v1::Loss::CAUSE_COLLECTOR_ROLLBACK;
    case Tombstone::Cause::queue_full: return v1::Loss::CAUSE_QUEUE_FULL;
  }
  return v1::Loss::CAUSE_SPOOL_MISSING;
}

void fill_agent_status(const AgentStatus& from, v1::Status& to) {
  to.set_agent_realtime_ns(from.written.realtime_ns);
  to.set_agent_boottime_ns(from.written.boottime_ns);
  to.set_agent_counter(from.counter);
  to.set_events_total(from.events);
  to.set_kernel_lost(from.kernel_lost);
  to.set_kernel_backlog(from.kernel_backlog);
  to.set_queue_bytes(from.queue_bytes);
  to.set_spool_bytes(from.spool_bytes);
  to.set_spool_bytes_max(from.spool_bytes_max);
  to.set_rules_hash(std::string(as_text(from.rules)));
  to.set_lost_total(from.lost);
  // The wire's numbers keep 0 for a file that is not there.
  to.set_spool_state(static_cast<v1::Status::SpoolState>(static_cast<int>(from.spool_state) + 1));
  to.set_agent_version(from.version);
}

}  // namespace

Shipper::Shipper(Files& files, const Clock& clock, Transport& transport, Config config,
                 uint64_t seed)
    : files_(files),
      clock_(clock),
      transport_(transport),
      config_(std::move(config)),
      outbox_(files, clock, config_.commit_folder),
      backoff_(kBackoffFirstMs, kBackoffMostMs, seed),
      addresses_(config_.collector_addresses, kLocalCollector) {
  CHECK(!config_.host.empty());
}

Shipper::Next Shipper::step(const Growths& grown) {
  const int64_t now_ns = clock_.now().boottime_ns;
  for (size_t i = 0; i < kEventClasses; ++i) unread_[i] = std::max(unread_[i], grown[i]);
  if (state_ == State::pausing && now_ns < paused_until_ns_) {
    const int64_t left_ms = (paused_until_ns_ - now_ns + kNsPerMs - 1) / kNsPerMs;
    return {.wait_ms = left_ms, .is_pause = true};
  }
  const Result<Next> next = advance();
  return next.is_ok() ? *next : pause_after(next.status());
}

Result<Shipper::Next> Shipper::advance() {
  switch (state_) {
    case State::pausing:
      RETURN_IF_ERROR(open_spool());
      return Next{.is_opened = true};
    case State::opened:
      RETURN_IF_ERROR(greet());
      return Next{.wait_ms = kResumeLookMs};
    case State::greeted:
      return await_resume();
    case State::shipping:
      break;
  }
  return ship();
}

Shipper::Next Shipper::pause_after(const Status& status) {
  close();
  say(status);
  const int64_t wait_ms = wait_after_failure_ms();
  paused_until_ns_ = clock_.now().boottime_ns + wait_ms * kNsPerMs;
  return {.wait_ms = wait_ms, .is_pause = true};
}

// A short one before the next address, a growing one when all had their turn.
int64_t Shipper::wait_after_failure_ms() {
  const int64_t asked_ms = std::exchange(asked_wait_ms_, 0);
  const bool is_elsewhere = std::exchange(asked_elsewhere_, false);
  const bool is_round_over = addresses_.failed();
  if (is_elsewhere || (!is_round_over && asked_ms == 0)) {
    return kNextAddressMs + backoff_.jitter_ms(kNextAddressMs);
  }
  return is_round_over ? std::max(backoff_.next_ms(), asked_ms) : asked_ms;
}

void Shipper::close() {
  // A commit that nobody has looked at yet is a promise all the same.
  if (link_ && state_ == State::shipping) {
    for (const v1::ShipResponse& response : link_->take()) {
      if (response.has_commit()) (void)take_commit(response.commit());
    }
  }
  link_.reset();
  state_ = State::pausing;
  if (const Status written = outbox_.write_due(true); !written.is_ok()) say(written);
}

std::vector<std::string> Shipper::watch_folders() const {
  return reader_ ? reader_->folders() : std::vector<std::string>();
}

// A send can fail before we have heard why.
Status Shipper::broken() const {
  const std::string problem = link_->problem();
  return unavailable(problem.empty() ? "the connection to the collector broke" : problem);
}

// ------------------------------------------------------------------ from Hello to Resume

Status Shipper::open_spool() {
  ASSIGN_OR_RETURN(reader_, SpoolReader::open(files_, config_.spool_folder));
  window_ = Window();
  sent_.fill({});
  if (!is_loaded_) load_memory();
  state_ = State::opened;
  return ok();
}

void Shipper::load_memory() {
  is_loaded_ = true;
  for (const EventClass c : classes_by_urgency()) {
    const std::string path = config_.commit_folder + "/" + event_class_name(c);
    const auto text = read_file(files_, path, kCommitNoteBytesMax);
    if (!text.is_ok()) continue;
    const auto note = decode_commit_note(*text);
    if (note.is_ok()) last_commit_[index_of(c)] = *note;
  }
  const auto ends = read_file(files_, config_.state_folder + "/epoch_ends", kEpochEndsFileMax);
  if (ends.is_ok()) epoch_ends_.decode(*ends);
}

Status Shipper::greet() {
  ASSIGN_OR_RETURN(const v1::ShipRequest request, hello());
  save_epoch_ends();
  ASSIGN_OR_RETURN(link_, transport_.connect(addresses_.current()));
  resume_due_ns_ = clock_.now().boottime_ns + kResumeTimeoutNs;
  state_ = State::greeted;
  return send(request);
}

Result<v1::ShipRequest> Shipper::hello() {
  v1::ShipRequest request;
  v1::Hello& hello = *request.mutable_hello();
  hello.set_protocol_version(kProtocolVersion);
  hello.set_uplink_version(SPOOR_VERSION);
  ASSIGN_OR_RETURN(const Id machine_id, read_id_file(files_, config_.machine_id_file));
  ASSIGN_OR_RETURN(boot_id_, read_id_file(files_, "/proc/sys/kernel/random/boot_id"));
  hello.set_machine_id(id_text(machine_id));
  hello.set_boot_id(id_text(boot_id_));
  // Before the spool is looked at: what the status says is then true of what is offered.
  const auto agent = read_agent_status(files_, config_.spool_folder);
  if (agent.is_ok()) hello.set_agent_boot_id(id_text(agent->boot_id));
  awaits_agent_ = !agent.is_ok() || agent->boot_id != boot_id_;
  hello.set_host(config_.host);
  hello.set_switch_log(config_.switch_log);
  const auto log_id = read_id_file(files_, config_.state_folder + "/log_id");
  if (log_id.is_ok()) hello.set_log_id(id_text(*log_id));
  for (const EventClass c : classes_by_urgency()) {
    v1::StreamOffer& to = *hello.add_streams();
    RETURN_IF_ERROR(offer(c, to));
    const std::optional<CommitNote>& last = last_commit_[index_of(c)];
    const bool is_of_this_log = last && log_id.is_ok() && last->log_id == *log_id;
    if (is_of_this_log && last->stream == reader_->stream(c))
      *to.mutable_last_commit() = to_message(*last);
  }
  return request;
}

Status Shipper::offer(EventClass c, v1::StreamOffer& to) {
  ASSIGN_OR_RETURN(const SpoolReader::Held held, reader_->held(c));
  to.set_stream(id_text(held.stream));
  to.set_stream_class(static_cast<v1::Class>(c));
  // What comes first follows nothing: where the oldest frame held is not the stream's first, what
  // is missing before it is said with Skips, to a log that knows nothing of the stream, too.
  to.set_chain_before(std::string(as_text(Hash{})));
  for (const FrameHead& start : held.starts) epoch_ends_.saw(c, start);
  // An agent that began very often: the oldest are shipped without having been offered.
  const size_t left_out = std::max(held.ranges.size(), kEpochsOfferedMax) - kEpochsOfferedMax;
  for (const auto& range : std::span(held.ranges).subspan(left_out)) {
    v1::EpochRange& epoch = *to.add_epochs();
    epoch.set_epoch(range.epoch);
    epoch.set_nonce(id_text(range.nonce));
    epoch.set_first_sequence(range.first_sequence);
    epoch.set_last_sequence(range.last_sequence);
  }
  offered_[index_of(c)] = {};
  if (!held.ranges.empty())
    offered_[index_of(c)] = {held.ranges.back().epoch, held.ranges.back().last_sequence};
  // A new epoch without a frame yet tells a host that was started anew, and may have lost what it
  // had not synced, from one that was rolled back.
  const uint64_t newest = held.ranges.empty() ? 0 : held.ranges.back().epoch;
  if (held.writing_epoch > newest) {
    v1::EpochRange& epoch = *to.add_epochs();
    epoch.set_epoch(held.writing_epoch);
    epoch.set_nonce(id_text(held.writing_nonce));
    epoch.set_first_sequence(1);
  }
  return ok();
}

Result<Shipper::Next> Shipper::await_resume() {
  for (const v1::ShipResponse& response : link_->take()) {
    if (response.has_refuse()) return refused(response.refuse());
    // A wish of the collector's may come before its Resume.
    if (response.has_commit()) {
      RETURN_IF_ERROR(take_commit(response.commit()));
    } else if (response.has_resume() && state_ == State::greeted) {
      RETURN_IF_ERROR(resume(response.resume()));
    } else {
      return unavailable("the collector answered Hello with something else");
    }
  }
  if (state_ == State::shipping) return Next{};
  if (!link_->is_open()) return broken();
  if (clock_.now().boottime_ns > resume_due_ns_)
    return unavailable("the collector does not answer");
  return Next{.wait_ms = kResumeLookMs};
}

// A host belongs to one log: another one would begin in the middle and know nothing of before.
Status Shipper::bind_log(const std::string& log_id) {
  Id id;
  if (!read_array(log_id, id)) return unavailable("the collector gave no log id");
  log_id_ = id;
  const std::string path = config_.state_folder + "/log_id";
  const auto bound = read_id_file(files_, path);
  if (bound.is_ok()) {
    if (*bound == id) return ok();
    if (!config_.switch_log) {
      addresses_.leads_elsewhere();
      return denied("this collector's log is " + to_hex(id) + ", but this host is bound to " +
                    to_hex(*bound) + " (`switch_log: yes` lets it leave that one)");
    }
    log_warning("leaving the log {} for {}, as switch_log allows", to_hex(*bound), to_hex(id));
    last_commit_.fill(std::nullopt);
  } else if (bound.code() != Code::not_found) {
    return bound.status();
  }
  return write_file(files_, path, to_hex(id) + "\n");
}

Status Shipper::resume(const v1::Resume& resume) {
  RETURN_IF_ERROR(bind_log(resume.log_id()));
  bool is_log_ahead = false;
  for (const EventClass c : classes_by_urgency()) {
    StreamPoint& point = sent_[index_of(c)];
    std::optional<Hash> chain;
    for (const v1::StreamResume& stream : resume.streams()) {
      if (stream.stream() != id_text(reader_->stream(c)) || stream.epoch() == 0) continue;
      point = {stream.epoch(), stream.next_sequence() == 0 ? 0 : stream.next_sequence() - 1};
      if (Hash there; read_array(stream.chain(), there)) {
        chain = there;
        epoch_ends_.reached(c, reader_->stream(c), point, there);
      }
    }
    is_log_ahead = is_log_ahead || point > offered_[index_of(c)];
    sent_chain_[index_of(c)] = chain.value_or(Hash());
    reader_->seek(c, point, chain);
  }
  awaits_agent_ = awaits_agent_ && is_log_ahead;
  ++connects_;
  status_due_ns_ = 0;
  look_due_ns_ = 0;
  state_ = State::shipping;
  addresses_.worked();
  log_info("shipping {} to {}", config_.spool_folder, addresses_.current());
  return ok();
}

// ------------------------------------------------------------------ what comes back

Status Shipper::refused(const v1::Refuse& refuse) {
  constexpr uint64_t kAskedWaitMsMax = 600'000;
  asked_wait_ms_ = static_cast<int64_t>(std::min(refuse.retry_after_ms(), kAskedWaitMsMax));
  const Refusal refusal = refusal_of(refuse.code());
  if (refusal.needs_person) asked_wait_ms_ = std::max(asked_wait_ms_, kPersonWaitMs);
  // Everybody is asked for the same wait, and must not come back at the same moment.
  asked_wait_ms_ += backoff_.jitter_ms(asked_wait_ms_ / 2);
  if (refuse.code() == v1::Refuse::CODE_EXPIRED) transport_.certificate_expired();
  if (refuse.code() == v1::Refuse::CODE_LOG_ID) addresses_.leads_elsewhere();
  const std::vector<std::string> named(refuse.addresses().begin(), refuse.addresses().end());
  asked_elsewhere_ = addresses_.learn(named);
  // Where somebody's words end, ours begin: both on one line, and fit for a terminal.
  const std::string text = "the collector refuses: " +
                           visible(std::string_view(refuse.text()).substr(0, kRefuseTextMax)) +
                           refusal.advice;
  return state_ == State::greeted ? denied(text) : unavailable(text);
}

Status Shipper::take_responses() {
  for (const v1::ShipResponse& response : link_->take()) {
    if (response.has_commit()) RETURN_IF_ERROR(take_commit(response.commit()));
    if (response.has_refuse()) return refused(response.refuse());
  }
  return ok();
}

Status Shipper::take_commit(const v1::CommitPoint& commit) {
  ASSIGN_OR_RETURN(const CommitNote note, to_note(commit));
  for (const EventClass c : classes_by_urgency()) {
    if (note.stream != reader_->stream(c)) continue;
    window_.committed(c, point_of(note));
    outbox_.put(c, note);
    last_commit_[index_of(c)] = note;
    if (note.wish == CommitWish::none) {
      // A connection that gets nothing done is no reason to hurry the next one.
      backoff_.reset();
      said_.clear();
      continue;
    }
    log_warning("{}: the collector's log and this host's spool went apart; the agent is asked to "
                "go on anew", event_class_name(c));
    rests_until_ns_[index_of(c)] = clock_.now().boottime_ns + kNewEpochWaitNs;
    // The next commit of the stream must not take the wish's place before anybody has seen it.
    if (const Status written = outbox_.write_due(true); !written.is_ok()) say(written);
  }
  return ok();
}

// ------------------------------------------------------------------ what goes out

// A call that takes nothing more may have been refused, which says more than that it broke.
Status Shipper::send(const v1::ShipRequest& request) {
  if (link_->send(request)) return ok();
  RETURN_IF_ERROR(take_responses());
  return broken();
}

Result<Shipper::Next> Shipper::ship() {
  RETURN_IF_ERROR(take_responses());
  if (!link_->is_open()) return broken();
  RETURN_IF_ERROR(end_waits_for_new_epochs());
  if (const int64_t now_ns = clock_.now().boottime_ns; now_ns >= look_due_ns_) {
    look_due_ns_ = now_ns + kLookNs;
    unread_ = kAnyGrowth;
  }
  for (const EventClass c : classes_by_urgency()) RETURN_IF_ERROR(ship_some(c));
  save_epoch_ends();
  RETURN_IF_ERROR(send_status());
  if (const Status status = outbox_.write_due(false); !status.is_ok()) say(status);
  return Next{.wait_ms = window_.is_full() ? kFullMs : has_more() ? 0 : kIdleMs};
}

bool Shipper::has_more() const {
  for (size_t i = 0; i < kEventClasses; ++i) {
    if (unread_[i] != Growth::none && rests_until_ns_[i] == 0) return true;
  }
  return false;
}

// The spool of a stream that rested is another one now: it has to be offered anew.
Status Shipper::end_waits_for_new_epochs() {
  const int64_t now_ns = clock_.now().boottime_ns;
  bool is_over = false;
  for (int64_t& until_ns : rests_until_ns_) {
    if (until_ns == 0 || now_ns < until_ns) continue;
    until_ns = 0;
    is_over = true;
  }
  return is_over ? unavailable("connecting anew, now that the agent was asked for a new epoch")
                 : ok();
}

Status Shipper::ship_some(EventClass c) {
  if (rests_until_ns_[index_of(c)] != 0) return ok();
  Growth& unread = unread_[index_of(c)];
  for (int i = 0; i < kFramesAtOnce && unread != Growth::none && !window_.is_full(); ++i) {
    ASSIGN_OR_RETURN(auto frame, reader_->next(c, unread));
    if (frame) RETURN_IF_ERROR(send_frame(*frame));
    else unread = Growth::none;
  }
  if (reader_->has_met(c)) learn_ours(c);
  return ok();
}

// Where the log ends is a point of our own history.
void Shipper::learn_ours(EventClass c) {
  const Hash& chain = sent_chain_[index_of(c)];
  if (!ours_[index_of(c)].contains(chain)) ours_[index_of(c)].add(chain);
}

Status Shipper::send_frame(SpooledFrame& frame) {
  const FrameHeader& header = frame.head.header;
  StreamPoint& point = sent_[index_of(frame.event_class)];
  epoch_ends_.saw(frame.event_class, frame.head);
  if (reader_->has_met(frame.event_class)) learn_ours(frame.event_class);
  // The frame may follow something that the collector does not have and the spool has no more.
  RETURN_IF_ERROR(send_skips(frame));
  const StreamPoint end{header.epoch, header.last_sequence};
  const bool follows = frame.head.previous_chain == sent_chain_[index_of(frame.event_class)];
  if (follows) learn_ours(frame.event_class);
  else RETURN_IF_ERROR(send_checkpoint_skip(frame));
  // One that begins just behind the point may stand for checkpoints, too, which the log has.
  const bool is_in_part = header.epoch == point.epoch && !follows &&
                          header.first_sequence <= point.sequence + 1 && end > point;
  const bool is_rest = frame.tombstone && is_in_part && is_ours(frame.event_class);
  const StreamPoint from = std::exchange(point, end);
  sent_chain_[index_of(frame.event_class)] = frame.chain_after();
  // Once, however often it is sent: their order is that of the stream.
  learn_ours(frame.event_class);
  // The spool gave up what the log has in part: only the rest is missing there. Where the log's
  // part may be another host's the tombstone goes as it is, which the log answers with a wish.
  if (is_rest) {
    const EpochEnds::Hole rest{header.epoch, header.epoch_nonce, from.sequence + 1,
                               header.last_sequence, frame.tombstone->end_chain};
    return send_skip(frame, from, rest, loss_cause(frame.tombstone->cause));
  }
  const size_t bytes = frame.block.size();
  v1::ShipRequest request;
  request.mutable_frame()->set_block(std::move(frame.block));
  RETURN_IF_ERROR(send(request));
  window_.sent(frame.event_class, point, bytes, header.time_min_ns);
  bytes_sent_ += bytes;
  return ok();
}

// Whether the point up to which the log has the stream is known to be of our own history.
bool Shipper::is_ours(EventClass c) const {
  const Hash& chain = sent_chain_[index_of(c)];
  const std::optional<CommitNote>& last = last_commit_[index_of(c)];
  const bool is_committed = last && last->wish == CommitWish::none && last->chain == chain;
  return is_committed || ours_[index_of(c)].contains(chain) || reader_->gave_up(c, chain) ||
         reader_->has_followed(c, log_id_, sent_[index_of(c)]);
}

// The same, or the log came back older than what it had promised us, or has nothing yet.
bool Shipper::is_end_ours(EventClass c) const {
  const StreamPoint& end = sent_[index_of(c)];
  const std::optional<CommitNote>& last = last_commit_[index_of(c)];
  const bool was_promised = last && last->wish == CommitWish::none &&
                            last->stream == reader_->stream(c) && end <= point_of(*last);
  return end.epoch == 0 || was_promised || is_ours(c);
}

// What the collector had promised once is missing because the collector came back older.
Status Shipper::send_skips(const SpooledFrame& frame) {
  const StreamPoint from = sent_[index_of(frame.event_class)];
  const std::vector<EpochEnds::Hole> holes =
      epoch_ends_.holes(frame.event_class, from, frame.head);
  if (holes.empty()) return ok();
  // Of a point that may be another host's we say that we know none: the log answers with a wish.
  StreamPoint known = is_end_ours(frame.event_class) ? from : StreamPoint();
  const std::optional<CommitNote>& last = last_commit_[index_of(frame.event_class)];
  const bool has_promise = last && last->stream == frame.head.header.stream;
  for (EpochEnds::Hole hole : holes) {
    const StreamPoint end{hole.epoch, hole.last_sequence};
    const StreamPoint promised = has_promise ? point_of(*last) : StreamPoint();
    const bool is_split = promised < end && promised.epoch == hole.epoch &&
                          promised.sequence >= hole.first_sequence;
    if (is_split) {
      const EpochEnds::Hole first{hole.epoch, hole.nonce, hole.first_sequence, promised.sequence,
                                  last->chain};
      RETURN_IF_ERROR(send_skip(frame, known, first, v1::Loss::CAUSE_COLLECTOR_ROLLBACK));
      known = promised;
      hole.first_sequence = promised.sequence + 1;
    }
    RETURN_IF_ERROR(send_skip(frame, known, hole, end <= promised
                                                      ? v1::Loss::CAUSE_COLLECTOR_ROLLBACK
                                                      : v1::Loss::CAUSE_SPOOL_MISSING));
    known = end;
  }
  return ok();
}

// The frame follows a checkpoint at the point where the log ends, which the spool has no more: it
// was given up, or damage took it. It has no sequence that would be missed, but the chain does not
// go on without it.
Status Shipper::send_checkpoint_skip(const SpooledFrame& frame) {
  const FrameHeader& header = frame.head.header;
  const StreamPoint& end = sent_[index_of(frame.event_class)];
  const bool is_behind_end = end.epoch != 0 && end.sequence != 0 &&
                             StreamPoint{header.previous_epoch, header.previous_sequence} == end;
  // Where we have sent what it follows before the log's end, the log has that checkpoint, and more.
  const bool has_log_more = ours_[index_of(frame.event_class)].came_before(
      frame.head.previous_chain, sent_chain_[index_of(frame.event_class)]);
  // A tombstone that stands for it, too, is told as a Skip by itself.
  const bool stands_for_it = frame.tombstone && header.epoch == end.epoch;
  if (!is_behind_end || has_log_more || stands_for_it || !is_ours(frame.event_class)) return ok();
  const Id nonce = header.epoch == end.epoch ? header.epoch_nonce : Id{};
  log_warning("{}: a checkpoint behind event {} of epoch {} is in the spool no more: saying so to "
              "the collector", event_class_name(frame.event_class), end.sequence, end.epoch);
  return send_skip(frame, end,
                   {end.epoch, nonce, end.sequence + 1, end.sequence, frame.head.previous_chain},
                   frame.given_up_before ? loss_cause(*frame.given_up_before)
                                         : v1::Loss::CAUSE_SPOOL_MISSING);
}

Status Shipper::send_skip(const SpooledFrame& frame, StreamPoint previous,
                          const EpochEnds::Hole& hole, v1::Loss::Cause cause) {
  v1::ShipRequest request;
  v1::Skip& skip = *request.mutable_skip();
  skip.set_stream(id_text(frame.head.header.stream));
  skip.set_stream_class(static_cast<v1::Class>(frame.event_class));
  skip.set_epoch(hole.epoch);
  if (hole.nonce != Id{}) skip.set_nonce(id_text(hole.nonce));
  skip.set_first_sequence(hole.first_sequence);
  skip.set_last_sequence(hole.last_sequence);
  skip.set_events(hole.last_sequence - hole.first_sequence + 1);
  skip.set_chain_after(std::string(as_text(hole.chain_after)));
  skip.set_cause(cause);
  skip.set_previous_epoch(previous.epoch);
  skip.set_previous_sequence(previous.sequence);
  if (skip.events() > 0)
    log_warning("{} events {}..{} of epoch {} are in the spool no more: saying so to the collector",
                event_class_name(frame.event_class), skip.first_sequence(), skip.last_sequence(),
                skip.epoch());
  return send(request);
}

Status Shipper::send_status() {
  const Instant now = clock_.now();
  if (now.boottime_ns < status_due_ns_) return ok();
  status_due_ns_ = now.boottime_ns + kStatusNs;
  v1::ShipRequest request;
  v1::Status& status = *request.mutable_status();
  const auto agent = read_agent_status(files_, config_.spool_folder);
  if (awaits_agent_ && agent.is_ok() && agent->boot_id == boot_id_)
    return unavailable("connecting anew: the log is ahead of the spool, and the agent has begun");
  if (agent.is_ok()) fill_agent_status(*agent, status);
  status.set_uplink_bytes_sent(bytes_sent_);
  status.set_uplink_reconnects(connects_);
  status.set_spool_frames_behind(window_.frames());
  status.set_oldest_unsent_ns(window_.oldest_ns());
  status.set_uplink_realtime_ns(now.realtime_ns);
  status.set_uplink_boottime_ns(now.boottime_ns);
  (void)link_->send(request);  // a broken call shows in is_open()
  return ok();
}

void Shipper::save_epoch_ends() {
  if (!epoch_ends_.has_news()) return;
  const Status written =
      write_file(files_, config_.state_folder + "/epoch_ends", epoch_ends_.encode());
  if (written.is_ok()) epoch_ends_.saved();
  else say(written);
}

// The same trouble once, not at every try: of each address, that is.
void Shipper::say(const Status& status) {
  if (status.is_ok()) return;
  const std::string text = (addresses_.has_several() ? addresses_.current() + ": " : "") +
                           status.message();
  if (said_.size() == kSaidMax) said_.clear();
  if (said_.insert(text).second) log_warning("{}; trying again", text);
}

}  // namespace spoor::uplink
