// The kernel's audit system as we use it: what it was before us, taking the seat, loading rules,
// and putting everything back. What was found is written down before anything is changed, so that
// `spoor-agent cleanup` can restore it after a crash, too.
#pragma once

#include <string>
#include <vector>

#include "agent/source/audit_control.h"
#include "agent/source/audit_rules.h"
#include "agent/source/audit_socket.h"

namespace spoor::agent {

class KernelSeat {
 public:
  // `state_folder` holds the file `found`.
  static Result<KernelSeat> open(std::string state_folder);

  // `denied`, naming the holder, when another program has the seat.
  Status check_free();
  // Takes the seat through `socket` and switches audit on. Rules that a run before left stay.
  // `denied`, naming the holder, when another program has the seat. Records that come meanwhile go
  // to `sink`.
  Status take(AuditSocket& socket, uint32_t backlog_limit, const AuditSocket::Sink& sink);
  // Goes on with the seat of a process before us, whose socket we have: the kernel still names that
  // process. `not_found` when the kernel has given the seat up.
  Status inherit();
  // Whether the kernel names this process.
  bool is_own() const;
  // This process has registered a socket of its own since inherit().
  void became_own();
  // Makes our rules in the kernel equal to those of `set` (agent/rule_keeper.h: later ones are
  // the keeper's), then its settings, then its lock. How many rules there are then. Where audit is
  // locked until the next boot nothing is changed.
  Result<uint32_t> load(const RuleSet& set);
  // The kernel's `lost` counter; `denied`, naming who has it, when the seat is not ours any more.
  Result<uint32_t> lost_while_ours();

  // Removes our rules and sets enabled, failure and backlog back as found. What was done, a line
  // each. `denied` while an agent still holds the seat.
  Result<std::vector<std::string>> put_back();

 private:
  KernelSeat(AuditControl control, std::string state_folder)
      : control_(std::move(control)), state_folder_(std::move(state_folder)) {}
  static Status check_free(const AuditStatus& status);
  Status write_found(const AuditStatus& status);
  std::string found_path() const { return state_folder_ + "/found"; }

  AuditControl control_;
  std::string state_folder_;
  uint32_t holder_ = 0;  // whom the kernel names while the seat is ours
};

}  // namespace spoor::agent
