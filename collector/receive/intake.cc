#include "collector/receive/intake.h"

#include <algorithm>
#include <chrono>

namespace spoor::collector {

Intake::Holder Intake::holder_of(const Peer& peer) {
  return {peer.certified_.empty() ? &peer : nullptr, peer.certified_};
}

// Whose a stream is that nobody has written yet is not known: it stays where it is.
bool Intake::may_have(const Id& stream, const Owner& owner, const std::string& certified) const {
  if (certified.empty()) return true;
  const auto bound = bound_.find(stream);
  if (bound != bound_.end()) return bound->second == certified;
  return owner.certified.empty() || owner.certified == certified;
}

bool Intake::hello(const std::shared_ptr<Peer>& peer, Speaker speaker,
                   std::vector<StreamOffer> offers) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    QueuedHello hello{std::move(speaker), std::move(offers), {}, ++hellos_come_};
    const std::string& certified = peer->certified_ = hello.speaker.agent;
    std::vector<Id>& given = streams_of_[peer.get()];
    for (const StreamOffer& offer : hello.offers) {
      const auto held = owners_.find(offer.stream);
      if (!may_have(offer.stream, held == owners_.end() ? Owner() : held->second, certified))
        continue;
      Owner& owner = owners_[offer.stream];
      const bool known = std::find(hello.displaced.begin(), hello.displaced.end(), owner.peer) !=
                         hello.displaced.end();
      if (owner.peer && owner.peer != peer && !known) hello.displaced.push_back(owner.peer);
      owner = {peer, certified, hello.number};
      given.push_back(offer.stream);
    }
    queue_.push_back({peer, std::move(hello)});
    hellos_[peer.get()] = &std::get<QueuedHello>(queue_.back().what);
  }
  added_.notify_one();
  return true;
}

Intake::Put Intake::put(const std::shared_ptr<Peer>& peer, QueuedBlock block) {
  bool is_full = false, is_news = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Put::closed;
    const auto owner = owners_.find(block.entry.head.stream);
    if (owner == owners_.end() || owner->second.peer != peer)
      return Put::taken_over;
    const size_t bytes = block.entry.block.size();
    queued_bytes_ += bytes;
    held_bytes_ += bytes;
    size_t& of_holder = held_by_[holder_of(*peer)];
    of_holder += bytes;
    // The writer that waits for company is not woken for each who comes.
    is_news = queue_.empty() || queued_bytes_ >= kCommitBytesMax;
    queue_.push_back({peer, std::move(block)});
    is_full = held_bytes_ >= bytes_max_ || of_holder >= peer_bytes_max_;
    if (is_full) waiting_.push_back(peer);
  }
  if (is_news) added_.notify_one();
  return is_full ? Put::queued_and_full : Put::queued;
}

void Intake::tell(const std::shared_ptr<Peer>& peer, QueuedConflict conflict) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    queue_.push_back({peer, std::move(conflict)});
  }
  added_.notify_one();
}

void Intake::leave(const Peer* peer) {
  std::vector<std::shared_ptr<Peer>> dropped;  // destroyed without the lock
  std::vector<StreamOffer> offers;
  const std::lock_guard lock(mutex_);
  if (const auto hello = hellos_.find(peer); hello != hellos_.end()) {
    offers.swap(hello->second->offers);
    hellos_.erase(hello);
  }
  if (const auto given = streams_of_.find(peer); given != streams_of_.end()) {
    for (const Id& stream : given->second) {
      const auto at = owners_.find(stream);
      if (at == owners_.end() || at->second.peer.get() != peer) continue;
      dropped.push_back(std::move(at->second.peer));
      owners_.erase(at);
    }
    streams_of_.erase(given);
  }
  std::erase_if(waiting_, [&](const auto& waiting) {
    if (waiting.get() != peer) return false;
    dropped.push_back(waiting);
    return true;
  });
}

void Intake::bind(const Id& stream, const std::string& agent) {
  const std::lock_guard lock(mutex_);
  bound_[stream] = agent;
}

std::vector<std::shared_ptr<Peer>> Intake::settle(const std::shared_ptr<Peer>& peer,
                                                  const QueuedHello& hello) {
  std::vector<std::shared_ptr<Peer>> displaced;
  const std::string& certified = hello.speaker.agent;
  const std::lock_guard lock(mutex_);
  const auto given = streams_of_.find(peer.get());
  if (certified.empty() || given == streams_of_.end()) return displaced;
  for (const StreamOffer& offer : hello.offers) {
    const auto bound = bound_.find(offer.stream);
    if (bound == bound_.end() || bound->second != certified) continue;
    Owner& owner = owners_[offer.stream];
    const bool is_newer = owner.certified == certified && owner.hello >= hello.number;
    if (owner.peer == peer || is_newer) continue;
    if (owner.peer) displaced.push_back(std::move(owner.peer));
    owner = {peer, certified, hello.number};
    given->second.push_back(offer.stream);
  }
  return displaced;
}

void Intake::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  added_.notify_all();
}

void Intake::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  added_.notify_all();
}

bool Intake::wait(int64_t company_ns, int64_t patience_ns) {
  std::unique_lock lock(mutex_);
  added_.wait_for(lock, std::chrono::nanoseconds(patience_ns),
                  [&] { return closed_ || woken_ || !queue_.empty(); });
  woken_ = false;
  if (queue_.empty()) return !closed_;
  added_.wait_for(lock, std::chrono::nanoseconds(company_ns),
                  [&] { return closed_ || queued_bytes_ >= kCommitBytesMax; });
  return true;
}

std::vector<QueuedItem> Intake::take() {
  std::vector<QueuedItem> out;
  size_t bytes = 0;
  const std::lock_guard lock(mutex_);
  while (!queue_.empty()) {
    const QueuedBlock* block = std::get_if<QueuedBlock>(&queue_.front().what);
    const size_t next = block ? block->entry.block.size() : 0;
    if (!out.empty() && bytes + next > kCommitBytesMax) break;
    bytes += next;
    queued_bytes_ -= next;
    if (std::holds_alternative<QueuedHello>(queue_.front().what))
      hellos_.erase(queue_.front().peer.get());
    out.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return out;
}

std::vector<std::shared_ptr<Peer>> Intake::release(const DoneBytes& done) {
  std::vector<std::shared_ptr<Peer>> room;
  const std::lock_guard lock(mutex_);
  for (const auto& [peer, bytes] : done) {
    held_bytes_ -= bytes;
    const auto held = held_by_.find(holder_of(*peer));
    held->second -= bytes;
    if (held->second == 0) held_by_.erase(held);
  }
  // Half empty before anybody goes on, so that not every single block wakes somebody.
  if (held_bytes_ > bytes_max_ / 2) return room;
  std::erase_if(waiting_, [&](const std::shared_ptr<Peer>& waiting) {
    const auto held = held_by_.find(holder_of(*waiting));
    if (held != held_by_.end() && held->second > peer_bytes_max_ / 2) return false;
    room.push_back(waiting);
    return true;
  });
  return room;
}

std::vector<std::shared_ptr<Peer>> Intake::owners() const {
  std::vector<std::shared_ptr<Peer>> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [stream, owner] : owners_) {
    if (owner.peer && (out.empty() || out.back() != owner.peer)) out.push_back(owner.peer);
  }
  return out;
}

}  // namespace spoor::collector
