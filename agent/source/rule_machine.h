// Whose system calls a rule can name: libaudit's table for the machine's own programs, and the one
// for its 32-bit programs, where it runs any. One set of rules serves all machines; what a machine
// lacks is left out of them. Pure; any thread.
#pragma once

#include <optional>
#include <string>

namespace spoor::agent {

struct RuleMachine {
  int own = -1;                 // MACH_* of libaudit.h; negative: libaudit does not know it
  std::optional<int> b64, b32;  // what -F arch=b64 and -F arch=b32 mean on it

  static RuleMachine of(int machine);
  static RuleMachine host();
  bool runs(int machine) const { return machine == b64 || machine == b32; }
};

// As uname(1) has it, or near.
std::string machine_name(int machine);
// Whether a call has this name on any machine that libaudit knows.
bool is_call_anywhere(const std::string& name);

}  // namespace spoor::agent
