// From the audit socket of a run before us to one of our own, without losing a record in between.
//
// After a crash we read on from the socket that the service manager kept. The kernel still names
// the dead process as its audit daemon, and does so until that socket is closed everywhere. What it
// has to tell between that and our own registration it throws away in silence (kernel/audit.c,
// kauditd_hold_skb, where it was booted without audit=1). So the new socket listens before the old
// one goes, and has copies of it:
//
//   old socket   ──────────────────┤ closed
//   new socket         ├ copies ─ ─ ─ ─ ┼ records themselves ───────────…
//   the manager has     old    both   new
//
// What comes both ways is taken once (agent/source/listener_overlap.h). Whoever is killed at any
// point of it leaves one of them in the service manager's store which has everything that was not
// read: the older one, as long as both are there. Capture thread.
#pragma once

#include <functional>

#include "agent/source/audit_socket.h"
#include "common/result.h"

namespace spoor::agent {

// The service manager's copies, as wanted by the time that this returns: of the new socket, and no
// more of the old one.
struct SeatCopies {
  std::function<Status(int fd)> keep_fresh;
  std::function<Status()> release_old;
};

// Moves `socket` over to `fresh`, which is open with its buffer, and neither registered nor in the
// group. Records go to `taker`, each once. False: there is too much to read just now, or `fresh`
// may not listen or cannot be kept; `socket` is the old one then, and `fresh` is gone, but for a
// copy that may be kept. A failure is the loss of the seat.
Result<bool> change_seat(AuditSocket& socket, AuditSocket fresh, const AuditSocket::Taker& taker,
                         const SeatCopies& copies);

}  // namespace spoor::agent
