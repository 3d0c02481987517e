// Names for the kernel's numbers: record types, syscalls, architectures. By libaudit's tables, and
// by a few lines of our own for what is newer than they are (linux/audit.h, kernel 6.18) or what
// they lack. A library of its own: who needs no names does not link libaudit. Thread-safe: the
// tables are constant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spoor {

// 1300 for "SYSCALL", 1399 for "UNKNOWN[1399]"; absent for a name that nobody knows.
std::optional<uint16_t> record_type_number(std::string_view name);
// The reverse; a number without a name is "UNKNOWN[n]".
std::string record_type_name(uint16_t type);

// `arch` as AUDIT_ARCH_*; empty for an unknown arch or number. Static storage.
const char* syscall_name(uint32_t arch, uint32_t number);
// "x86_64", "arm", "riscv64"; empty for one that nobody knows. Static storage.
const char* arch_name(uint32_t arch);
inline constexpr uint32_t kArchLittleEndian = 0x40000000;  // __AUDIT_ARCH_LE

}  // namespace spoor
