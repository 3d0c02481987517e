// From the socket of a run before us to one of our own, without losing a record in between.
//
// After a crash we read on from the socket that the service manager kept. The kernel still names
// the dead process as its audit daemon, and does so until that socket is closed everywhere. What it
// has to tell between that and our own registration it throws away in silence (kernel/audit.c,
// kauditd_hold_skb, where it was booted without audit=1). So a listener to the kernel's multicast
// group bridges it:
//
//   old socket   ────────────┤ closed
//   listener           ├───────────────────────────┤
//   new socket                 ├──────────────────────────────…
//
// Each record comes at most twice then, by unicast and by multicast, in either order, since the
// kernel sends what the old socket refused to the new one later. It is taken when it comes first.
// A record that the kernel says twice is told from that by counting what each way brought.
//
// Capture thread.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

#include "agent/model.h"
#include "agent/source/audit_socket.h"
#include "common/result.h"

namespace spoor::agent {

class SeatChange {
 public:
  // `fresh` and `listener` are open, with their buffers, and neither registered nor joined.
  SeatChange(AuditSocket fresh, AuditSocket listener)
      : fresh_(std::move(fresh)), listener_(std::move(listener)) {}

  // Moves `socket` over. `release` makes the service manager close its copy of the old one. Records
  // go to `take`, each once. `unavailable`: too much to read just now; `socket` is the old one, and
  // this object spent. Any other failure is the loss of the seat.
  Status begin(AuditSocket& socket, const std::function<void()>& received,
               const std::function<Status()>& release, const AuditSocket::Sink& take);
  // While it is under way: whether a record that `socket` brought is new.
  bool is_first(const Datagram& record) { return is_first(Way::unicast, record); }
  // Reads the listener; `received` as for AuditSocket::receive(). To be called when a batch of
  // `socket` was received and before it is looked at: the kernel tells its listeners first, so
  // that everything before that batch is there.
  Status read_listener(const std::function<void()>& received, const AuditSocket::Sink& take);
  // What was said both ways may still come by the other one: is_first() goes on.
  void close_listener() { (void)listener_.release(); }

 private:
  enum class Way : uint8_t { unicast, multicast };
  struct Count {
    uint32_t brought[2] = {0, 0};
  };
  bool is_first(Way way, const Datagram& record);

  AuditSocket fresh_, listener_;
  struct HashOfHash {
    size_t operator()(const Hash& hash) const { return load_le<size_t>(hash.data()); }
  };
  // By a hash of type and text that nobody can make collide, which would hide a record.
  std::unordered_map<Hash, Count, HashOfHash> counts_;
};

}  // namespace spoor::agent
