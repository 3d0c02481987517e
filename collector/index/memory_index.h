// The first index engine: everything in memory, rebuilt from the log at start. Keeps each parsed
// event that belongs to a session, each loss, and the newest of the collector's own and of logins
// that failed, in which agents have shares; the rest is counted.
//
// Thread-safe by one lock: the follower applies a batch at a time, queries copy what they need
// (events are shared, not copied).
#pragma once

#include <map>
#include <set>
#include <shared_mutex>
#include <tuple>

#include "collector/index/fair_history.h"
#include "collector/index/index.h"
#include "collector/index/session_part.h"
#include "collector/limits.h"

namespace spoor::collector {

class MemoryIndex final : public Index {
 public:
  Status apply(std::span<const IndexedEvent> events, Position from, Position to,
               std::span<const StreamMark> marks = {}) override;
  Position position() const override;
  Result<std::vector<SessionSummary>> sessions(std::optional<After> after,
                                               size_t limit) const override;
  Result<std::vector<SessionRow>> sessions_by_uid(const Id& session_uid) const override;
  Result<std::vector<SessionRow>> sessions_named(const std::string& agent,
                                                 uint32_t ses) const override;
  Result<std::vector<SessionRow>> user_managers(const SessionRow& login) const override;
  Result<SessionEvents> session_events(const SessionKey& key) const override;
  std::vector<IndexedEvent> own_events() const override;
  std::vector<IndexedEvent> failed_logins() const override;
  uint64_t events_total() const override;

 private:
  struct Session {
    SessionPart part;  // all of it
    std::vector<IndexedEvent> events;
  };
  // Newest first; the key makes it total.
  struct NewestFirst {
    bool operator()(const std::pair<int64_t, SessionKey>& a,
                    const std::pair<int64_t, SessionKey>& b) const {
      return std::tie(b.first, a.second) < std::tie(a.first, b.second);
    }
  };

  void add(const IndexedEvent& event);
  void add_to_session(const IndexedEvent& event);
  SessionRow row_of(const Session& session) const;
  SessionSummary summary_of(const Session& session) const;
  std::vector<SessionRow> rows(const std::set<SessionKey>* keys) const;

  mutable std::shared_mutex mutex_;
  Position position_;
  uint64_t events_total_ = 0;
  std::map<SessionKey, Session> sessions_;
  std::set<std::pair<int64_t, SessionKey>, NewestFirst> by_time_;
  std::map<Id, std::set<SessionKey>> by_uid_;
  std::map<std::pair<std::string, uint32_t>, std::set<SessionKey>> by_name_;
  std::map<std::pair<std::string, uint32_t>, std::set<SessionKey>> managers_;  // by a login's name
  std::map<std::string, std::vector<IndexedEvent>> losses_;  // by agent
  std::map<std::string, EpochBoots> boots_;                       // by agent
  FairHistory own_{kOwnEventsMax}, failed_logins_{kOwnEventsMax};
};

}  // namespace spoor::collector
