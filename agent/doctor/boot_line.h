// What audit reads of the kernel's command line (/proc/cmdline), as kernel/audit.c reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace spoor::agent {

enum class BootAudit : uint8_t {
  unset,
  on,   // audit=1, and whatever else is not off
  off,  // audit=0: for good, whatever comes behind it
};
BootAudit boot_audit(std::string_view line);

// audit_backlog_limit=: the last one that is a number of C's. The kernel ignores others.
std::optional<uint32_t> boot_backlog_limit(std::string_view line);

}  // namespace spoor::agent
