// Keeps our rules in the kernel as they are wanted. Ours are those whose key begins with `spoor-`;
// a rule of anybody else is neither changed nor removed. Rules are compared in the kernel's
// encoding. The first rule of a list that matches counts, so on a list where we have both actions
// the order is kept, too; where all say `always`, it would only choose the key.
//
// Missing rules are put back: at once the first time, then after 5 s and 30 s. Rules that are
// removed again and again are somebody's will: after kRuleFightsMax repairs within
// kRuleFightsWindowNs the keeper stops for kRuleContestedNs and says who. What `auditctl -e 2` has
// locked is left as it is. A rule whose file or folder is not there is left out until it is; that
// is no drift. One that the kernel refuses is not tried again.
//
// Pure logic over RuleKernel. Owned and called by one thread: KernelSeat::load() at start and, from
// then on, whoever owns the control socket: check(now) when due(now), and check(now, hint) when a
// CONFIG_CHANGE tells that somebody changed rules (once for several that come together). Hints of
// our own changes do no harm. The first check() of a keeper is the load: what it changes is no
// repair.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/source/rule_kernel.h"
#include "common/clock.h"

namespace spoor::agent {

// Who changed rules, as far as the record of it says.
struct RuleHint {
  std::optional<uint32_t> auid, pid;
  std::string exe;
};

struct RuleReport {
  enum class State : uint8_t {
    in_place,   // all is as wanted; rules without their place apart
    loaded,     // by the first check
    repaired,   // AgentState::Change::rules_repaired, with `changed` and `who`
    waiting,    // they are not as wanted, and will be put back at the next due()
    contested,  // AgentState::Change::rules_contested, told once; we have stopped
    locked,     // they are not as wanted, and cannot be changed until the next boot
    failed,     // the kernel refused; see `problem`
  };
  State state = State::in_place;
  uint32_t rules = 0;    // ours in the kernel now
  uint32_t changed = 0;  // rules added and removed by this check
  RuleHint who;          // of the last hint before a repair or a contest
  std::string problem;   // a line for the log, empty if there is none
  // Rules that were found to be without their place, or to have it now, `file:line`: for the log.
  std::vector<std::string> left_out, appeared;
  // Whether this is to be told: every change of state, and every repair.
  bool news = false;
};
// In words: "3 audit rules were gone and are back; last changed by auditctl (pid 7, login uid 0)".
std::string describe(const RuleReport& report);

class RuleKeeper {
 public:
  // `kernel` outlives the keeper. `wanted` in the order in which the kernel is to try them.
  RuleKeeper(std::vector<AuditRule> wanted, RuleKernel& kernel);

  RuleReport check(Instant now, const std::optional<RuleHint>& hint = std::nullopt);
  // Time for the next check without a hint.
  bool due(Instant now) const { return now.boottime_ns >= due_ns_; }

 private:
  struct Drift;
  Result<Drift> find_drift(RuleReport& report);
  bool may_add(size_t i, RuleReport& report);
  bool is_hidden(const AuditRule& rule);
  bool order_matters(uint32_t list) const;
  Status repair(const Drift& drift, RuleReport& report);
  bool may_repair(Instant now, RuleReport& report);
  Status bring_about(Instant now, RuleReport& report);

  std::vector<AuditRule> wanted_;  // in the order in which they are to be added
  RuleKernel& kernel_;
  bool loaded_ = false;
  int64_t due_ns_ = 0;
  RuleHint who_;                         // by whom the last drift was
  std::deque<int64_t> fights_ns_;        // repairs in the window
  std::optional<int64_t> contested_ns_;  // since when we have stopped
  // Of wanted_: without their place, and not to the kernel's liking.
  std::set<size_t> left_out_, refused_;
  RuleReport::State last_ = RuleReport::State::in_place;
};

}  // namespace spoor::agent
