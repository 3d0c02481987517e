// A rule in the kernel's encoding, struct audit_rule_data (linux/audit.h): building one, reading
// one, comparing two. Text (paths, labels, the key) lies in one buffer behind the fields, in their
// order; the field's value is its length.
//
// libaudit encodes rules, too, but it keeps the architecture and what it has seen of a rule in
// variables of the process, prints to stderr, and asks NSS for account names; so its name tables
// are used here, and not its encoder. tests/system/rules_test.py holds both to be equal.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "agent/source/rule_kernel.h"

namespace spoor::agent {

// `field` is AUDIT_*, `op` an operator such as AUDIT_EQUAL; `text` for fields that have one.
struct RuleField {
  uint32_t field = 0, op = 0, value = 0;
  std::string_view text;
};

bool has_text(uint32_t field);
// Views into the rule. Stops where the rule is not as the kernel would make it.
std::vector<RuleField> fields_of(const audit_rule_data& rule);
std::string_view key_of(const audit_rule_data& rule);

// AUDIT_FILTER_*, without what -A adds.
uint32_t list_of(const audit_rule_data& rule);
bool is_prepended(const audit_rule_data& rule);  // -A
// `-S all`, or no -S.
bool has_all_syscalls(const audit_rule_data& rule);
bool has_syscall(const audit_rule_data& rule, uint32_t number);
uint32_t count_syscalls(const audit_rule_data& rule);

// The same rule, whatever memory it lies in and whichever end of its list it was added to.
bool same_rule(const AuditRule& a, const AuditRule& b);
// The same but for its system calls.
bool same_but_syscalls(const AuditRule& a, const AuditRule& b);

AuditRule copy_of(const AuditRule& rule);
std::vector<AuditRule> copy_rules(const std::vector<AuditRule>& rules);

// A rule in the making.
class RuleBuilder {
 public:
  RuleBuilder();
  void set_list(uint32_t list, bool prepend);
  void set_action(uint32_t action);
  uint32_t list() const;

  // `full` with AUDIT_MAX_FIELDS there.
  Status add_number(uint32_t field, uint32_t op, uint32_t value);
  Status add_text(uint32_t field, uint32_t op, std::string_view text);
  void replace_value(uint32_t field, uint32_t value);  // of the first such field
  void add_all_syscalls();
  bool add_syscall(uint32_t number);  // false: beyond what a rule can hold

  const audit_rule_data& data() const { return *data_; }
  // With the key as last field, as auditctl has it.
  Result<AuditRule> finish(std::string_view key) &&;

 private:
  RulePtr data_;
};

}  // namespace spoor::agent
