#include "collector/receive/stream_state.h"

#include <algorithm>
#include <cstring>

#include "common/frame/writer.h"

namespace spoor::collector {

namespace {

// Far beyond any real stream, far from where counting would wrap.
constexpr uint64_t kSequenceMax = 1ull << 62;
// An agent begins one epoch a start, in all streams together. Who sends in a host's name cannot use
// up what the host, which is asked for a greater one then, has left. A stream that is new to the
// log begins wherever its agent is.
constexpr uint64_t kEpochsAheadMax = 1ull << 40;

Verdict accept(StreamHead head) {
  return {.kind = Verdict::Kind::accept, .head = head, .refusal = {}};
}
Verdict refuse(v1::Refuse::Code code, std::string text) {
  return {.kind = Verdict::Kind::refuse, .head = {}, .refusal = {code, std::move(text), 0}};
}

std::string place(uint64_t epoch, uint64_t sequence) {
  return "epoch " + std::to_string(epoch) + " sequence " + std::to_string(sequence);
}

// Why does what begins at (epoch, first) after `previous_chain` not continue the stream's head?
Verdict explain(const FrameHeader& h, const StreamState& stream, const Status& why) {
  const StreamHead& head = stream.head;
  const std::string at = place(h.epoch, h.first_sequence);
  if (h.epoch < head.epoch)
    return refuse(v1::Refuse::CODE_PROTOCOL,
                  at + ": the log is in epoch " + std::to_string(head.epoch) + " already");
  // What holds the head's sequence and is not what the log has there shows it by itself.
  if (h.epoch == head.epoch && h.first_sequence <= head.sequence &&
      h.last_sequence < head.sequence && !stream.recent.reaches(h.epoch, h.first_sequence))
    return refuse(v1::Refuse::CODE_PROTOCOL,
                  at + " lies before the point that Resume named; go on from there");
  if (h.epoch == head.epoch && h.first_sequence > head.sequence + 1)
    return refuse(v1::Refuse::CODE_GAP, at + ": expected sequence " +
                                            std::to_string(head.sequence + 1) +
                                            "; say what is missing with a Skip");
  const bool missing = h.previous_epoch > head.epoch || (h.previous_epoch == head.epoch &&
                                                         h.previous_sequence > head.sequence);
  if (h.epoch > head.epoch && missing)
    return refuse(v1::Refuse::CODE_GAP,
                  at + ": it follows " + place(h.previous_epoch, h.previous_sequence) +
                      ", the log ends at " + place(head.epoch, head.sequence) +
                      "; say what is missing with a Skip");
  return refuse(v1::Refuse::CODE_FORK,
                "the log holds another history of this stream (" + why.message() +
                    "): a copy of this host, or an older disk, is sending too");
}

// The first frame ever seen of a stream is taken where the agent's offer said it would begin.
Verdict judge_first(const FrameHead& frame, const StreamOffer& offer, const StreamHead& after) {
  const FrameHeader& h = frame.header;
  if (offer.chain_before &&
      (frame.previous_chain != *offer.chain_before || h.previous_epoch != offer.previous_epoch ||
       h.previous_sequence != offer.previous_sequence))
    return refuse(v1::Refuse::CODE_GAP, place(h.epoch, h.first_sequence) +
                                            " is not the oldest frame that Hello offered");
  return accept(after);
}

// Whether the point that a new epoch follows is one of the log's. Else the host, or a copy of it,
// has frames before that point which the log never had and would never ask for.
bool is_known_point(const FrameHead& frame, const StreamState& stream) {
  const StreamHead& head = stream.head;
  const bool is_beginning = frame.header.previous_epoch == 0;
  return is_beginning || frame.previous_chain == head.chain ||
         stream.points.contains(frame.previous_chain);
}

Verdict judge_place(const FrameHead& frame, const StreamState& stream, const StreamHead& after) {
  const FrameHeader& h = frame.header;
  if (stream.head.epoch == 0) return judge_first(frame, stream.offer, after);
  const bool nonce_known = stream.head.epoch_nonce != Id{};
  if (h.epoch == stream.head.epoch && nonce_known && h.epoch_nonce != stream.head.epoch_nonce)
    return refuse(v1::Refuse::CODE_FORK,
                  "epoch " + std::to_string(h.epoch) +
                      " was begun twice: a copy of this host is sending too");
  // A host that lost checkpoints with the power lost no event: it goes on from before them.
  const bool is_before_checkpoint =
      h.epoch > stream.head.epoch && stream.points.is_at_head(frame.previous_chain);
  const Expected expected{stream.head.epoch, stream.head.sequence + 1,
                          is_before_checkpoint ? frame.previous_chain : stream.head.chain};
  const Status continues = check_continues(frame, expected);
  if (!continues.is_ok()) return explain(h, stream, continues);
  if (h.epoch > stream.head.epoch && !is_known_point(frame, stream))
    return refuse(v1::Refuse::CODE_FORK,
                  place(h.epoch, h.first_sequence) + " follows " +
                      place(h.previous_epoch, h.previous_sequence) +
                      " of a history that the log does not have: a copy of this host sends too");
  return accept(after);
}

std::optional<Tombstone::Cause> tombstone_cause(v1::Loss::Cause cause) {
  switch (cause) {
    case v1::Loss::CAUSE_SPOOL_FULL: return Tombstone::Cause::spool_full;
    case v1::Loss::CAUSE_DISK_FULL: return Tombstone::Cause::disk_full;
    case v1::Loss::CAUSE_IO_ERROR: return Tombstone::Cause::io_error;
    case v1::Loss::CAUSE_CORRUPT: return Tombstone::Cause::io_error;
    case v1::Loss::CAUSE_SPOOL_MISSING: return Tombstone::Cause::spool_missing;
    case v1::Loss::CAUSE_COLLECTOR_ROLLBACK: return Tombstone::Cause::collector_rollback;
    case v1::Loss::CAUSE_QUEUE_FULL: return Tombstone::Cause::queue_full;
    default: return std::nullopt;
  }
}

// The point that a Skip begins after: the head, or where the offer begins when the log knows less
// (nothing of the stream) or more (a host that lost its newest frames) than the spool.
std::optional<ChainHead> skip_previous(const v1::Skip& skip, const StreamState& stream) {
  const StreamHead& head = stream.head;
  const bool same_epoch = skip.epoch() == head.epoch;
  if (head.epoch != 0 && same_epoch) return ChainHead{head.epoch, head.sequence, head.chain};
  const uint64_t epoch = skip.previous_epoch();
  const uint64_t sequence = skip.previous_sequence();
  if (head.epoch != 0 && epoch == head.epoch && sequence == head.sequence)
    return ChainHead{head.epoch, head.sequence, head.chain};
  if (head.epoch != 0 && epoch == 0) return ChainHead{};
  const StreamOffer& offer = stream.offer;
  const bool offered = epoch == offer.previous_epoch && sequence == offer.previous_sequence;
  if (head.epoch == 0 || (offered && epoch <= head.epoch))
    return ChainHead{epoch, sequence, offered ? offer.chain_before.value_or(Hash{}) : Hash{}};
  return std::nullopt;
}

}  // namespace

void RecentFrames::add(const RecentFrame& frame) {
  if (frames_.size() >= kRecentFramesMax) frames_.erase(frames_.begin());
  frames_.push_back(frame);
}

bool RecentFrames::contains(const Hash& chain) const {
  return std::any_of(frames_.begin(), frames_.end(),
                     [&](const RecentFrame& f) { return f.chain == chain; });
}

bool RecentFrames::reaches(uint64_t epoch, uint64_t sequence) const {
  // The frame before the one in question ended below it, so that one must be here too.
  return !frames_.empty() && (frames_.front().epoch < epoch ||
                              (frames_.front().epoch == epoch &&
                               frames_.front().last_sequence <= sequence));
}

Verdict judge_frame(const FrameHead& frame, const std::optional<Tombstone>& tombstone,
                    const StreamState& stream) {
  const FrameHeader& h = frame.header;
  if (h.event_class != stream.offer.event_class)
    return refuse(v1::Refuse::CODE_PROTOCOL, "a frame of class " +
                                                 std::string(event_class_name(h.event_class)) +
                                                 " in a stream of another class");
  const uint64_t epoch = std::max(stream.head.epoch, stream.agent_epoch);
  if (h.last_sequence > kSequenceMax || h.epoch > kSequenceMax ||
      (stream.head.epoch != 0 && h.epoch > epoch + kEpochsAheadMax))
    return refuse(v1::Refuse::CODE_LIMIT, "sequence or epoch out of all bounds");
  if (tombstone && tombstone->events > h.last_sequence - h.first_sequence + 1)
    return refuse(v1::Refuse::CODE_CORRUPT, "a tombstone counts more events than its range holds");
  if (stream.recent.contains(frame.chain) || stream.points.contains(frame.chain))
    return {.kind = Verdict::Kind::duplicate, .head = {}, .refusal = {}};
  const StreamHead after{h.stream,        h.event_class,   h.epoch,
                         h.epoch_nonce,   h.last_sequence, tombstone ? tombstone->end_chain
                                                                     : frame.chain};
  return judge_place(frame, stream, after);
}

SkipVerdict judge_skip(const v1::Skip& skip, const StreamState& stream) {
  const auto bad = [](std::string text) {
    return SkipVerdict{refuse(v1::Refuse::CODE_PROTOCOL, "Skip: " + text), {}, {}};
  };
  const std::optional<Tombstone::Cause> cause = tombstone_cause(skip.cause());
  if (skip.chain_after().size() != 32) return bad("chain_after must have 32 bytes");
  if (!skip.nonce().empty() && skip.nonce().size() != 16) return bad("nonce must have 16 bytes");
  if (static_cast<int>(skip.stream_class()) != static_cast<int>(stream.offer.event_class))
    return bad("stream_class is not that of the Hello");
  if (!cause) return bad("a hole in the spool cannot have this cause");
  const uint64_t first = skip.first_sequence();
  const uint64_t last = skip.last_sequence();
  // Checkpoints that are missing behind the log's end took no sequence.
  const bool is_of_checkpoints = first > 1 && last == first - 1 &&
                                 skip.epoch() == stream.head.epoch &&
                                 skip.chain_after() != as_text(stream.head.chain);
  if (skip.epoch() == 0 || first == 0 || (last < first && !is_of_checkpoints) ||
      last > kSequenceMax || skip.epoch() > kSequenceMax)
    return bad("the range is empty or out of all bounds");
  if (skip.events() > last - first + 1) return bad("more events than sequences");
  const std::optional<ChainHead> previous = skip_previous(skip, stream);
  if (!previous) return bad("it does not begin after a point that the log or the Hello knows");

  FrameWriter::Place where;
  where.event_class = stream.offer.event_class;
  where.stream = stream.offer.stream;
  where.epoch = skip.epoch();
  // An uplink cannot know the nonce of an epoch of which it never saw a frame: zero then.
  if (!skip.nonce().empty())
    std::memcpy(where.epoch_nonce.data(), skip.nonce().data(), 16);
  else if (skip.epoch() == stream.head.epoch)
    where.epoch_nonce = stream.head.epoch_nonce;
  where.first_sequence = first;
  where.last_sequence = last;
  where.previous = *previous;
  where.zstd_level = 0;
  const bool follows = previous->epoch == skip.epoch()
                           ? previous->sequence + 1 == first
                           : previous->epoch < skip.epoch() && first == 1;
  if (!follows || (previous->epoch == 0 && previous->sequence != 0))
    return {refuse(v1::Refuse::CODE_GAP, "Skip: it begins at " + place(skip.epoch(), first) +
                                             " but must follow " +
                                             place(previous->epoch, previous->sequence)),
            {},
            {}};
  Tombstone tombstone{*cause, skip.events(), {}};
  std::memcpy(tombstone.end_chain.data(), skip.chain_after().data(), 32);
  SealedFrame sealed = FrameWriter::seal_tombstone(where, tombstone, {});
  const FrameHead head{sealed.header, sealed.previous_chain, sealed.chain};
  SkipVerdict out{judge_frame(head, tombstone, stream), std::move(sealed.block), head};
  // As a frame that follows a point which the log does not have: what the host held of its own
  // where the log ends may be gone, too, and would go untold.
  if (out.verdict.kind == Verdict::Kind::accept && stream.head.epoch != 0 &&
      skip.previous_epoch() == 0)
    out.verdict = refuse(v1::Refuse::CODE_FORK,
                         "Skip: the uplink does not know the log's end as a point of this host's: "
                         "a copy of it may be sending too");
  return out;
}

Result<Tombstone> open_tombstone(ByteView block) {
  if (block.size() > kTombstoneBytesMax) return full("a tombstone is larger than any can be");
  ASSIGN_OR_RETURN(const OpenBlock open, OpenBlock::open(block));
  const Frame& frame = open.frames().front();
  if (!frame.entries.front().fields) return corrupt("a tombstone says nothing");
  return decode_tombstone(*frame.entries.front().fields);
}

}  // namespace spoor::collector
