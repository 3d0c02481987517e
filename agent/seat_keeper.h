// Whether we read as the kernel's audit daemon or listen beside one, and the way from each to the
// other. Records are read in both ways, from one socket; what differs is whose loss is counted
// where, whose log our rules would fill, and that only one can have the seat.
//
//   holding ──── lost to nobody ──────► asking ── the kernel says yes ──► holding
//      │                                  │  ▲
//      └── lost to another program ──┐    no │ the seat is free, and we may take it
//                                    ▼    ▼  │
//                                   listening
//
// Lives on the capture thread; never waits for an answer.
#pragma once

#include <cstdint>
#include <functional>

#include "agent/fact.h"
#include "agent/kernel_seat.h"
#include "agent/source/audit_socket.h"
#include "common/clock.h"
#include "common/result.h"

namespace spoor::agent {

struct SeatPolicy {
  bool listen_beside = true;  // another daemon is no reason to end
  bool take_freed = true;     // become the daemon once the seat is free
};

enum class SeatState : uint8_t { holding, asking, listening };

// What to do next, pure.
enum class SeatStep : uint8_t { stay, ask, listen, end };
SeatStep next_step(SeatState state, const SeatHolder& holder, const SeatPolicy& policy);

class SeatKeeper {
 public:
  // `tell` gets what changed; its words live until it returns.
  SeatKeeper(SeatState state, const SeatPolicy& policy,
             std::function<void(const AgentState&, Instant)> tell);

  // Somebody was seen to have the seat, by a question asked at `asked`. A failure ends the capture.
  Status seen(AuditSocket& socket, const SeatHolder& holder, Instant asked, Instant now);
  // The seat was ours when we began, or was taken otherwise than by seen().
  void took(Instant now) { change(SeatState::holding, now); }
  // The kernel's answer may have come; or it is time to listen no more.
  void tick(AuditSocket& socket, Instant now);

  SeatState state() const { return state_; }

 private:
  void ask(AuditSocket& socket, Instant now);
  void change(SeatState state, Instant now);
  void end_overlap(AuditSocket& socket, Instant now) const;

  SeatState state_;
  SeatPolicy policy_;
  std::function<void(const AgentState&, Instant)> tell_;
  bool listening_told_ = false;
  // Boottime: what was seen before that is of no use. 0: not in this run.
  int64_t changed_ns_ = 0;
};

}  // namespace spoor::agent
