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
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/bytes.h"
#include "common/frame/format.h"
#include "common/result.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

// A place in the log: everything before it has been read. Segments are numbered from 1 upwards.
struct Position {
  uint64_t segment = 0;
  uint64_t offset = 0;
  auto operator<=>(const Position&) const = default;
};

// One event as the follower hands it on.
struct IndexedEvent {
  std::string agent;           // the collector's name for the agent
  Id stream{};
  EventClass event_class = EventClass::access;
  uint64_t epoch = 0;
  uint64_t sequence = 0;
  int64_t received_ns = 0;     // collector's clock
  std::shared_ptr<const spoor::v1::Event> event;
};

// One session's place among sessions.
struct SessionRow {
  Id session_uid{};
  std::string agent;
  uint32_t ses = 0;
  Id boot_id{};
  int64_t first_ns = 0;        // least event time
  int64_t last_ns = 0;         // greatest
};

class Index {
 public:
  virtual ~Index() = default;

  // Takes the events found between two positions of the log. `from` must be the index's position;
  // a `to` at or before it is a repeat and is ignored. `invalid` when `from` leaves a hole.
  virtual Status apply(std::span<const IndexedEvent> events, Position from, Position to) = 0;
  virtual Position position() const = 0;

  // Sessions by first_ns, newest first, strictly before `before` when given (first_ns, session_uid).
  struct Before { int64_t first_ns; Id session_uid; };
  virtual std::vector<SessionRow> sessions(std::optional<Before> before, size_t limit) const = 0;
  virtual std::optional<SessionRow> session(const Id& session_uid) const = 0;
  // Sessions of that agent with that kernel session number, over all boots.
  virtual std::vector<SessionRow> sessions_named(const std::string& agent, uint32_t ses) const = 0;
  // Every event of the session by (epoch, order), and the agent's Loss events that can touch it:
  // whose order range overlaps the session's within an epoch, or that lie between two of its epochs.
  virtual std::vector<IndexedEvent> session_events(const Id& session_uid) const = 0;
  virtual uint64_t events_total() const = 0;
};

}  // namespace spoor::collector
