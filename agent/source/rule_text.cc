#include "agent/source/rule_text.h"

#include <libaudit.h>

#include <algorithm>

#include "agent/source/rule_data.h"
#include "agent/source/rule_fields.h"
#include "agent/source/uring_ops.h"

namespace spoor::agent {
namespace {

std::string permissions(uint32_t value) {
  std::string letters;
  if (value & AUDIT_PERM_READ) letters += 'r';
  if (value & AUDIT_PERM_WRITE) letters += 'w';
  if (value & AUDIT_PERM_EXEC) letters += 'x';
  if (value & AUDIT_PERM_ATTR) letters += 'a';
  return letters;
}

std::string hex(uint32_t value) {
  std::string digits;
  do digits.insert(digits.begin(), "0123456789ABCDEF"[value % 16]);
  while ((value /= 16) != 0);
  return "0x" + digits;
}

std::string signed_number(uint32_t value) { return std::to_string(static_cast<int32_t>(value)); }

// auditctl writes a rule as -w that says nothing but where, how and its key.
bool is_watch(const audit_rule_data& rule, const std::vector<RuleField>& fields) {
  bool has_perm = false;
  for (const RuleField& field : fields) {
    if (field.field == AUDIT_PERM) has_perm = true;
    else if (field.field != AUDIT_WATCH && field.field != AUDIT_DIR &&
             field.field != AUDIT_FILTERKEY) return false;
  }
  return has_perm && list_of(rule) == AUDIT_FILTER_EXIT && has_all_syscalls(rule);
}

std::string arch_name(const RuleField& field) {
  if (audit_elf_to_machine(field.value) < 0) return hex(field.value);
  return (field.value & 0x80000000u) != 0 ? "b64" : "b32";  // __AUDIT_ARCH_64BIT
}

std::string syscalls(const audit_rule_data& rule, const std::vector<RuleField>& fields) {
  const uint32_t list = list_of(rule);
  if (list != AUDIT_FILTER_EXIT && list != AUDIT_FILTER_URING_EXIT) return {};
  if (has_all_syscalls(rule)) return " -S all";
  int machine = audit_detect_machine();
  for (const RuleField& field : fields) {
    if (field.field == AUDIT_ARCH) machine = audit_elf_to_machine(field.value);
  }
  std::string names;
  for (uint32_t number = 0; number < AUDIT_BITMASK_SIZE * 32; ++number) {
    if (!has_syscall(rule, number)) continue;
    std::string name;
    if (list == AUDIT_FILTER_URING_EXIT) {
      name = uring_op_name(number);
    } else if (machine >= 0) {
      const char* known = audit_syscall_to_name(static_cast<int>(number), machine);
      if (known != nullptr) name = known;
    }
    if (name.empty()) name = std::to_string(number);
    names += (names.empty() ? " -S " : ",") + name;
  }
  return names;
}

std::string value_text(const RuleField& field) {
  const char* name = nullptr;
  switch (field.field) {
    case AUDIT_MSGTYPE:
      name = audit_msg_type_to_name(static_cast<int>(field.value));
      break;
    case AUDIT_FSTYPE:
      name = audit_fstype_to_name(static_cast<int>(field.value));
      break;
    case AUDIT_EXIT:
      if (static_cast<int32_t>(field.value) < 0) {
        name = audit_errno_to_name(-static_cast<int32_t>(field.value));
      }
      if (name != nullptr) return std::string("-") + name;
      break;
    case AUDIT_PERM:
      return permissions(field.value);
    case AUDIT_INODE:
      return std::to_string(field.value);
    case AUDIT_ARG0: case AUDIT_ARG1: case AUDIT_ARG2: case AUDIT_ARG3:
      return hex(field.value);
    default:
      if (has_text(field.field)) return std::string(field.text);
  }
  return name != nullptr ? name : signed_number(field.value);
}

std::string watch_part(const RuleField& field) {
  if (field.field == AUDIT_PERM) return " -p " + permissions(field.value);
  if (field.field == AUDIT_FILTERKEY) return " -k " + std::string(field.text);
  return "-w " + std::string(field.text);
}

std::string field_part(const RuleField& field) {
  const char* op = audit_operator_to_symbol(static_cast<int>(field.op));
  if (field.field == AUDIT_FIELD_COMPARE) {
    const auto names = names_of_comparison(field.value);
    if (names) return " -C " + std::string(names->first) + op + std::string(names->second);
  }
  const char* name = audit_field_to_name(static_cast<int>(field.field));
  return " -F " + (name != nullptr ? name : "f" + std::to_string(field.field)) + op +
         value_text(field);
}

}  // namespace

std::string list_name(const AuditRule& rule) {
  switch (list_of(*rule.data)) {
    case AUDIT_FILTER_USER: return "user";
    case AUDIT_FILTER_TASK: return "task";
    case AUDIT_FILTER_EXIT: return "exit";
    case AUDIT_FILTER_EXCLUDE: return "exclude";
    case AUDIT_FILTER_FS: return "filesystem";
    case AUDIT_FILTER_URING_EXIT: return "io_uring";
    default: return "list " + std::to_string(list_of(*rule.data));
  }
}

std::string auditctl_line(const AuditRule& rule) {
  const std::vector<RuleField> fields = fields_of(*rule.data);
  std::string line;
  if (is_watch(*rule.data, fields)) {
    for (const RuleField& field : fields) line += watch_part(field);
    return line;
  }
  line = (rule.data->action == AUDIT_NEVER ? "-a never," : "-a always,") + list_name(rule);
  for (const RuleField& field : fields) {
    if (field.field != AUDIT_ARCH) continue;
    const char* op = audit_operator_to_symbol(static_cast<int>(field.op));
    line += " -F arch" + std::string(op) + arch_name(field);
  }
  line += syscalls(*rule.data, fields);
  for (const RuleField& field : fields) {
    if (field.field != AUDIT_ARCH) line += field_part(field);
  }
  return line;
}

}  // namespace spoor::agent
