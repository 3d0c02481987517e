// Names for the kernel's numbers, by libaudit's tables. Thread-safe: the tables are constant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spoor::agent {

// 1300 for "SYSCALL", 1399 for "UNKNOWN[1399]"; absent for a name that libaudit does not know.
std::optional<uint16_t> record_type_number(std::string_view name);
// The reverse; a number without a name is "UNKNOWN[n]".
std::string record_type_name(uint16_t type);
// `arch` as AUDIT_ARCH_*; empty for an unknown arch or number. Static storage.
const char* syscall_name(uint32_t arch, uint32_t number);

}  // namespace spoor::agent
