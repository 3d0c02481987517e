// Our rules in the kernel while the agent runs: loaded when the seat is ours, kept by RuleKeeper,
// and removed when another daemon has the seat, whose log they would fill until its disk-full
// action halts the host (unless the configuration wants them beside one). What is worth telling
// becomes an event; what is worth reading goes to the log.
//
// Used at start by the capture thread, from then on by the one that has the control socket
// (agent/kernel_watch.h).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "agent/kernel_watch.h"
#include "agent/rule_keeper.h"
#include "agent/source/audit_rules.h"
#include "agent/source/rule_kernel.h"

namespace spoor::agent {

class KeptRules {
 public:
  // `kernel` outlives it. `apply` brings about what the rule files say besides rules, their lock at
  // last.
  KeptRules(RuleSet set, bool beside_daemon, RuleKernel& kernel,
            std::function<Status(const RuleSettings&)> apply);

  // How many there are then. Without the seat there are none, or the rules alone. `unavailable`
  // when the kernel refuses one and no `-c` or `-i` says to go on.
  Result<uint32_t> begin(bool holds_seat, Instant now);
  // While the seat is ours. `hint`: somebody changed audit's configuration.
  std::vector<AgentNews> check(Instant now, const std::optional<ConfigHint>& hint);
  // While another program has it.
  void beside_other();

 private:
  Result<uint32_t> load(bool holds_seat, Instant now);

  RuleSet set_;
  bool beside_daemon_;
  RuleKernel& kernel_;
  std::function<Status(const RuleSettings&)> apply_;
  std::optional<RuleKeeper> keeper_;  // none: our rules are not loaded
  bool applied_ = false;
};

}  // namespace spoor::agent
