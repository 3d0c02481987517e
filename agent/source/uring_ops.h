// Operations of io_uring that the kernel's audit can see, by name: linux/io_uring.h for the
// numbers, io_uring/opdef.c for those without `audit_skip`. libaudit 3.0.9 has no table of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace spoor::agent {

std::optional<uint32_t> find_uring_op(std::string_view name);
std::string_view uring_op_name(uint32_t number);  // empty: not known

}  // namespace spoor::agent
