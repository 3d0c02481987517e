// What journald does to the kernel's audit whenever it starts: journald.conf(5), Audit=. Its files
// are read as systemd reads them: one main file, then its additions (additions.h).
#pragma once

#include <cstdint>
#include <string>

#include "common/files.h"

namespace spoor::agent {

class HostCalls;

struct JournaldAudit {
  enum class Does : uint8_t { leaves_alone, switches_on, switches_off };
  Does does = Does::leaves_alone;
  std::string because;  // "Audit=no in /etc/systemd/journald.conf"
};

// Where no file says it, the default counts that this journald was built with. The main file shows
// it in a comment: `#Audit=no` in Debian's.
Result<JournaldAudit> read_journald_audit(Files& files, HostCalls& calls);

}  // namespace spoor::agent
