#include "agent/source/rule_merge.h"

#include <libaudit.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "agent/source/rule_data.h"

namespace spoor::agent {
namespace {

std::optional<uint32_t> arch_of(const AuditRule& rule) {
  for (const RuleField& field : fields_of(*rule.data)) {
    if (field.field == AUDIT_ARCH && field.op == AUDIT_EQUAL) return field.value;
  }
  return std::nullopt;
}

// Where in `kept` the rule can be joined with another.
std::optional<size_t> place_to_join(const std::vector<AuditRule>& kept, const AuditRule& rule) {
  for (size_t i = kept.size(); i-- > 0;) {
    if (same_but_syscalls(kept[i], rule)) {
      const bool same_end = is_prepended(*kept[i].data) == is_prepended(*rule.data);
      return same_end ? std::optional(i) : std::nullopt;
    }
    if (may_overlap(kept[i], rule)) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

bool may_overlap(const AuditRule& a, const AuditRule& b) {
  if (list_of(*a.data) != list_of(*b.data)) return false;
  const auto arch_a = arch_of(a), arch_b = arch_of(b);
  if (arch_a && arch_b && *arch_a != *arch_b) return false;
  for (size_t word = 0; word < AUDIT_BITMASK_SIZE; ++word) {
    if ((a.data->mask[word] & b.data->mask[word]) != 0) return true;
  }
  return false;
}

std::vector<AuditRule> in_kernel_order(std::vector<AuditRule> rules) {
  const auto first_appended = std::stable_partition(
      rules.begin(), rules.end(), [](const AuditRule& rule) { return is_prepended(*rule.data); });
  std::reverse(rules.begin(), first_appended);
  std::stable_sort(rules.begin(), rules.end(), [](const AuditRule& a, const AuditRule& b) {
    return list_of(*a.data) < list_of(*b.data);
  });
  return rules;
}

std::vector<AuditRule> merge_rules(std::vector<AuditRule> rules) {
  std::vector<AuditRule> kept;
  for (AuditRule& rule : rules) {
    const auto place = place_to_join(kept, rule);
    if (!place) {
      kept.push_back(std::move(rule));
      continue;
    }
    for (size_t word = 0; word < AUDIT_BITMASK_SIZE; ++word) {
      kept[*place].data->mask[word] |= rule.data->mask[word];
    }
  }
  return kept;
}

}  // namespace spoor::agent
