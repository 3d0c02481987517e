// From the audit socket of a run before us to one of our own, without losing a record in between.
//
// After a crash we read on from the socket that the service manager kept. The kernel still names
// the dead process as its audit daemon, and does so until that socket is closed everywhere. What it
// has to tell between that and our own registration it throws away in silence (kernel/audit.c,
// kauditd_hold_skb, where it was booted without audit=1). So the new socket listens before the old
// one goes, and has copies of it:
//
//   old socket   ────────────┤ closed
//   new socket         ├ copies ─ ─ ┼ records themselves ───────────…
//
// What comes both ways is taken once (agent/source/listener_overlap.h). Capture thread.
#pragma once

#include <functional>

#include "agent/source/audit_socket.h"
#include "common/result.h"

namespace spoor::agent {

// Moves `socket` over to `fresh`, which is open with its buffer, and neither registered nor in the
// group. `release` makes the service manager close its copy of the old one. Records go to `taker`,
// each once. False: there is too much to read just now, or `fresh` may not listen; `socket` is the
// old one then, and `fresh` is gone. A failure is the loss of the seat.
Result<bool> change_seat(AuditSocket& socket, AuditSocket fresh, const AuditSocket::Taker& taker,
                         const std::function<Status()>& release);

}  // namespace spoor::agent
