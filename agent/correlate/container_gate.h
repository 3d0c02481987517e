// Lets commands of unset login uid pass only where they ran in a container
// (`rules.unattended: containers`): a `docker exec` has no login, and a host's own services would
// drown it. Where a command ran is asked, and the answer is waited for, at most kPlaceWaitNs. Only
// what is known to be the host's is dropped: a command whose place nobody knows passes, and says so
// (AuditEvent::place_unknown).
//
// Events leave in the order they came. Owns those that wait, up to kPlaceWaitBytesMax; one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "agent/model.h"

namespace spoor::agent {

class ContainerGate {
 public:
  using Sink = std::function<void(AuditEvent&)>;
  // Each event goes to `pass` or to `drop`, once. `ask` must not call back.
  ContainerGate(Sink pass, Sink drop, std::function<void(PlaceQuestion&&)> ask);

  // Takes what it needs of the event, which the caller may reuse.
  void on_event(AuditEvent& event);
  void on_answer(const PlaceAnswer& answer);
  // Answers that had come were given before this. The wait of an event begins with the first tick
  // after it. What is played after a crash waits by the time that is played, and mostly passes as
  // unknown: held up until somebody was asked, what comes behind it would lose its process.
  void tick(Instant now);
  // Everything passes that has no answer yet.
  void flush();

  size_t waiting() const { return waiting_.size(); }
  // In the order they came.
  void for_each_waiting(const std::function<void(const AuditEvent&)>& visit) const;
  // Least as serials go, across their wrap.
  std::optional<uint32_t> least_serial_waiting() const;

 private:
  struct Waiting {
    AuditEvent event;
    size_t bytes = 0;
    uint64_t ticket = 0;  // 0: nothing was asked
    Place place = Place::unknown;
    bool answered = false;
    int64_t due_ns = 0;  // boottime; 0: no tick has seen it
  };
  void release(Waiting& waiting);
  void release_ready();

  Sink pass_, drop_;
  std::function<void(PlaceQuestion&&)> ask_;
  std::deque<Waiting> waiting_;
  uint64_t last_ticket_ = 0;
  size_t bytes_ = 0;
};

}  // namespace spoor::agent
