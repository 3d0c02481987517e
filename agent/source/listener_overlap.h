// One audit socket may be served twice: as a listener it gets a copy of each record (multicast), as
// the daemon it gets the record itself. While a listener becomes the daemon records come both ways,
// and what the kernel held back while there was no daemon comes again (kernel/audit.c: the hold and
// retry queues). This lets each record through once.
//
// The kernel's thread sends the copy of a record just before the record. So the first record that
// is the last copy over again is where the two meet: from there on copies are not wanted. Records
// older than that are known by their hash. Used by AuditSocket, on its thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/model.h"

namespace spoor::agent {

class ListenerOverlap {
 public:
  // Copies are wanted, from now until the records themselves come.
  void listen();

  // Whether the record is to be handed on. `copy`: it came by multicast.
  bool accept(const Datagram& record, bool copy);
  // The records themselves come now: leave the group.
  bool copies_wanted() const { return listening_; }

 private:
  bool was_copied(uint64_t hash);

  bool listening_ = false;
  uint64_t last_copy_ = 0;
  std::vector<uint64_t> copied_;  // a ring of the last kCopiesRemembered; empty: none to look for
  size_t next_ = 0;
  size_t unknown_in_a_row_ = 0;
};

}  // namespace spoor::agent
