#include "collector/receive/intake.h"

#include <algorithm>
#include <chrono>

namespace spoor::collector {

bool Intake::hello(const std::shared_ptr<Peer>& peer, std::string host,
                   std::vector<StreamOffer> offers) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    QueuedHello hello{std::move(host), std::move(offers), {}};
    for (const StreamOffer& offer : hello.offers) {
      std::shared_ptr<Peer>& owner = owners_[offer.stream];
      const bool known = std::find(hello.displaced.begin(), hello.displaced.end(), owner) !=
                         hello.displaced.end();
      if (owner && owner != peer && !known) hello.displaced.push_back(owner);
      owner = peer;
    }
    queue_.push_back({peer, std::move(hello)});
  }
  added_.notify_one();
  return true;
}

Intake::Put Intake::put(const std::shared_ptr<Peer>& peer, QueuedBlock block) {
  bool is_full = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return Put::closed;
    const auto owner = owners_.find(block.entry.head.stream);
    if (owner == owners_.end() || owner->second != peer) return Put::taken_over;
    const size_t bytes = block.entry.block.size();
    queued_bytes_ += bytes;
    held_bytes_ += bytes;
    queue_.push_back({peer, std::move(block)});
    is_full = held_bytes_ >= bytes_max_;
    if (is_full) waiting_.push_back(peer);
  }
  added_.notify_one();
  return is_full ? Put::queued_and_full : Put::queued;
}

void Intake::leave(const Peer* peer) {
  std::vector<std::shared_ptr<Peer>> dropped;  // destroyed without the lock
  const std::lock_guard lock(mutex_);
  for (auto at = owners_.begin(); at != owners_.end();) {
    const bool gone = at->second.get() == peer;
    if (gone) dropped.push_back(std::move(at->second));
    at = gone ? owners_.erase(at) : std::next(at);
  }
  std::erase_if(waiting_, [&](const auto& waiting) {
    if (waiting.get() != peer) return false;
    dropped.push_back(waiting);
    return true;
  });
}

void Intake::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  added_.notify_all();
}

bool Intake::wait(int64_t company_ns) {
  std::unique_lock lock(mutex_);
  added_.wait(lock, [&] { return closed_ || !queue_.empty(); });
  if (queue_.empty()) return false;
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
    out.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return out;
}

std::vector<std::shared_ptr<Peer>> Intake::release(size_t bytes) {
  const std::lock_guard lock(mutex_);
  held_bytes_ -= bytes;
  // Half empty before anybody goes on, so that not every single block wakes somebody.
  if (held_bytes_ > bytes_max_ / 2) return {};
  return std::exchange(waiting_, {});
}

}  // namespace spoor::collector
