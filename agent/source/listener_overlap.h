// Records that come two ways. An audit socket gets each record itself when it has the seat of the
// audit daemon, and a copy of each when it listens to the kernel's multicast group. While a
// listener becomes the daemon, and while the socket of a run before us gives way to one of our own,
// both are open: in either order, since the kernel sends what a socket refused to the next one
// later, and what it held back while there was no daemon comes again (kernel/audit.c: the retry and
// hold queues). A record is taken when it comes first. One that the kernel says twice is told from
// that by counting what each way brought. What a run before us read, by whichever way, is one, too.
//
// Remembered are the last kRecordsRemembered, from begin() to end(). Used by AuditSocket, on its
// thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "agent/model.h"
#include "common/bytes.h"

namespace spoor::agent {

class ListenerOverlap {
 public:
  enum class Way : uint8_t { itself, copy, run_before };

  void begin() { is_open_ = true; }
  // Only records themselves come from here on.
  void end();

  // Whether the record is new. Outside begin() and end() every record is, and no copy.
  bool is_first(const Datagram& record, Way way);

 private:
  struct HashOfHash {
    size_t operator()(const Hash& hash) const { return load_le<size_t>(hash.data()); }
  };
  using Brought = std::array<uint32_t, 3>;  // by each way

  bool is_open_ = false;
  // By a hash of type and text that nobody can make collide, which would hide a record.
  std::unordered_map<Hash, Brought, HashOfHash> brought_;
  std::deque<Hash> oldest_first_;
};

}  // namespace spoor::agent
