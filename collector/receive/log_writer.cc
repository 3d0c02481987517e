#include "collector/receive/log_writer.h"

#include <algorithm>

#include "common/log.h"

namespace spoor::collector {

LogWriter::LogWriter(Intake& intake, WriteDurably write, const Clock& clock,
                     std::vector<Known> known)
    : intake_(intake), write_(std::move(write)), clock_(clock) {
  for (Known& k : known) {
    Stream& stream = streams_[k.head.stream];
    stream.agent = std::move(k.agent);
    stream.head = k.head;
    stream.recent.add({k.head.epoch, k.head.sequence, k.head.chain});
  }
}

bool LogWriter::step() {
  std::vector<QueuedItem> items = intake_.take();
  if (items.empty()) return false;
  size_t bytes = 0;
  std::vector<QueuedItem> blocks;
  for (QueuedItem& item : items) {
    if (const auto* block = std::get_if<QueuedBlock>(&item.what)) {
      bytes += block->entry.block.size();
      blocks.push_back(std::move(item));
    } else {
      // A Hello sees all that was handed over before it.
      write(std::exchange(blocks, {}));
      answer(item.peer, std::get<QueuedHello>(std::move(item.what)));
    }
  }
  write(std::move(blocks));
  for (const std::shared_ptr<Peer>& peer : intake_.release(bytes)) peer->on_room();
  return true;
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
    if (!failing_)
      log_error("cannot write the log: {}; agents keep their frames", written.message());
    failing_ = true;
    for (const auto& [item, frame] : taken)
      give_up(item->peer, {v1::Refuse::CODE_UNAVAILABLE,
                           "the collector cannot write its log: " + written.message(),
                           kRetryAfterMs});
    return;
  }
  if (std::exchange(failing_, false)) log_info("the log can be written again");

  const int64_t now_ns = clock_.now().realtime_ns;
  std::map<std::pair<Peer*, Id>, StreamHead> news;  // a stream's last word is enough
  for (size_t i = 0; i < taken.size(); ++i) {
    const NewEntry& entry = entries[i];
    Stream& stream = streams_[entry.head.stream];
    stream.agent = entry.agent;
    stream.head = entry.head;
    stream.recent.add(taken[i].second);
    news[{taken[i].first->peer.get(), entry.head.stream}] = entry.head;
  }
  for (const auto& [key, head] : news) key.first->on_commit(head, now_ns);
}

void LogWriter::answer(const std::shared_ptr<Peer>& peer, QueuedHello hello) {
  for (const std::shared_ptr<Peer>& old : hello.displaced)
    give_up(old, {v1::Refuse::CODE_UNAVAILABLE,
                  "a newer connection of this agent has taken over", kRetryAfterMs});
  ResumeAnswer out;
  Refusal refusal;
  if (!bind(hello, out.agent, refusal)) return give_up(peer, refusal);
  for (StreamOffer& offer : hello.offers) {
    StreamState state;
    state.head = state.durable = head_of(offer.stream);
    if (const auto known = streams_.find(offer.stream); known != streams_.end())
      state.recent = known->second.recent;
    state.offer = std::move(offer);
    out.streams.push_back(std::move(state));
  }
  peer->on_resume(std::move(out));
}

// An agent keeps the name under which its streams first came, whatever the host calls itself now.
bool LogWriter::bind(const QueuedHello& hello, std::string& agent, Refusal& refusal) const {
  for (const StreamOffer& offer : hello.offers) {
    const auto known = streams_.find(offer.stream);
    if (known == streams_.end()) continue;
    const Stream& stream = known->second;
    if (stream.head.event_class != offer.event_class) {
      refusal = {v1::Refuse::CODE_DENIED, "a stream is of another class in the log", 0};
      return false;
    }
    if (!agent.empty() && agent != stream.agent) {
      refusal = {v1::Refuse::CODE_DENIED,
                 "these streams belong to two agents: " + agent + " and " + stream.agent, 0};
      return false;
    }
    agent = stream.agent;
  }
  if (agent.empty()) agent = hello.host;
  if (agent != hello.host)
    log_info("the agent known as {} calls its host {}; it keeps its name", agent, hello.host);
  return true;
}

void LogWriter::give_up(const std::shared_ptr<Peer>& peer, const Refusal& refusal) {
  if (std::exchange(peer->given_up_, true)) return;
  peer->on_refused(refusal);
}

}  // namespace spoor::collector
