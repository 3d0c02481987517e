#include "collector/receive/ship_session.h"

#include <algorithm>
#include <cstring>

#include "collector/connection_limits.h"
#include "collector/receive/hello.h"
#include "common/log.h"

namespace spoor::collector {

ShipSession::Reply ShipSession::on_message(const std::shared_ptr<Peer>& self,
                                           v1::ShipRequest& request) {
  using Message = v1::ShipRequest;
  if (state_ == State::ended) return {};
  const bool is_hello = request.message_case() == Message::kHello;
  if (is_hello != (state_ == State::expects_hello))
    return refuse(v1::Refuse::CODE_PROTOCOL,
                  is_hello ? "a second Hello" : "the first message must be Hello");
  switch (request.message_case()) {
    case Message::kHello:
      return on_hello(self, request.hello());
    case Message::kFrame:
      return on_frame(self, std::move(*request.mutable_frame()->mutable_block()));
    case Message::kSkip:
      return on_skip(self, request.skip());
    case Message::kStatus:
      if (keep_status_) keep_status_(agent_, request.status(), clock_.now());
      return on_room();
    case Message::MESSAGE_NOT_SET:
      break;
  }
  return refuse(v1::Refuse::CODE_PROTOCOL, "a message that this collector does not know");
}

ShipSession::Reply ShipSession::on_hello(const std::shared_ptr<Peer>& self,
                                         const v1::Hello& hello) {
  std::variant<HelloFacts, Refusal> read = read_hello(hello, log_.id);
  if (const auto* refusal = std::get_if<Refusal>(&read)) return on_refused(*refusal);
  HelloFacts& facts = std::get<HelloFacts>(read);
  if (peer_.machine_id && *peer_.machine_id != facts.machine_id)
    return refuse(v1::Refuse::CODE_DENIED,
                  "the certificate of " + peer_.agent + " is bound to another machine; enrol this "
                  "one by a token of its own");
  state_ = State::awaits_resume;
  machine_id_ = facts.machine_id;
  Speaker speaker{std::move(facts.host), facts.machine_id,  facts.boot_id,
                  peer_.address,         peer_.certificate, peer_.agent,
                  facts.agent_has_begun, facts.left_log};
  if (!intake_.hello(self, std::move(speaker), std::move(facts.offers)))
    return on_refused({v1::Refuse::CODE_UNAVAILABLE, "the collector is stopping", kRetryAfterMs});
  return {};
}

ShipSession::Reply ShipSession::on_resume(ResumeAnswer answer) {
  if (state_ != State::awaits_resume) return {};
  state_ = State::shipping;
  agent_ = std::move(answer.agent);
  log_.generation = std::max(log_.generation, answer.generation);
  Reply reply;
  reply.read_on = true;
  std::vector<v1::ShipResponse> wishes;
  const int64_t now_ns = clock_.now().realtime_ns;
  v1::Resume& resume = *reply.messages.emplace_back().mutable_resume();
  resume.set_log_id(std::string(as_text(log_.id)));
  resume.set_log_generation(log_.generation);
  for (StreamState& state : answer.streams) {
    v1::StreamResume& out = *resume.add_streams();
    out.set_stream(std::string(as_text(state.offer.stream)));
    out.set_epoch(state.head.epoch);
    out.set_lowest_epoch(state.head.epoch);
    if (state.head.epoch > 0) {
      out.set_next_sequence(state.head.sequence + 1);
      out.set_chain(std::string(as_text(state.head.chain)));
    }
    if (state.wish != CommitWish::none)
      wishes.push_back(commit_point(state.durable, now_ns, state.wish));
    streams_[state.offer.stream] = std::move(state);
  }
  for (v1::ShipResponse& wish : wishes) reply.messages.push_back(std::move(wish));
  if (!answer.refusal) return reply;
  Reply last = on_refused(*answer.refusal);
  reply.messages.push_back(std::move(last.messages.back()));
  reply.read_on = false;
  reply.end = true;
  return reply;
}

// Everything that can be told from the outside of the block, before it goes to the writer.
ShipSession::Reply ShipSession::on_frame(const std::shared_ptr<Peer>& self, std::string block) {
  if (block.size() > kFrameBytesMax)
    return refuse(v1::Refuse::CODE_LIMIT, "a frame larger than " + std::to_string(kFrameBytesMax) +
                                              " bytes");
  const Result<BlockOutside> outside = read_block_outside(as_bytes(block));
  if (!outside.is_ok()) return refuse(v1::Refuse::CODE_CORRUPT, outside.status().message());
  if (outside->size != block.size() || outside->frames.size() != 1)
    return refuse(v1::Refuse::CODE_PROTOCOL, "a Frame must hold exactly one frame");
  if (outside->text_retired)
    return refuse(v1::Refuse::CODE_PROTOCOL, "a frame's text was taken out on its way");
  const FrameHead& head = outside->frames.front();
  const auto stream = streams_.find(head.header.stream);
  if (stream == streams_.end())
    return refuse(v1::Refuse::CODE_PROTOCOL, "a frame of a stream that the Hello did not offer");
  if (stream->second.wish != CommitWish::none) return refuse_until_anew();
  std::optional<Tombstone> tombstone;
  if (head.header.kind == FrameKind::tombstone) {
    const Result<Tombstone> opened = open_tombstone(as_bytes(block));
    if (!opened.is_ok())
      return refuse(opened.code() == Code::full ? v1::Refuse::CODE_LIMIT : v1::Refuse::CODE_CORRUPT,
                    opened.status().message());
    tombstone = *opened;
  }
  // Only a Skip stands for checkpoints, once.
  if (tombstone && head.header.last_sequence < head.header.first_sequence)
    return refuse(v1::Refuse::CODE_PROTOCOL, "a tombstone of no sequence");
  know_agents_epoch(stream->second);
  Verdict verdict = judge_frame(head, tombstone, stream->second);
  if (verdict.refusal.code == v1::Refuse::CODE_FORK) tell_fork(self, stream->second, head);
  return follow(self, stream->second, std::move(verdict), std::move(block), head.chain);
}

void ShipSession::know_agents_epoch(StreamState& of) const {
  for (const auto& [id, stream] : streams_)
    of.agent_epoch = std::max(of.agent_epoch, stream.head.epoch);
}

// It was on its way when the wish was. Taken, it would hide what the log does not have before it.
ShipSession::Reply ShipSession::refuse_until_anew() {
  return refuse(v1::Refuse::CODE_UNAVAILABLE,
                "the stream has to go on anew first, as it was asked");
}

ShipSession::Reply ShipSession::on_skip(const std::shared_ptr<Peer>& self, const v1::Skip& skip) {
  Id id{};
  if (skip.stream().size() != id.size())
    return refuse(v1::Refuse::CODE_PROTOCOL, "Skip: a stream id must have 16 bytes");
  std::memcpy(id.data(), skip.stream().data(), id.size());
  const auto stream = streams_.find(id);
  if (stream == streams_.end())
    return refuse(v1::Refuse::CODE_PROTOCOL, "Skip: the Hello did not offer this stream");
  if (stream->second.wish != CommitWish::none) return refuse_until_anew();
  know_agents_epoch(stream->second);
  SkipVerdict skipped = judge_skip(skip, stream->second);
  if (skipped.verdict.kind == Verdict::Kind::accept && skip.events() > 0)
    log_warning("{}: {} events of class {} will never come: epoch {}, sequences {} to {}", agent_,
                skip.events(), event_class_name(stream->second.offer.event_class), skip.epoch(),
                skip.first_sequence(), skip.last_sequence());
  if (skipped.verdict.refusal.code == v1::Refuse::CODE_FORK)
    tell_fork(self, stream->second, skipped.frame);
  return follow(self, stream->second, std::move(skipped.verdict), std::move(skipped.block),
                skipped.frame.chain);
}

ShipSession::Reply ShipSession::follow(const std::shared_ptr<Peer>& self, StreamState& stream,
                                       Verdict verdict, std::string block, const Hash& own_chain) {
  if (verdict.kind == Verdict::Kind::duplicate) {
    Reply reply = on_room();
    // What is not committed yet will be told when it is.
    if (stream.durable.epoch > 0)
      reply.messages.push_back(commit_point(stream.durable, clock_.now().realtime_ns));
    return reply;
  }
  if (verdict.kind == Verdict::Kind::refuse) {
    const bool fork = verdict.refusal.code == v1::Refuse::CODE_FORK && stream.durable.epoch > 0;
    Reply reply = on_refused(verdict.refusal);
    if (!fork) return reply;
    v1::ShipResponse again =
        commit_point(stream.durable, clock_.now().realtime_ns, CommitWish::new_epoch);
    reply.messages.insert(reply.messages.end() - 1, std::move(again));
    return reply;
  }
  const int64_t now_ns = clock_.now().boottime_ns;
  if (now_ns - of_late_since_ns_ >= kJoinCommitsNs) {
    of_late_since_ns_ = now_ns;
    bytes_of_late_ = 0;
  }
  bytes_of_late_ += block.size();
  const RecentFrame frame{verdict.head.epoch, verdict.head.sequence, own_chain};
  QueuedBlock queued{stream.head, frame,
                     {agent_, clock_.now().realtime_ns, verdict.head, std::move(block)}};
  const Intake::Put put = intake_.put(self, std::move(queued));
  if (put == Intake::Put::closed)
    return on_refused({v1::Refuse::CODE_UNAVAILABLE, "the collector is stopping", kRetryAfterMs});
  if (put == Intake::Put::taken_over)
    return on_refused({v1::Refuse::CODE_UNAVAILABLE,
                       "a newer connection of this agent has taken over", kRetryAfterMs});
  stream.points.moved(stream.head, verdict.head);
  stream.head = verdict.head;
  stream.recent.add(frame);
  Reply reply;
  reply.read_on = put == Intake::Put::queued;
  return reply;
}

void ShipSession::tell_fork(const std::shared_ptr<Peer>& self, const StreamState& stream,
                            const FrameHead& frame) {
  v1::StreamConflict conflict;
  conflict.set_kind(v1::StreamConflict::KIND_FORK);
  conflict.set_stream(std::string(as_text(stream.offer.stream)));
  v1::StreamPoint& offered = *conflict.mutable_offered();
  offered.set_epoch(frame.header.epoch);
  offered.set_epoch_nonce(std::string(as_text(frame.header.epoch_nonce)));
  offered.set_sequence(frame.header.last_sequence);
  offered.set_chain(std::string(as_text(frame.chain)));
  conflict.set_refused_header(encode_header(frame.header));
  conflict.set_refused_previous_chain(std::string(as_text(frame.previous_chain)));
  intake_.tell(self, {std::move(conflict), stream.offer.newest_epoch()});
}

ShipSession::Reply ShipSession::on_commit(const StreamHead& head, int64_t time_ns,
                                          bool may_wait) {
  const auto stream = streams_.find(head.stream);
  if (stream == streams_.end()) return {};
  stream->second.durable = head;
  if (state_ == State::ended) return {};
  const bool waited_already = !untold_.empty();
  untold_[head.stream] = time_ns;
  if (!may_wait || !may_wait_with(head)) return on_commits_due();
  Reply reply;
  reply.has_untold = !waited_already;
  return reply;
}

// Of a login the log has to have, and the host to know that it has, as soon as can be. Otherwise
// nobody waits for the commit of a quiet agent's frame: its uplink has 16 MiB that it may send.
bool ShipSession::may_wait_with(const StreamHead& head) const {
  if (has_hung_up_ || head.event_class == EventClass::access) return false;
  if (bytes_of_late_ >= kJoinCommitsBytesMax || !told_ns_) return false;
  return clock_.now().boottime_ns - *told_ns_ < kJoinCommitsNs;
}

ShipSession::Reply ShipSession::on_commits_due() {
  Reply reply;
  for (const auto& [stream, time_ns] : std::exchange(untold_, {}))
    reply.messages.push_back(commit_point(streams_.at(stream).durable, time_ns));
  if (!reply.messages.empty()) told_ns_ = clock_.now().boottime_ns;
  return reply;
}

ShipSession::Reply ShipSession::on_hung_up() {
  has_hung_up_ = true;
  return on_commits_due();
}

ShipSession::Reply ShipSession::on_refused(const Refusal& refusal) {
  if (state_ == State::ended) return {};
  state_ = State::ended;
  Reply reply = on_commits_due();
  reply.end = true;
  v1::Refuse& out = *reply.messages.emplace_back().mutable_refuse();
  out.set_code(refusal.code);
  out.set_text(refusal.text);
  out.set_retry_after_ms(refusal.retry_after_ms);
  // Over TLS anybody can be refused, as often as he likes: that is told with a bound (refusals.h).
  const std::string who = agent_.empty() ? "an uplink" : agent_;
  if (peer_.is_tls)
    log_debug("refused {}: {}", who, refusal.text);
  else
    log_info("refused {}: {}", who, refusal.text);
  return reply;
}

ShipSession::Reply ShipSession::on_room() {
  Reply reply;
  reply.read_on = state_ == State::shipping;
  return reply;
}

bool ShipSession::all_durable() const {
  for (const auto& [id, stream] : streams_) {
    if (stream.head != stream.durable) return false;
  }
  return true;
}

ShipSession::Reply ShipSession::refuse(v1::Refuse::Code code, std::string text) {
  return on_refused({code, std::move(text), 0});
}

v1::ShipResponse ShipSession::commit_point(const StreamHead& head, int64_t time_ns,
                                           CommitWish wish) const {
  const CommitNote note{log_.id,       log_.generation, head.stream, head.epoch,
                        head.sequence, head.chain,      time_ns,     {},         wish,
                        machine_id_};
  v1::ShipResponse out;
  v1::CommitPoint& commit = *out.mutable_commit();
  commit.set_log_id(std::string(as_text(note.log_id)));
  commit.set_log_generation(note.log_generation);
  commit.set_stream(std::string(as_text(note.stream)));
  commit.set_epoch(note.epoch);
  commit.set_sequence(note.sequence);
  commit.set_chain(std::string(as_text(note.chain)));
  commit.set_time_ns(note.time_ns);
  commit.set_wish(static_cast<v1::CommitPoint::Wish>(wish));
  if (wish != CommitWish::none) commit.set_machine_id(std::string(as_text(machine_id_)));
  if (!log_.key) return out;
  const Result<Signature> signature = log_.key->sign(as_bytes(commit_signing_bytes(note)));
  CHECK(signature.is_ok());
  commit.set_algorithm(v1::CommitPoint::ALGORITHM_ED25519);
  commit.set_signature(std::string(as_text(*signature)));
  return out;
}

}  // namespace spoor::collector
