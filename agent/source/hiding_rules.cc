#include "agent/source/hiding_rules.h"

#include <libaudit.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "agent/source/rule_data.h"
#include "agent/source/rule_line.h"
#include "agent/source/rule_merge.h"
#include "agent/source/rule_text.h"

namespace spoor::agent {
namespace {

constexpr size_t kGroupsNamed = 5;

// audit_comparator() of kernel/auditfilter.c.
bool holds(uint32_t op, uint32_t value, uint32_t limit) {
  switch (op) {
    case AUDIT_EQUAL: return value == limit;
    case AUDIT_NOT_EQUAL: return value != limit;
    case AUDIT_LESS_THAN: return value < limit;
    case AUDIT_LESS_THAN_OR_EQUAL: return value <= limit;
    case AUDIT_GREATER_THAN: return value > limit;
    case AUDIT_GREATER_THAN_OR_EQUAL: return value >= limit;
    case AUDIT_BIT_MASK: return (value & limit) != 0;
    case AUDIT_BIT_TEST: return (value & limit) == limit;
    default: return true;
  }
}

// Has one value for a call. Groups have several (setgroups(2)), and what is of files has one for
// each of the call's paths.
bool is_single(uint32_t field) {
  switch (field) {
    case AUDIT_PID:
    case AUDIT_PPID:
    case AUDIT_UID:
    case AUDIT_EUID:
    case AUDIT_SUID:
    case AUDIT_FSUID:
    case AUDIT_LOGINUID:
    case AUDIT_LOGINUID_SET:
    case AUDIT_SESSIONID:
    case AUDIT_PERS:
    case AUDIT_EXIT:
    case AUDIT_SUCCESS:
    case AUDIT_SADDR_FAM:
    case AUDIT_ARG0:
    case AUDIT_ARG1:
    case AUDIT_ARG2:
    case AUDIT_ARG3: return true;
    default: return false;
  }
}

std::optional<uint32_t> arch_of(const AuditRule& rule) {
  for (const RuleField& field : fields_of(*rule.data)) {
    if (field.field == AUDIT_ARCH && field.op == AUDIT_EQUAL) return field.value;
  }
  return std::nullopt;
}

bool lies_in(std::string_view path, std::string_view folder) {
  return path == folder || folder == "/" ||
         (path.starts_with(folder) && path[folder.size()] == '/');
}

bool is_place(uint32_t field) { return field == AUDIT_WATCH || field == AUDIT_DIR; }

bool only_reads(const AuditRule& rule) {
  const std::vector<RuleField> fields = fields_of(*rule.data);
  return std::any_of(fields.begin(), fields.end(), [](const RuleField& field) {
    return field.field == AUDIT_PERM && field.value == AUDIT_PERM_READ;
  });
}

// Whether one call that both rules are about may be about two paths: it takes two, which none does
// that reads, or a program is executed, which has an interpreter and a loader.
bool may_meet_two_places(const AuditRule& a, const AuditRule& b) {
  if (only_reads(a) || only_reads(b)) return false;
  const auto arch_a = arch_of(a), arch_b = arch_of(b);
  if ((!arch_a && !arch_b) || list_of(*a.data) != AUDIT_FILTER_EXIT) return true;
  const int machine = audit_elf_to_machine(arch_a ? *arch_a : *arch_b);
  if (machine < 0) return true;
  constexpr const char* kCalls[] = {"rename",   "renameat", "renameat2",  "link",
                                    "linkat",   "symlink",  "symlinkat",  "execve",
                                    "execveat", "mount",    "move_mount", "pivot_root"};
  return std::any_of(std::begin(kCalls), std::end(kCalls), [&](const char* name) {
    const int call = audit_name_to_syscall(name, machine);
    return call >= 0 && has_syscall(*a.data, static_cast<uint32_t>(call)) &&
           has_syscall(*b.data, static_cast<uint32_t>(call));
  });
}

// Whether no call meets both conditions, of those that are about a single place.
bool contradict(const RuleField& a, const RuleField& b) {
  if (a.op == AUDIT_EQUAL && b.op == AUDIT_EQUAL) {
    if (is_place(a.field) && is_place(b.field)) {
      return !lies_in(a.text, b.text) && !lies_in(b.text, a.text);
    }
    // One call may read and write (O_RDWR), or write and change attributes (link(2)), but what is
    // executed is that alone.
    if (a.field == AUDIT_PERM && b.field == AUDIT_PERM) {
      return (a.value & b.value) == 0 && (a.value == AUDIT_PERM_EXEC || b.value == AUDIT_PERM_EXEC);
    }
  }
  if (a.field != b.field) return false;
  if (a.field == AUDIT_EXE)
    return a.op == b.op ? a.op == AUDIT_EQUAL && a.text != b.text : a.text == b.text;
  if (!is_single(a.field)) return false;
  if (a.op == AUDIT_EQUAL) return !holds(b.op, a.value, b.value);
  return b.op == AUDIT_EQUAL && !holds(a.op, b.value, a.value);
}

// Its calls are execve and execveat, which only `perm=x` is about (audit_match_perm()).
bool only_executes(const AuditRule& rule) {
  const auto arch = arch_of(rule);
  const int machine = arch ? audit_elf_to_machine(*arch) : audit_detect_machine();
  uint32_t executing = 0;
  for (const char* name : {"execve", "execveat"}) {
    const int call = machine < 0 ? -1 : audit_name_to_syscall(name, machine);
    if (call >= 0) executing += has_syscall(*rule.data, static_cast<uint32_t>(call)) ? 1 : 0;
  }
  return executing > 0 && executing == count_syscalls(*rule.data);
}

bool leaves_out_executing(const AuditRule& rule) {
  const std::vector<RuleField> fields = fields_of(*rule.data);
  return std::any_of(fields.begin(), fields.end(), [](const RuleField& field) {
    return field.field == AUDIT_PERM && (field.value & AUDIT_PERM_EXEC) == 0;
  });
}

bool may_match_both(const AuditRule& a, const AuditRule& b) {
  if (!may_overlap(a, b)) return false;
  if (only_executes(a) && leaves_out_executing(b)) return false;
  if (only_executes(b) && leaves_out_executing(a)) return false;
  const bool two_places = may_meet_two_places(a, b);
  const std::vector<RuleField> fields = fields_of(*b.data);
  for (const RuleField& one : fields_of(*a.data)) {
    for (const RuleField& other : fields) {
      if (two_places && is_place(one.field) && is_place(other.field)) continue;
      if (contradict(one, other)) return false;
    }
  }
  return true;
}

bool has_conditions(const AuditRule& rule) {
  const std::vector<RuleField> fields = fields_of(*rule.data);
  return std::any_of(fields.begin(), fields.end(),
                     [](const RuleField& field) { return field.field != AUDIT_FILTERKEY; });
}

// The groups of ours from `first` on that the rule takes from; empty when there is none.
std::string groups_behind(const std::vector<AuditRule>& rules, size_t first,
                          const AuditRule& never) {
  std::vector<std::string> groups;
  for (size_t i = first; i < rules.size(); ++i) {
    if (!is_our_rule(rules[i]) || rules[i].data->action == AUDIT_NEVER) continue;
    if (std::find(groups.begin(), groups.end(), rules[i].key) != groups.end()) continue;
    if (may_match_both(never, rules[i])) groups.push_back(rules[i].key);
  }
  std::string text;
  for (size_t i = 0; i < std::min(groups.size(), kGroupsNamed); ++i) {
    text += (text.empty() ? "" : ", ") + groups[i];
  }
  if (groups.size() > kGroupsNamed) {
    text += " and of " + std::to_string(groups.size() - kGroupsNamed) + " groups more";
  }
  return text;
}

std::string excluded(const AuditRule& rule) {
  for (const RuleField& field : fields_of(*rule.data)) {
    if (field.field != AUDIT_MSGTYPE) continue;
    const char* name = audit_msg_type_to_name(static_cast<int>(field.value));
    if (field.op != AUDIT_EQUAL || name == nullptr) return "records of the types that it names";
    return std::string("records of type ") + name;
  }
  return "all records of what it matches";
}

// Empty: nothing.
std::string hidden_by(const std::vector<AuditRule>& rules, size_t i) {
  const bool never = rules[i].data->action == AUDIT_NEVER;
  switch (list_of(*rules[i].data)) {
    case AUDIT_FILTER_EXCLUDE:  // whatever its action is called
      return excluded(rules[i]);
    case AUDIT_FILTER_TASK:
      if (!never) return {};
      return has_conditions(rules[i]) ? "all that the programs do which it matches"
                                      : "each program that starts, for good";
    case AUDIT_FILTER_USER:
      return never ? "what programs tell of logins, sudo and accounts, where it matches" : "";
    case AUDIT_FILTER_FS: return never ? "the paths on what it matches" : "";
    default: {
      const std::string groups = never ? groups_behind(rules, i + 1, rules[i]) : "";
      return groups.empty() ? "" : "what it matches of " + groups;
    }
  }
}

}  // namespace

std::vector<HidingRule> find_hiding_rules(const std::vector<AuditRule>& rules) {
  std::vector<HidingRule> found;
  for (size_t i = 0; i < rules.size(); ++i) {
    std::string hides = hidden_by(rules, i);
    if (hides.empty()) continue;
    const bool everything =
        list_of(*rules[i].data) == AUDIT_FILTER_TASK && !has_conditions(rules[i]);
    found.push_back({auditctl_line(rules[i]), rules[i].source, std::move(hides),
                     is_our_rule(rules[i]), everything});
  }
  return found;
}

}  // namespace spoor::agent
