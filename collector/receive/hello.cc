#include "collector/receive/hello.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "common/ed25519.h"

namespace spoor::collector {

namespace {

Refusal bad(std::string text) { return {v1::Refuse::CODE_PROTOCOL, "Hello: " + text, 0}; }
Refusal too_much(std::string text) { return {v1::Refuse::CODE_LIMIT, "Hello: " + text, 0}; }

// Nothing of it is a reason to refuse: what is no commit of ours shows nothing.
std::optional<CommitNote> read_commit(const v1::StreamOffer& offer, const Id& log_id) {
  const v1::CommitPoint& commit = offer.last_commit();
  CommitNote note;
  if (commit.log_id() != as_text(log_id) || commit.stream() != offer.stream() ||
      commit.chain().size() != note.chain.size() ||
      commit.algorithm() != v1::CommitPoint::ALGORITHM_ED25519 ||
      commit.signature().size() != Signature().size())
    return std::nullopt;
  note.log_id = log_id;
  note.log_generation = commit.log_generation();
  std::memcpy(note.stream.data(), commit.stream().data(), note.stream.size());
  note.epoch = commit.epoch();
  note.sequence = commit.sequence();
  std::memcpy(note.chain.data(), commit.chain().data(), note.chain.size());
  note.time_ns = commit.time_ns();
  note.signature = commit.signature();
  note.wish = static_cast<CommitWish>(static_cast<uint8_t>(commit.wish()));
  if (commit.machine_id().size() == note.machine_id.size())
    std::memcpy(note.machine_id.data(), commit.machine_id().data(), note.machine_id.size());
  return note;
}

std::variant<StreamOffer, Refusal> read_offer(const v1::StreamOffer& offer, const Id& log_id) {
  StreamOffer out;
  if (offer.stream().size() != out.stream.size()) return bad("a stream id must have 16 bytes");
  std::memcpy(out.stream.data(), offer.stream().data(), out.stream.size());
  const int event_class = offer.stream_class();
  if (event_class < 1 || event_class > static_cast<int>(kEventClasses))
    return bad("a stream is of no class that this collector knows");
  out.event_class = static_cast<EventClass>(event_class);
  if (offer.epochs_size() > static_cast<int>(kEpochsPerOfferMax))
    return too_much("more than " + std::to_string(kEpochsPerOfferMax) + " epochs of one stream");
  uint64_t last_epoch = 0;
  for (const v1::EpochRange& range : offer.epochs()) {
    if (range.epoch() <= last_epoch) return bad("epochs must begin above 0 and grow");
    if (range.nonce().size() != 16) return bad("an epoch's nonce must have 16 bytes");
    if (range.first_sequence() == 0 || range.last_sequence() < range.first_sequence() - 1)
      return bad("an epoch's range runs backwards");
    last_epoch = range.epoch();
    OfferedEpoch& epoch = out.epochs.emplace_back();
    epoch.epoch = range.epoch();
    std::memcpy(epoch.nonce.data(), range.nonce().data(), epoch.nonce.size());
    epoch.last_sequence = range.last_sequence();
  }
  out.last_commit = read_commit(offer, log_id);
  if (offer.epochs_size() == 0) return out;
  if (offer.chain_before().size() != 32) return bad("chain_before must have 32 bytes");
  out.chain_before.emplace();
  std::memcpy(out.chain_before->data(), offer.chain_before().data(), 32);
  out.previous_epoch = offer.previous_epoch();
  out.previous_sequence = offer.previous_sequence();
  return out;
}

}  // namespace

bool is_agent_name(std::string_view name) {
  if (name.empty() || name.size() > kAgentNameMax) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '_' || c == '-';
  });
}

std::variant<HelloFacts, Refusal> read_hello(const v1::Hello& hello, const Id& log_id) {
  if (hello.protocol_version() != kProtocolVersion)
    return Refusal{v1::Refuse::CODE_VERSION,
                   "this collector speaks version 1 of the protocol, not " +
                       std::to_string(hello.protocol_version()) + "; upgrade the collector first",
                   0};
  if (hello.machine_id().size() != 16) return bad("machine_id must have 16 bytes");
  if (hello.boot_id().size() != 16) return bad("boot_id must have 16 bytes");
  if (!is_agent_name(hello.host()))
    return bad("the host's name must be 1 to 64 letters, digits, '.', '_' or '-'");
  const bool is_elsewhere = !hello.log_id().empty() && hello.log_id() != as_text(log_id);
  if (is_elsewhere && (!hello.switch_log() || hello.log_id().size() != log_id.size()))
    return Refusal{v1::Refuse::CODE_LOG_ID,
                   "this agent ships to another log; this one is " + to_hex(log_id), 0};
  if (hello.streams_size() == 0) return bad("it offers no stream");
  if (hello.streams_size() > static_cast<int>(kStreamsPerHelloMax))
    return too_much("more than " + std::to_string(kStreamsPerHelloMax) + " streams");

  HelloFacts out;
  if (is_elsewhere) {
    out.left_log.emplace();
    std::memcpy(out.left_log->data(), hello.log_id().data(), out.left_log->size());
  }
  out.host = hello.host();
  std::memcpy(out.machine_id.data(), hello.machine_id().data(), out.machine_id.size());
  std::memcpy(out.boot_id.data(), hello.boot_id().data(), out.boot_id.size());
  out.agent_has_begun = hello.agent_boot_id() == hello.boot_id();
  std::set<Id> seen;
  for (const v1::StreamOffer& offer : hello.streams()) {
    std::variant<StreamOffer, Refusal> read = read_offer(offer, log_id);
    if (auto* refusal = std::get_if<Refusal>(&read)) return std::move(*refusal);
    out.offers.push_back(std::get<StreamOffer>(std::move(read)));
    if (!seen.insert(out.offers.back().stream).second) return bad("a stream is offered twice");
  }
  return out;
}

}  // namespace spoor::collector
