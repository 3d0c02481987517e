// A rule file: whatever the bytes are, each line is a rule, a setting or a problem; what is read
// can be encoded, compared, merged and printed; what it hides can be told; and a rule that is
// printed and read again is the same.
#include <libaudit.h>

#include <string>
#include <string_view>

#include "agent/source/audit_rules.h"
#include "agent/source/rule_data.h"
#include "agent/source/rule_text.h"

namespace spoor::agent {
namespace {

// auditctl's own listing has no escapes, and a folder that it calls -w loses its last slash.
bool can_be_read_again(const AuditRule& rule, const std::string& line) {
  if (line.find('\\') != std::string::npos || line.starts_with("-w")) return false;
  for (const RuleField& field : fields_of(*rule.data)) {
    if (field.text.find(' ') != std::string_view::npos) return false;
    if (field.text.find('\t') != std::string_view::npos) return false;
  }
  return true;
}

// The same file on machines that have other calls, and no 32-bit programs.
void check_elsewhere(std::string_view text) {
  for (const int machine : {MACH_AARCH64, MACH_PPC64LE, MACH_X86}) {
    RuleSet set;
    parse_rules("fuzz", text, {.machine = RuleMachine::of(machine)}, set);
    finish_rules(set);
    CHECK(set.rules.size() <= set.rules_read);
    for (const std::string& note : set.notes) CHECK(note.starts_with("fuzz:"));
  }
}

void check(std::string_view text) {
  const RuleContext context{.accounts = {{{0, "root"}}, {{0, "root"}}}};
  RuleSet set;
  parse_rules("fuzz", text, context, set);
  CHECK(set.rules.size() <= set.rules_read);
  finish_rules(set);
  CHECK(set.rules.size() <= set.rules_read);
  for (const std::string& warning : set.warnings) CHECK(warning.starts_with("fuzz:"));
  for (const AuditRule& rule : set.rules) {
    CHECK(is_our_rule(rule) && key_of(*rule.data) == rule.key);
    const std::string line = auditctl_line(rule);
    if (!can_be_read_again(rule, line)) continue;
    const auto again = parse_rule_line(line, "again:1", context);
    // Some numbers are listed as another sign, or without the arch that a name needs.
    if (again.is_ok() && again->kind == RuleLine::Kind::add) {
      CHECK(auditctl_line(again->rule) == line);
    }
  }
}

}  // namespace
}  // namespace spoor::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  spoor::agent::check(text);
  spoor::agent::check_elsewhere(text);
  return 0;
}
