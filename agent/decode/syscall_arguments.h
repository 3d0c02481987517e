// What a0..a3 of a SYSCALL record, or the arguments of a SOCKETCALL record, stand for: a number is
// an open flag in one call and a file mode in the next. By the prototypes of section 2 of the
// manual; pointers and plain numbers have no meaning. Thread-safe: the table is constant.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace spoor::agent {

// The meaning of args[index] of the syscall of that name. Empty where the argument says all itself.
// Only the arguments before it are looked at beside it.
std::string argument_meaning(uint32_t arch, std::string_view syscall, uint32_t index,
                             std::span<const uint64_t, 4> args);

}  // namespace spoor::agent
