// The witness: a process beside the agent that reads /proc/PID/exe and /proc/PID/fd for it.
// Landlock keeps these from the agent, as everything that only a tracer may see; and a process that
// may see them must not be the one that reads what attackers write.
//
// It knows two questions, each of numbers alone (agent/source/witness_message.h), and can do
// nothing else: it holds its socket and an O_PATH descriptor of /proc; seccomp kills it at any call
// but the six it lives by, none of which opens anything; and of capabilities it has the two that
// the links ask for, CAP_SYS_PTRACE for any of them, and CAP_DAC_READ_SEARCH to pass /proc/PID/fd,
// a folder of mode 0500. Neither lets it write anywhere. Once it runs the agent gives both up for
// good (agent/privilege.h).
//
// It lives as long as somebody holds the other end of its socket, and no longer than its parent.
// Links tell where something lies without going there, and statx(2) is told to ask no server: a
// dead NFS mount cannot hold it.
#pragma once

#include <vector>

#include "agent/privilege.h"
#include "agent/source/witness.h"
#include "common/result.h"

namespace spoor::agent {

// Before this process has threads, or is confined: the witness would be, too. Every descriptor of
// ours but the socket is closed in it.
Result<Witness> start_witness();

// For `spoor-agent check-sandbox`: tries in children, made as the witness is, what it must not be
// able to do.
std::vector<Attempt> try_forbidden_as_witness();

}  // namespace spoor::agent
