#include "agent/seat_change.h"

#include <poll.h>

#include "common/sha256.h"

namespace spoor::agent {
namespace {

// Reads of a full batch. More, and there is a storm: later.
constexpr int kBatchesMax = 256;
// The manager closes its copy when it comes to it; until then the kernel says the seat is held.
constexpr int kTries = 100;
constexpr int kTryMs = 10;

}  // namespace

bool SeatChange::is_first(Way way, const Datagram& record) {
  const std::string_view type(reinterpret_cast<const char*>(&record.type), sizeof record.type);
  Count& count = counts_[Sha256().add(type).add(record.text).finish()];
  const auto here = static_cast<size_t>(way);
  return ++count.brought[here] > count.brought[1 - here];
}

Status SeatChange::read_listener(const std::function<void()>& received,
                                 const AuditSocket::Sink& take) {
  for (int batch = 0; batch < kBatchesMax; ++batch) {
    ASSIGN_OR_RETURN(const bool drained, listener_.receive(received, [&](const Datagram& record) {
      if (is_first(Way::multicast, record)) take(record);
    }));
    if (drained) return ok();
  }
  return ok();
}

Status SeatChange::begin(AuditSocket& socket, const std::function<void()>& received,
                         const std::function<Status()>& release, const AuditSocket::Sink& take) {
  RETURN_IF_ERROR(listener_.join_multicast());
  const auto take_unicast = [&](const Datagram& record) {
    if (is_first(Way::unicast, record)) take(record);
  };
  // What was sent before the listener joined is in the old socket now, and is read before it goes.
  bool drained = false;
  for (int batch = 0; batch < kBatchesMax && !drained; ++batch) {
    ASSIGN_OR_RETURN(drained, socket.receive(received, take_unicast));
  }
  if (!drained) return unavailable("the audit socket does not run dry");
  socket = std::move(fresh_);  // closes the old one
  RETURN_IF_ERROR(release());
  Status taken;
  for (int i = 0; i < kTries; ++i) {
    taken = socket.take_seat(take_unicast);
    if (taken.code() != Code::denied) break;
    (void)poll(nullptr, 0, kTryMs);
  }
  RETURN_IF_ERROR(taken);
  return read_listener(received, take);
}

}  // namespace spoor::agent
