#include "collector/index/memory_index.h"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "collector/index/session_head.h"
#include "collector/limits.h"

namespace spoor::collector {

namespace {

std::optional<Id> id_of(const std::string& bytes) {
  Id id{};
  if (bytes.size() != id.size()) return std::nullopt;
  std::memcpy(id.data(), bytes.data(), id.size());
  return id;
}

// What is of a session is told there.
bool is_failed_login(const v1::Event& e) {
  return e.has_authentication() && e.session_uid().empty() &&
         e.outcome().result() == v1::Outcome::RESULT_FAILURE;
}

// In whose share of the room an event of the collector's own is: the agent's that brought it about.
// A host that is refused says any name, so that those have one share for all of them.
std::string whose(const v1::Event& e) {
  if (e.has_agent_health() && e.agent_health().agents_size() == 1)
    return "agent " + e.agent_health().agents(0);
  if (e.has_stream_conflict()) return "agent " + e.stream_conflict().agent();
  if (e.has_collector_state())
    return v1::CollectorState::Change_Name(e.collector_state().change());
  if (!e.has_operator_action()) return "";
  const std::string& operation = e.operator_action().operation();
  // Who shows a checkpoint was heard: its name is that of its certificate.
  const bool is_named = e.target().kind() == "agent" || operation == "checkpoint refused";
  return is_named ? "agent " + e.target().name() : operation;
}

}  // namespace

Status MemoryIndex::apply(std::span<const IndexedEvent> events, Position from, Position to) {
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
  learn_boot(event);
  if (event.agent == kOwnAgent) return own_.add(whose(*event.event), event);
  if (is_failed_login(*event.event)) return failed_logins_.add(event.agent, event);
  if (event.event->has_loss())
    losses_[event.agent].push_back(event);
  else
    add_to_session(event);
}

// An epoch lies within a boot; the agent's own events and the kernel's say which.
void MemoryIndex::learn_boot(const IndexedEvent& event) {
  const v1::Event& e = *event.event;
  const auto boot =
      id_of(e.has_agent_state() ? e.agent_state().boot_id() : e.kernel().boot_id());
  if (boot) boots_[event.agent].try_emplace(event.epoch, *boot);
}

SessionRow MemoryIndex::row_of(const Session& session) const {
  SessionRow row = session.row;
  const auto boots = boots_.find(row.key.agent);
  if (boots == boots_.end()) return row;
  // All its events may be of logs and of /proc.
  for (auto of = session.epochs.begin(); of != session.epochs.end() && row.boot_id == Id{}; ++of) {
    const auto known = boots->second.find(of->first);
    if (known != boots->second.end()) row.boot_id = known->second;
  }
  const auto& [epoch, boot] = *boots->second.rbegin();
  row.boot_over = row.boot_id != Id{} && boot != row.boot_id &&
                  epoch > session.epochs.rbegin()->first;
  return row;
}

void MemoryIndex::add_to_session(const IndexedEvent& event) {
  const v1::Event& e = *event.event;
  const std::optional<Id> uid = id_of(e.session_uid());
  if (!uid) return;
  const SessionKey key{event.agent, *uid};
  const auto [at, is_new] = sessions_.try_emplace(key);
  Session& session = at->second;
  SessionRow& row = session.row;
  const int64_t time_ns = e.time_ns();
  if (is_new) {
    row.key = key;
    row.first_ns = row.last_ns = time_ns;
    by_uid_[*uid].insert(key);
    by_time_.insert({time_ns, key});
  } else if (time_ns < row.first_ns) {
    by_time_.erase({row.first_ns, key});
    row.first_ns = time_ns;
    by_time_.insert({time_ns, key});
  }
  row.last_ns = std::max(row.last_ns, time_ns);
  if (row.ses == 0 && e.session().ses() != 0) {
    row.ses = e.session().ses();
    by_name_[{event.agent, row.ses}].insert(key);
  }
  if (row.boot_id == Id{}) row.boot_id = id_of(e.kernel().boot_id()).value_or(Id{});
  if (e.has_session_closed()) session.closed = true;
  if (e.session_opened().found_running()) session.found_running = true;
  if (!is_claimed(e)) {
    const auto& logins = e.session_fact().logins_of_user();
    const int count = std::min(logins.size(), static_cast<int>(kSessionLinksMax));
    for (int i = 0; i < count; ++i) managers_[{event.agent, logins[i]}].insert(key);
  }

  const auto [range, first] =
      session.epochs.try_emplace(event.epoch, OrderRange{e.order(), e.order()});
  range->second.least = std::min(range->second.least, e.order());
  range->second.greatest = std::max(range->second.greatest, e.order());
  session.events.push_back(event);
  session.told.add(event);
  session.sums.add(e);
}

// See Index::session_events. An order of 0 leaves that side open: towards the beginning of the
// epoch the hole then reaches back to the epoch before. What an agent reports ends where it reports
// it.
bool MemoryIndex::touches(const IndexedEvent& event, const Session& session) {
  const v1::Loss& loss = event.event->loss();
  const uint64_t before = loss.order_before();
  const uint64_t reported = event.event->order() > before ? event.event->order() : 0;
  const uint64_t after = loss.order_after() != 0 ? loss.order_after() : reported;
  if (const auto range = session.epochs.find(event.epoch); range != session.epochs.end()) {
    const bool meets = before <= range->second.greatest &&
                       (after == 0 || after >= range->second.least);
    if (meets) return true;
  }
  const uint64_t first_epoch = session.epochs.begin()->first;
  const uint64_t last_epoch = session.epochs.rbegin()->first;
  // Between the epoch before and this one: the session lived on both sides, was alive when it was
  // last heard of, or had begun when it was first heard of.
  if (before == 0) {
    if (first_epoch < event.epoch && last_epoch >= event.epoch) return true;
    if (last_epoch + 1 == event.epoch && !session.closed) return true;
    if (first_epoch == event.epoch && session.found_running) return true;
  }
  // Between this epoch and the next.
  return after == 0 && first_epoch <= event.epoch && last_epoch > event.epoch;
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
  out.head = session.told.head(out.row);
  out.sums = session.sums;
  if (const auto losses = losses_.find(out.row.key.agent); losses != losses_.end()) {
    for (const IndexedEvent& loss : losses->second)
      if (touches(loss, session)) out.sums.add(*loss.event);
  }
  return out;
}

std::vector<SessionSummary> MemoryIndex::sessions(std::optional<After> after, size_t limit) const {
  const std::shared_lock lock(mutex_);
  std::vector<SessionSummary> out;
  auto at = after ? by_time_.upper_bound({after->first_ns, after->key}) : by_time_.begin();
  for (; at != by_time_.end() && out.size() < limit; ++at)
    out.push_back(summary_of(sessions_.at(at->second)));
  return out;
}

std::optional<SessionRow> MemoryIndex::session(const SessionKey& key) const {
  const std::shared_lock lock(mutex_);
  const auto at = sessions_.find(key);
  if (at == sessions_.end()) return std::nullopt;
  return row_of(at->second);
}

std::vector<SessionRow> MemoryIndex::rows(const std::set<SessionKey>* keys) const {
  std::vector<SessionRow> out;
  if (!keys) return out;
  for (const SessionKey& key : *keys) out.push_back(row_of(sessions_.at(key)));
  return out;
}

std::vector<SessionRow> MemoryIndex::sessions_by_uid(const Id& session_uid) const {
  const std::shared_lock lock(mutex_);
  const auto at = by_uid_.find(session_uid);
  return rows(at == by_uid_.end() ? nullptr : &at->second);
}

std::vector<SessionRow> MemoryIndex::sessions_named(const std::string& agent, uint32_t ses) const {
  const std::shared_lock lock(mutex_);
  const auto at = by_name_.find({agent, ses});
  return rows(at == by_name_.end() ? nullptr : &at->second);
}

std::vector<SessionRow> MemoryIndex::user_managers(const SessionRow& login) const {
  const std::shared_lock lock(mutex_);
  const auto at = managers_.find({login.key.agent, login.ses});
  std::vector<SessionRow> out = rows(at == managers_.end() ? nullptr : &at->second);
  std::erase_if(out, [&](const SessionRow& row) { return row.boot_id != login.boot_id; });
  return out;
}

std::vector<IndexedEvent> MemoryIndex::session_events(const SessionKey& key) const {
  std::vector<IndexedEvent> out;
  {
    const std::shared_lock lock(mutex_);
    const auto at = sessions_.find(key);
    if (at == sessions_.end()) return out;
    out = at->second.events;
    if (const auto losses = losses_.find(key.agent); losses != losses_.end()) {
      for (const IndexedEvent& loss : losses->second)
        if (touches(loss, at->second)) out.push_back(loss);
    }
  }
  sort_events(out);
  return out;
}

}  // namespace spoor::collector
