#include "agent/seat_change.h"

#include <poll.h>

#include <utility>

#include "common/log.h"

namespace spoor::agent {
namespace {

// Reads of a full batch. More, and there is a storm: later.
constexpr int kBatchesMax = 256;
// The manager closes its copy when it comes to it; until then the kernel says the seat is held.
constexpr int kTries = 100;
constexpr int kTryMs = 10;

}  // namespace

Result<bool> change_seat(AuditSocket& socket, AuditSocket fresh, const AuditSocket::Taker& taker,
                         const SeatCopies& copies) {
  if (const Status heard = fresh.listen(); !heard.is_ok()) {
    log_warning("{}", heard.message());
    return false;
  }
  // The record that the kernel was at work on found no listener, and comes to the old socket only.
  (void)poll(nullptr, 0, kTryMs);
  // What was sent before `fresh` listened is in the old socket now, and is read before it goes.
  AuditSocket::Taker old = taker;
  old.record = [&](const Datagram& record) {
    if (fresh.is_first(record)) taker.record(record);
  };
  bool drained = false;
  for (int batch = 0; batch < kBatchesMax && !drained; ++batch) {
    ASSIGN_OR_RETURN(drained, socket.receive(old));
  }
  if (!drained) return false;
  if (const Status kept = copies.keep_fresh(fresh.fd()); !kept.is_ok()) {
    log_warning("{}", kept.message());
    return false;
  }
  socket = std::move(fresh);  // closes the old one
  RETURN_IF_ERROR(copies.release_old());
  Status taken;
  for (int i = 0; i < kTries; ++i) {
    taken = socket.take_seat(taker);
    if (taken.code() != Code::denied) break;
    (void)poll(nullptr, 0, kTryMs);
  }
  if (!taken.is_ok()) return taken;
  return true;
}

}  // namespace spoor::agent
