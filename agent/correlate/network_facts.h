// What an event did on the network: connect, bind, accept, listen and send, by system call, by
// socketcall(2) and by io_uring. The SOCKADDR record is the other side's address of connect, accept
// and send, and the own one of bind; the side that no record tells stays empty, and so does the
// protocol, which is the socket's. Only after decode_fields(). Pure.
#pragma once

#include <optional>
#include <string>

#include "agent/model.h"

namespace spoor::agent {

// Absent: it did nothing of that. A Unix socket's path that is relative to the working directory is
// made absolute in `path`, which the fact may then view.
std::optional<Network> network_of(const AuditEvent& event, std::string& path);

}  // namespace spoor::agent
