#include "agent/source/rule_machine.h"

#include <libaudit.h>

namespace spoor::agent {

RuleMachine RuleMachine::of(int machine) {
  switch (machine) {
    case MACH_86_64: return {machine, machine, MACH_X86};
    case MACH_AARCH64: return {machine, machine, MACH_ARM};
    case MACH_PPC64: return {machine, machine, MACH_PPC};
    case MACH_S390X: return {machine, machine, MACH_S390};
    case MACH_PPC64LE: return {machine, machine, std::nullopt};
    case MACH_X86:
    case MACH_ARM:
    case MACH_PPC:
    case MACH_S390: return {machine, std::nullopt, machine};
    default: return {};
  }
}

RuleMachine RuleMachine::host() { return of(audit_detect_machine()); }

std::string machine_name(int machine) {
  if (machine == MACH_ARM) return "arm";  // armeb, says libaudit
  const char* name = audit_machine_to_name(machine);
  return name != nullptr ? name : "this machine";
}

bool is_call_anywhere(const std::string& name) {
  for (const int machine : {MACH_X86, MACH_86_64, MACH_PPC64, MACH_PPC, MACH_S390X, MACH_S390,
                            MACH_ARM, MACH_AARCH64, MACH_PPC64LE}) {
    if (audit_name_to_syscall(name.c_str(), machine) >= 0) return true;
  }
  return false;
}

}  // namespace spoor::agent
