// A kernel's lists of audit rules, with its refusals.
#pragma once

#include <libaudit.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "agent/source/rule_data.h"
#include "agent/source/rule_kernel.h"

namespace spoor::agent {

class FakeRuleKernel final : public RuleKernel {
 public:
  Result<bool> locked() override { return is_locked; }
  Result<std::vector<AuditRule>> rules() override {
    if (!answers) return unavailable("no answer");
    return copy_rules(list);
  }
  Status add(const AuditRule& rule) override {
    ++adds;
    if (refused.contains(rule.key)) return internal("refused " + rule.key);
    if (missing.contains(rule.key)) return not_found("no place for " + rule.key);
    if (hidden.contains(rule.key)) return denied("no way to " + rule.key);
    for (const AuditRule& there : list) {
      if (same_rule(there, rule)) return ok();
    }
    AuditRule copy = copy_of(rule);
    copy.data->flags &= ~static_cast<uint32_t>(AUDIT_FILTER_PREPEND);
    list.insert(is_prepended(*rule.data) ? list.begin() : list.end(), std::move(copy));
    fewest = std::min(fewest, list.size());
    return ok();
  }
  Status remove(const AuditRule& rule) override {
    std::erase_if(list, [&](const AuditRule& there) { return same_rule(there, rule); });
    fewest = std::min(fewest, list.size());
    return ok();
  }
  Place place_of(const AuditRule& rule) override {
    return missing.contains(rule.key)  ? Place::missing
           : hidden.contains(rule.key) ? Place::unknown
                                       : Place::there;
  }

  void remove_key(const std::string& key) {
    std::erase_if(list, [&](const AuditRule& rule) { return rule.key == key; });
  }
  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const AuditRule& rule : list) all.push_back(rule.key);
    return all;
  }

  std::vector<AuditRule> list;
  std::set<std::string> refused, missing, hidden;
  bool is_locked = false, answers = true;
  int adds = 0;
  size_t fewest = SIZE_MAX;
};

}  // namespace spoor::agent
