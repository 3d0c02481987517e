// Our part in the kernel's audit system while the agent runs: its settings and our rules are as
// they should be, and what the kernel holds back for us it is made to send. The work is done by a
// thread of its own (agent/kernel_watch.h); all this is for the capture thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agent/config.h"
#include "agent/kept_rules.h"
#include "agent/kernel_seat.h"
#include "agent/kernel_watch.h"

namespace spoor::agent {

// This program, as the records of what it changes would name it.
struct OwnName {
  uint32_t pid = 0, auid = kUnsetId;
};
OwnName own_name();

// Who changed audit's configuration, as a CONFIG_CHANGE event says.
ConfigHint hint_of(const AuditEvent& event);
// Whether that was us: by our pid, or, since the kernel seldom audits its audit daemon, by what is
// said of a change that was made while we made some.
bool is_own_change(const AuditEvent& event, const OwnName& us, bool we_changed);

class KernelCare {
 public:
  // `seat` and `clock` outlive it. `config` says of the kernel's settings what rule files do, too.
  KernelCare(KernelSeat& seat, RuleSet rules, const Config& config, const Clock& clock);

  // Before start(). How many of our rules there are then.
  Result<uint32_t> load_rules(bool holds_seat, Instant now) {
    return rules_.begin(holds_seat, now);
  }
  // Once, inside the sandbox. From here on the control socket is its thread's.
  void start() { watch_.start(); }
  // What was seen since the last time.
  std::vector<KernelReport> take() { return watch_.take(); }

  void on_config_change(const AuditEvent& event);
  void every_tick(Instant now);
  // `serials_missing`: maybe because the kernel holds their records back.
  void every_second(bool serials_missing, Instant now);

 private:
  KeptRules rules_;  // the watch's, once it runs
  KernelWatch watch_;
  const OwnName us_ = own_name();
  int64_t last_tick_ns_ = 0, nudge_until_ns_ = 0;
};

}  // namespace spoor::agent
