#include "common/grpc_locks.h"

namespace spoor {
namespace {

// What gRPC does when a client cannot connect, in small: one order of two locks, then the other, by
// a thread that holds no lock in between. Nothing is wrong with it.
void lock_in_both_orders() {
  absl::Mutex a, b;
  {
    const absl::MutexLock first(&a), second(&b);
  }
  {
    const absl::MutexLock first(&b), second(&a);
  }
}

// In a process of its own, so that no other test has set the mode before.
TEST(GrpcLocks, AnOrderOfLocksEndsNoProgram) {
  EXPECT_EXIT(
      {
        leave_grpc_locks_unwatched();
        lock_in_both_orders();
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace spoor
