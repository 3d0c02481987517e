// The interface every index engine stands behind. The log is the truth; an index is a view that may
// lag, says by how much, and can be rebuilt. Nothing here knows of SQL, paths or blocks.
//
// Invariants: `apply` of a range that was applied before changes nothing; the position moves with
// the events or not at all; nothing that was applied is ever updated in place. Objects (sessions,
// commands) are folds over what is returned here: collector/index/fold.h.
//
// Thread-safe: one follower applies, any number of query threads read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collector/index/found.h"
#include "collector/index/session_row.h"
#include "collector/index/session_summary.h"
#include "collector/language/query.h"
#include "collector/model.h"
#include "collector/search/asked.h"
#include "collector/search/outside.h"
#include "common/bytes.h"
#include "common/result.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

// A session's events, and how many are not among them.
struct SessionEvents {
  std::vector<IndexedEvent> events;
  Missing missing;
};

class Index {
 public:
  virtual ~Index() = default;

  // Takes the events found between two positions of the log. `from` must be the index's position;
  // a `to` at or before it is a repeat and is ignored. `invalid` when `from` leaves a hole. `full`
  // or `unavailable`: nothing was taken, the same may be tried again. `marks`: of the streams that
  // were read there, how far; they are told again behind a restart.
  virtual Status apply(std::span<const IndexedEvent> events, Position from, Position to,
                       std::span<const StreamMark> marks = {}) = 0;
  virtual Position position() const = 0;
  // At the position with which the index was opened.
  virtual std::vector<StreamMark> marks() const { return {}; }
  // Ok, or what was found damaged: to be made anew from the log.
  virtual Status damage() const { return ok(); }

  // Questions fail with what reading fails with.

  // Sessions by first_ns, newest first, strictly after `after` in that order when given: each as
  // fold.h has it.
  struct After { int64_t first_ns; SessionKey key; };
  virtual Result<std::vector<SessionSummary>> sessions(std::optional<After> after,
                                                       size_t limit) const = 0;
  // Sessions of any agent that carry this uid; more than one only if a host lies.
  virtual Result<std::vector<SessionRow>> sessions_by_uid(const Id& session_uid) const = 0;
  // Sessions of that agent with that kernel session number, over all boots.
  virtual Result<std::vector<SessionRow>> sessions_named(const std::string& agent,
                                                         uint32_t ses) const = 0;
  // User managers that say that this session is a login of their user.
  virtual Result<std::vector<SessionRow>> user_managers(const SessionRow& login) const = 0;
  // Every event of the session by (epoch, order), and the agent's Loss events that can touch it:
  // whose order range meets the session's within an epoch; that lie between two epochs, with events
  // of the session on both sides; or that lie next to the only side on which it was seen, where it
  // was not seen to begin or to close.
  virtual Result<SessionEvents> session_events(const SessionKey& key) const = 0;
  // What a query finds, at one moment, and when how much of it was: Outside::keys is the index's
  // own affair. `unavailable` when cancelled, `internal` of an index that does not search.
  virtual Result<FoundUnits> search(const Query&, const Newest&, const Outside&,
                                    const IsCancelled&) const {
    return internal("this index does not search");
  }
  virtual Result<Shortfall> count(const Query&, Histogram&, const Outside&,
                                  const IsCancelled&) const {
    return internal("this index does not search");
  }
  // What the collector told in its own streams, in the log's order: kOwnEventsMax.
  virtual std::vector<IndexedEvent> own_events() const = 0;
  // What hosts told of attempts to log in that failed and belong to no session, in the log's order;
  // as many. Of more the oldest of whoever has most of them are left out.
  virtual std::vector<IndexedEvent> failed_logins() const = 0;
  virtual uint64_t events_total() const = 0;
};

}  // namespace spoor::collector
