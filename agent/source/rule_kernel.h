// The kernel's list of audit rules, as the keeper of ours sees it: AuditControl in earnest, a fake
// in tests. Calls block for at most the control socket's deadline; one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/result.h"

struct audit_rule_data;

namespace spoor::agent {

struct FreeRule {
  void operator()(audit_rule_data* rule) const;
};
using RulePtr = std::unique_ptr<audit_rule_data, FreeRule>;

// A rule in the kernel's encoding. `list` and the action live in the encoding's flags and action.
struct AuditRule {
  RulePtr data;
  std::string key;     // the -k key, empty if none
  std::string source;  // file:line, empty when it was read from the kernel
};

class RuleKernel {
 public:
  virtual ~RuleKernel() = default;
  // Audit is locked until the next boot (auditctl -e 2): rules can be neither added nor removed.
  virtual Result<bool> locked() = 0;
  // Every rule there is, of whomever, list by list, each list in its order.
  virtual Result<std::vector<AuditRule>> rules() = 0;
  // ok when the very same rule is there already. `not_found`: what it watches has no parent folder.
  virtual Status add(const AuditRule& rule) = 0;
  // ok when it is not there.
  virtual Status remove(const AuditRule& rule) = 0;

  // Whether the file or folder that a rule names is there. The kernel logs each rule that it
  // refuses, so that one without its place must not be tried again and again.
  enum class Place { there, missing, unknown };  // unknown: not ours to see
  virtual Place place_of(const AuditRule& rule) = 0;
};

}  // namespace spoor::agent
