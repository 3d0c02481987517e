// What spoor-collector-ca gives up for good before it hears its first question: sockets of any
// network, other programs, other processes' memory, core dumps, new privileges. What it needs is
// its folder and one Unix socket. The calling thread and those it starts.
#pragma once

#include "common/result.h"

namespace spoor::collector {

// `denied` for root, who could undo it.
Status confine_authority();

}  // namespace spoor::collector
