#include "collector/receive/ship_session.h"

#include <cstring>

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
      // The other fields are the agent's to fill, which does not report here yet.
      log_debug("{}: the uplink has sent {} bytes, and connected anew {} times", agent_,
                request.status().uplink_bytes_sent(), request.status().uplink_reconnects());
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
  state_ = State::awaits_resume;
  if (!intake_.hello(self, std::move(facts.host), std::move(facts.offers)))
    return on_refused({v1::Refuse::CODE_UNAVAILABLE, "the collector is stopping", kRetryAfterMs});
  return {};
}

ShipSession::Reply ShipSession::on_resume(ResumeAnswer answer) {
  if (state_ != State::awaits_resume) return {};
  state_ = State::shipping;
  agent_ = std::move(answer.agent);
  Reply reply;
  reply.read_on = true;
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
    streams_[state.offer.stream] = std::move(state);
  }
  return reply;
}

// Everything that can be told from the outside of the block, before it goes to the writer.
ShipSession::Reply ShipSession::on_frame(const std::shared_ptr<Peer>& self, std::string block) {
  if (block.size() > kFrameBytesMax)
    return refuse(v1::Refuse::CODE_LIMIT, "a frame larger than " + std::to_string(kFrameBytesMax) +
                                              " bytes");
  const Result<BlockOutside> outside = read_block_outside(as_bytes(block));
  if (!outside.is_ok()) {
    const bool newer = outside.code() == Code::invalid;
    return refuse(newer ? v1::Refuse::CODE_VERSION : v1::Refuse::CODE_CORRUPT,
                  outside.status().message());
  }
  if (outside->size != block.size() || outside->frames.size() != 1)
    return refuse(v1::Refuse::CODE_PROTOCOL, "a Frame must hold exactly one frame");
  if (outside->text_retired)
    return refuse(v1::Refuse::CODE_PROTOCOL, "a frame's text was taken out on its way");
  const FrameHead& head = outside->frames.front();
  const auto stream = streams_.find(head.header.stream);
  if (stream == streams_.end())
    return refuse(v1::Refuse::CODE_PROTOCOL, "a frame of a stream that the Hello did not offer");
  std::optional<Tombstone> tombstone;
  if (head.header.kind == FrameKind::tombstone) {
    const Result<Tombstone> opened = open_tombstone(as_bytes(block));
    if (!opened.is_ok())
      return refuse(opened.code() == Code::full ? v1::Refuse::CODE_LIMIT : v1::Refuse::CODE_CORRUPT,
                    opened.status().message());
    tombstone = *opened;
  }
  Verdict verdict = judge_frame(head, tombstone, stream->second);
  return follow(self, stream->second, std::move(verdict), std::move(block), head.chain);
}

ShipSession::Reply ShipSession::on_skip(const std::shared_ptr<Peer>& self, const v1::Skip& skip) {
  Id id{};
  if (skip.stream().size() != id.size())
    return refuse(v1::Refuse::CODE_PROTOCOL, "Skip: a stream id must have 16 bytes");
  std::memcpy(id.data(), skip.stream().data(), id.size());
  const auto stream = streams_.find(id);
  if (stream == streams_.end())
    return refuse(v1::Refuse::CODE_PROTOCOL, "Skip: the Hello did not offer this stream");
  SkipVerdict skipped = judge_skip(skip, stream->second);
  if (skipped.verdict.kind == Verdict::Kind::accept)
    log_warning("{}: {} events of class {} will never come: epoch {}, sequences {} to {}", agent_,
                skip.events(), event_class_name(stream->second.offer.event_class), skip.epoch(),
                skip.first_sequence(), skip.last_sequence());
  return follow(self, stream->second, std::move(skipped.verdict), std::move(skipped.block),
                skipped.chain);
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
    v1::ShipResponse again = commit_point(stream.durable, clock_.now().realtime_ns);
    again.mutable_commit()->set_wish(v1::CommitPoint::WISH_NEW_EPOCH);
    reply.messages.insert(reply.messages.begin(), std::move(again));
    return reply;
  }
  const RecentFrame frame{verdict.head.epoch, verdict.head.sequence, own_chain};
  QueuedBlock queued{stream.head, frame,
                     {agent_, clock_.now().realtime_ns, verdict.head, std::move(block)}};
  const Intake::Put put = intake_.put(self, std::move(queued));
  if (put == Intake::Put::closed)
    return on_refused({v1::Refuse::CODE_UNAVAILABLE, "the collector is stopping", kRetryAfterMs});
  if (put == Intake::Put::taken_over)
    return on_refused({v1::Refuse::CODE_UNAVAILABLE,
                       "a newer connection of this agent has taken over", kRetryAfterMs});
  stream.head = verdict.head;
  stream.recent.add(frame);
  Reply reply;
  reply.read_on = put == Intake::Put::queued;
  return reply;
}

ShipSession::Reply ShipSession::on_commit(const StreamHead& head, int64_t time_ns) {
  const auto stream = streams_.find(head.stream);
  if (stream == streams_.end()) return {};
  stream->second.durable = head;
  if (state_ == State::ended) return {};
  Reply reply;
  reply.messages.push_back(commit_point(head, time_ns));
  return reply;
}

ShipSession::Reply ShipSession::on_refused(const Refusal& refusal) {
  if (state_ == State::ended) return {};
  state_ = State::ended;
  Reply reply;
  reply.end = true;
  v1::Refuse& out = *reply.messages.emplace_back().mutable_refuse();
  out.set_code(refusal.code);
  out.set_text(refusal.text);
  out.set_retry_after_ms(refusal.retry_after_ms);
  log_info("refused {}: {}", agent_.empty() ? "an uplink" : agent_, refusal.text);
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

v1::ShipResponse ShipSession::commit_point(const StreamHead& head, int64_t time_ns) const {
  v1::ShipResponse out;
  v1::CommitPoint& commit = *out.mutable_commit();
  commit.set_log_id(std::string(as_text(log_.id)));
  commit.set_log_generation(log_.generation);
  commit.set_stream(std::string(as_text(head.stream)));
  commit.set_epoch(head.epoch);
  commit.set_sequence(head.sequence);
  commit.set_chain(std::string(as_text(head.chain)));
  commit.set_time_ns(time_ns);
  commit.set_algorithm(v1::CommitPoint::ALGORITHM_NONE);
  return out;
}

}  // namespace spoor::collector
