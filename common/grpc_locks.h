// Debian builds abseil, whose mutexes gRPC uses, with its checks for debugging: each lock is
// entered into one graph, under one spinlock, and a cycle in it, be it ever so harmless, aborts
// the program (https://github.com/grpc/grpc/issues/40390). With thousands of connections the graph
// costs more than all else that gRPC does.
#pragma once

#include <absl/synchronization/mutex.h>

namespace spoor {

// No lock of gRPC's is watched any more. Once, in main(), before there are channels or servers.
inline void leave_grpc_locks_unwatched() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

}  // namespace spoor
