// How facts name a process and the programs that it ran. Plain data.
#pragma once

#include <compare>
#include <cstdint>

namespace spoor::agent {

struct ProcessKey {
  uint32_t pid = 0;
  int64_t birth_ns = 0;  // since boot; 0: not known
  bool rounded = false;
  auto operator<=>(const ProcessKey&) const = default;
};

struct CommandRef {
  ProcessKey process;
  uint32_t exec_number = 0;  // from 1
};

}  // namespace spoor::agent
