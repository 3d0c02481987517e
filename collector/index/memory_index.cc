#include "collector/index/memory_index.h"

#include <mutex>

#include "collector/index/event_use.h"
#include "collector/index/session_head.h"

namespace spoor::collector {

Status MemoryIndex::apply(std::span<const IndexedEvent> events, Position from, Position to,
                          std::span<const StreamMark>) {
  const std::unique_lock lock(mutex_);
  if (to <= position_) return ok();
  if (from != position_)
    return invalid("events from entry " + std::to_string(from.entry) + " on, the index is at " +
                   std::to_string(position_.entry));
  for (const IndexedEvent& event : events) add(event);
  position_ = to;
  return ok();
}

void MemoryIndex::add(const IndexedEvent& event) {
  ++events_total_;
  if (const auto boot = boot_of(*event.event)) boots_[event.agent].try_emplace(event.epoch, *boot);
  switch (use_of(event)) {
    case EventUse::own: own_.add(share_of(event), event); return;
    case EventUse::failed_login: failed_logins_.add(share_of(event), event); return;
    case EventUse::loss: return losses_[event.agent].push_back(event);
    case EventUse::session: return add_to_session(event);
    case EventUse::none: return;
  }
}

SessionRow MemoryIndex::row_of(const Session& session) const {
  const auto boots = boots_.find(session.part.row.key.agent);
  return session.part.row_with(boots == boots_.end() ? EpochBoots() : boots->second);
}

void MemoryIndex::add_to_session(const IndexedEvent& event) {
  const SessionKey key = session_of(event);
  const auto [at, is_new] = sessions_.try_emplace(key);
  Session& session = at->second;
  const SessionRow before = session.part.row;
  session.part.row.key = key;
  session.part.add(event);
  session.events.push_back(event);
  const SessionRow& row = session.part.row;
  if (is_new || row.first_ns != before.first_ns) {
    if (!is_new) by_time_.erase({before.first_ns, key});
    by_time_.insert({row.first_ns, key});
  }
  if (is_new) by_uid_[key.session_uid].insert(key);
  if (row.ses != before.ses) by_name_[{event.agent, row.ses}].insert(key);
  for (const uint32_t login : logins_of(*event.event)) managers_[{event.agent, login}].insert(key);
}

Position MemoryIndex::position() const {
  const std::shared_lock lock(mutex_);
  return position_;
}

std::vector<IndexedEvent> MemoryIndex::own_events() const {
  const std::shared_lock lock(mutex_);
  return own_.events();
}

std::vector<IndexedEvent> MemoryIndex::failed_logins() const {
  const std::shared_lock lock(mutex_);
  return failed_logins_.events();
}

uint64_t MemoryIndex::events_total() const {
  const std::shared_lock lock(mutex_);
  return events_total_;
}

SessionSummary MemoryIndex::summary_of(const Session& session) const {
  SessionSummary out;
  out.row = row_of(session);
  out.head = session.part.told.head(out.row);
  out.sums = session.part.sums;
  if (const auto losses = losses_.find(out.row.key.agent); losses != losses_.end()) {
    for (const IndexedEvent& loss : losses->second)
      if (session.part.is_touched_by(place_of_loss(loss))) out.sums.add(*loss.event);
  }
  return out;
}

Result<std::vector<SessionSummary>> MemoryIndex::sessions(std::optional<After> after,
                                                          size_t limit) const {
  const std::shared_lock lock(mutex_);
  std::vector<SessionSummary> out;
  auto at = after ? by_time_.upper_bound({after->first_ns, after->key}) : by_time_.begin();
  for (; at != by_time_.end() && out.size() < limit; ++at)
    out.push_back(summary_of(sessions_.at(at->second)));
  return out;
}

std::vector<SessionRow> MemoryIndex::rows(const std::set<SessionKey>* keys) const {
  std::vector<SessionRow> out;
  if (!keys) return out;
  for (const SessionKey& key : *keys) out.push_back(row_of(sessions_.at(key)));
  return out;
}

Result<std::vector<SessionRow>> MemoryIndex::sessions_by_uid(const Id& session_uid) const {
  const std::shared_lock lock(mutex_);
  const auto at = by_uid_.find(session_uid);
  return rows(at == by_uid_.end() ? nullptr : &at->second);
}

Result<std::vector<SessionRow>> MemoryIndex::sessions_named(const std::string& agent,
                                                            uint32_t ses) const {
  const std::shared_lock lock(mutex_);
  const auto at = by_name_.find({agent, ses});
  return rows(at == by_name_.end() ? nullptr : &at->second);
}

Result<std::vector<SessionRow>> MemoryIndex::user_managers(const SessionRow& login) const {
  const std::shared_lock lock(mutex_);
  const auto at = managers_.find({login.key.agent, login.ses});
  std::vector<SessionRow> out = rows(at == managers_.end() ? nullptr : &at->second);
  std::erase_if(out, [&](const SessionRow& row) { return row.boot_id != login.boot_id; });
  return out;
}

Result<SessionEvents> MemoryIndex::session_events(const SessionKey& key) const {
  SessionEvents out;
  {
    const std::shared_lock lock(mutex_);
    const auto at = sessions_.find(key);
    if (at == sessions_.end()) return out;
    out.events = at->second.events;
    if (const auto losses = losses_.find(key.agent); losses != losses_.end()) {
      for (const IndexedEvent& loss : losses->second)
        if (at->second.part.is_touched_by(place_of_loss(loss))) out.events.push_back(loss);
    }
  }
  sort_events(out.events);
  return out;
}

}  // namespace spoor::collector
