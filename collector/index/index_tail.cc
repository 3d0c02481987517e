#include "collector/index/index_tail.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "collector/index/event_of_row.h"
#include "collector/index/event_use.h"
#include "collector/index/limits.h"
#include "common/clock.h"

namespace spoor::collector {

namespace {

// What a map's entry, or a vector's, costs beside what it holds, about.
constexpr size_t kEntryBytes = 64;
constexpr size_t kSessionBytes = 2048;

// As the row tells it, which is what its block will say.
IndexedEvent as_told(const IndexedEvent& event, const Row& row) {
  Result<RowEvent> told = event_of(row, event.event_class);
  IndexedEvent out = event;
  if (told.is_ok()) out = std::move(told->event);
  else out.event = std::make_shared<const v1::Event>(*event.event);
  out.wire = {};
  out.entry = event.entry;
  return out;
}

}  // namespace

bool IndexTail::is_full() const {
  return rows_ >= rows_max_ || bytes_ >= kIndexTailBytesMax || has_second_;
}

bool IndexTail::needs_block(EventClass event_class) const {
  const auto& open = open_[static_cast<size_t>(event_class)];
  return !open || blocks_[*open]->rows.is_full();
}

void IndexTail::begin_block(EventClass event_class) {
  auto& open = open_[static_cast<size_t>(event_class)];
  has_second_ |= open.has_value();
  open = static_cast<uint32_t>(blocks_.size());
  blocks_.push_back(std::make_shared<Block>(event_class));
}

std::vector<IndexTail::Added> IndexTail::add_rows(std::span<const IndexedEvent> events,
                                                  std::shared_mutex& mutex) {
  std::vector<Added> out;
  out.reserve(events.size());
  for (const IndexedEvent& event : events) {
    if (needs_block(event.event_class)) {
      const std::unique_lock lock(mutex);
      begin_block(event.event_class);
    }
    out.push_back(add_row(event));
  }
  return out;
}

IndexTail::Added IndexTail::add_row(const IndexedEvent& event) {
  const uint32_t number = *open_[static_cast<size_t>(event.event_class)];
  Block& block = *blocks_[number];
  if (event.wire.empty()) wire_ = event.event->SerializeAsString();
  const Row* const made =
      maker_.row_of({event.agent, event.stream, event.event_class, event.epoch, event.sequence,
                     event.received_ns, event.entry, event.wire.empty() ? wire_ : event.wire});
  CHECK(made != nullptr);  // it was parsed
  const Row& row = *made;
  Added out;
  out.event = &event;
  out.place = {number, static_cast<uint32_t>(block.rows.rows())};
  const EventUse use = use_of(event);
  if (use != EventUse::session && use != EventUse::none) out.kept = as_told(event, row);
  block.rows.add(row);
  SealedBlock& about = block.about;
  const uint64_t ms = row[Number::time_ms];
  const bool is_first = about.rows == 0;
  about.least_ms = is_first ? ms : std::min(about.least_ms, ms);
  about.greatest_ms = std::max(about.greatest_ms, ms);
  about.first_entry = is_first ? event.entry : std::min(about.first_entry, event.entry);
  about.last_entry = std::max(about.last_entry, event.entry);
  ++about.rows;
  ++rows_;
  return out;
}

void IndexTail::add(const Added& added, std::optional<int64_t> sealed_first_ns) {
  const IndexedEvent& event = *added.event;
  if (const auto boot = boot_of(*event.event)) boots_[event.agent].try_emplace(event.epoch, *boot);
  if (added.kept) bytes_ += kEntryBytes + added.kept->event->ByteSizeLong();
  switch (use_of(event)) {
    case EventUse::loss: losses_[event.agent].push_back(*added.kept); return;
    case EventUse::session: return add_to_session(added, sealed_first_ns);
    default: return;
  }
}

void IndexTail::add_to_session(const Added& added, std::optional<int64_t> sealed_first_ns) {
  const IndexedEvent& event = *added.event;
  const SessionKey key = session_of(event);
  const auto [at, is_new] = sessions_.try_emplace(key);
  Session& session = at->second;
  if (is_new) {
    bytes_ += kSessionBytes;
    session.sealed_first_ns = sealed_first_ns;
    session.part.row.key = key;
  }
  const bool was_here = !is_new && session.is_placed_here();
  const int64_t first_before = session.part.row.first_ns;
  const size_t told_before = session.part.told.events().size();
  const size_t logins_before = session.logins.size();
  session.part.add(event);
  session.rows.push_back(added.place);
  session.logins.merge(logins_of(*event.event));
  const auto& told = session.part.told.events();
  if (told.size() > told_before) bytes_ += kEntryBytes + told.back().event->ByteSizeLong();
  bytes_ += kEntryBytes * (session.logins.size() - logins_before);
  const int64_t first = session.part.row.first_ns;
  if (!session.is_placed_here() || (was_here && first == first_before)) return;
  if (was_here) by_time_.erase({newest_first(first_before), key});
  by_time_.insert({newest_first(first), key});
}

const IndexTail::Session* IndexTail::session(const SessionKey& key) const {
  const auto at = sessions_.find(key);
  return at == sessions_.end() ? nullptr : &at->second;
}

std::vector<Index::After> IndexTail::starts(const std::optional<Index::After>& after,
                                            size_t limit) const {
  std::vector<Index::After> out;
  auto at = after ? by_time_.upper_bound({newest_first(after->first_ns), after->key})
                  : by_time_.begin();
  for (; at != by_time_.end() && out.size() < limit; ++at)
    out.push_back({newest_first(at->first), at->second});
  return out;
}

// Nobody asks for it but a person who names a session without its host.
std::vector<SessionKey> IndexTail::keys_of(const Id& session_uid) const {
  std::vector<SessionKey> out;
  for (const auto& [key, session] : sessions_) {
    if (key.session_uid == session_uid) out.push_back(key);
  }
  return out;
}

std::vector<SessionKey> IndexTail::keys_named(const std::string& agent, uint32_t ses) const {
  std::vector<SessionKey> out;
  for (auto at = sessions_.lower_bound({agent, Id{}});
       at != sessions_.end() && at->first.agent == agent; ++at) {
    if (at->second.part.row.ses == ses) out.push_back(at->first);
  }
  return out;
}

std::vector<SessionKey> IndexTail::managers_of(const std::string& agent, uint32_t ses) const {
  std::vector<SessionKey> out;
  for (auto at = sessions_.lower_bound({agent, Id{}});
       at != sessions_.end() && at->first.agent == agent; ++at) {
    if (at->second.logins.contains(ses)) out.push_back(at->first);
  }
  return out;
}

const EpochBoots& IndexTail::boots(const std::string& agent) const {
  static const EpochBoots none;
  const auto at = boots_.find(agent);
  return at == boots_.end() ? none : at->second;
}

const std::vector<IndexedEvent>& IndexTail::losses(const std::string& agent) const {
  static const std::vector<IndexedEvent> none;
  const auto at = losses_.find(agent);
  return at == losses_.end() ? none : at->second;
}

Seal IndexTail::seal(const std::vector<uint64_t>& block_numbers) const {
  Seal out;
  std::map<SessionKey, std::vector<RowRange>> rows;
  for (size_t i = 0; i < blocks_.size(); ++i) {
    out.blocks.push_back(blocks_[i]->about);
    out.blocks.back().number = block_numbers[i];
    for (const OpenBlock::Session& session : blocks_[i]->rows.sessions()) {
      SessionKey key{std::string(session.host.text), {}};
      if (session.session.text.size() != key.session_uid.size()) continue;
      std::ranges::copy(as_bytes(session.session.text), key.session_uid.begin());
      rows[key].push_back({block_numbers[i], session.first, session.rows});
    }
  }
  for (const auto& [key, session] : sessions_) {
    out.parts.push_back(
        {key, &session.part, std::move(rows[key]), &session.logins, session.sealed_first_ns});
  }
  for (const auto& [agent, losses] : losses_)
    out.losses.insert(out.losses.end(), losses.begin(), losses.end());
  out.boots = boots_;
  for (const auto& [stream, mark] : marks_) out.marks.push_back(mark);
  return out;
}

}  // namespace spoor::collector
