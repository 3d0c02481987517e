#include "agent/decode/tables.h"

#include <libaudit.h>

#include <limits>

#include "agent/decode/fields.h"

namespace spoor::agent {

std::optional<uint16_t> record_type_number(std::string_view name) {
  constexpr std::string_view kUnknown = "UNKNOWN[";
  if (name.starts_with(kUnknown) && name.ends_with(']')) {
    uint16_t number = 0;
    if (!parse_number(name.substr(kUnknown.size(), name.size() - kUnknown.size() - 1), number)) {
      return std::nullopt;
    }
    return number;
  }
  const int type = audit_name_to_msg_type(std::string(name).c_str());
  if (type < 0 || type > std::numeric_limits<uint16_t>::max()) return std::nullopt;
  return static_cast<uint16_t>(type);
}

std::string record_type_name(uint16_t type) {
  const char* name = audit_msg_type_to_name(type);
  return name != nullptr ? name : "UNKNOWN[" + std::to_string(type) + "]";
}

const char* syscall_name(uint32_t arch, uint32_t number) {
  const int machine = audit_elf_to_machine(arch);
  if (machine < 0 || number > static_cast<uint32_t>(std::numeric_limits<int>::max())) return "";
  const char* name = audit_syscall_to_name(static_cast<int>(number), machine);
  return name != nullptr ? name : "";
}

}  // namespace spoor::agent
