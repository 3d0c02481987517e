// Holds events until it is known where their process runs, at most kPlaceWaitNs:
//   - commands of unset login uid: a `docker exec` has no login. With `rules.unattended:
//     containers` what is known to be the host's is dropped, since its services would drown the
//     others; a command whose place nobody knows passes, and says so (AuditEvent::place_unknown);
//   - commands of a login that a container's runtime starts: podman's have the login's session;
//   - what programs say (USER_*) and logins, whose writer nobody knows yet: a container's root may
//     speak through the host's audit, too. All of them pass.
//   - calls on files that name one relative to a directory of which no path is known: where the
//     descriptor leads is asked while it is open, at most kDirectoryQuestionsPerSecond. Beyond:
//     such a path stays relative.
// What was seen goes with the event (AuditEvent::seen, AuditEvent::directories).
//
// Events leave in the order they came. Owns those that wait, up to kPlaceWaitBytesMax; one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "agent/model.h"

namespace spoor::agent {

// An answer costs the lookup thread and the witness 100 us together (measured): 1 % of a core. A
// program that walks a tree opens some thousand directories a second and keeps none: to ask for
// more of them would find more of them gone.
inline constexpr uint32_t kDirectoryQuestionsPerSecond = 100;

class PlaceGate {
 public:
  using Sink = std::function<void(AuditEvent&)>;
  // Each event goes to `pass` or to `drop`, once. `ask` must not call back.
  PlaceGate(Sink pass, Sink drop, std::function<void(PlaceQuestion&&)> ask);

  // Which events are asked about. None, unless set.
  void want_commands() { wants_commands_ = true; }
  // Of these, the host's are dropped, but for what comes from a login all the same.
  void drop_hosts(std::function<bool(const AuditEvent&)> is_of_session) {
    is_of_session_ = std::move(is_of_session);
  }
  void want_entries(std::function<bool(const AuditEvent&)> may_enter) {
    may_enter_ = std::move(may_enter);
  }
  void want_writers(std::function<bool(const AuditEvent&)> is_unknown) {
    is_unknown_writer_ = std::move(is_unknown);
  }
  // Which directories: descriptors and files of the question; false: none.
  void want_directories(std::function<bool(const AuditEvent&, PlaceQuestion&)> unknown) {
    unknown_directories_ = std::move(unknown);
  }

  // Takes what it needs of the event, which the caller may reuse.
  void on_event(AuditEvent& event);
  void on_answer(const PlaceAnswer& answer);
  // Answers that had come were given before this. The wait of an event begins with the first tick
  // after it.
  void tick(Instant now);
  // Everything passes that has no answer yet.
  void flush();

  size_t waiting() const { return waiting_.size(); }
  // In the order they came.
  void for_each_waiting(const std::function<void(const AuditEvent&)>& visit) const;
  // Least as serials go, across their wrap.
  std::optional<uint32_t> least_serial_waiting() const;

 private:
  enum class Asked : uint8_t { nothing, command, writer, entry, directory };
  struct Waiting {
    AuditEvent event;
    size_t bytes = 0;
    Asked asked = Asked::nothing;
    bool answered = false;
    int64_t due_ns = 0;  // boottime; 0: no tick has seen it
  };
  Asked asks(const AuditEvent& event, PlaceQuestion& question);
  void release(Waiting& waiting);
  void release_ready();

  Sink pass_, drop_;
  std::function<void(PlaceQuestion&&)> ask_;
  bool wants_commands_ = false;
  std::function<bool(const AuditEvent&)> is_of_session_;
  std::function<bool(const AuditEvent&)> may_enter_;
  std::function<bool(const AuditEvent&)> is_unknown_writer_;
  std::function<bool(const AuditEvent&, PlaceQuestion&)> unknown_directories_;
  uint32_t directories_asked_ = 0;     // in the second
  int64_t second_began_ns_ = 0;        // boottime
  std::deque<Waiting> waiting_;
  size_t bytes_ = 0;
};

// The process whose word an event is: of a program's record, or of a login. 0: of none.
uint32_t writer_of(const AuditEvent& event);

}  // namespace spoor::agent
