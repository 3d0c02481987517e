#include "agent/seat_change.h"

#include <poll.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
  if (!listener_.is_open()) return ok();
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
  // The record that the kernel was at work on found no listener, and comes to the old socket only.
  (void)poll(nullptr, 0, kTryMs);
  // What was sent before the listener joined is in the old socket now, and is read before it goes.
  bool drained = false;
  for (int batch = 0; batch < kBatchesMax && !drained; ++batch) {
    ASSIGN_OR_RETURN(drained, socket.receive(received, take_unicast));
  }
  if (!drained) return unavailable("the audit socket does not run dry");
  socket = std::move(fresh_);  // closes the old one
  RETURN_IF_ERROR(release());
  // What comes with the kernel's answer follows on what only the listener has.
  std::vector<std::pair<uint16_t, std::string>> first;
  Status taken;
  for (int i = 0; i < kTries; ++i) {
    taken = socket.take_seat([&](const Datagram& record) {
      first.emplace_back(record.type, record.text);
    });
    if (taken.code() != Code::denied) break;
    (void)poll(nullptr, 0, kTryMs);
  }
  RETURN_IF_ERROR(taken);
  RETURN_IF_ERROR(read_listener(received, take));
  for (const auto& [type, text] : first) take_unicast({type, text});
  return ok();
}

}  // namespace spoor::agent
